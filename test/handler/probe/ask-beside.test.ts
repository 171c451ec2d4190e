import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { watchAlarmEvent } from '../../../simulator/ec2/events.ts';
import type { Harness, HarnessOptions } from '../../../simulator/harness/harness.ts';
import {
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
} from '../../../simulator/harness/settled-harness.ts';

const standsIn: HarnessOptions = {
  probe: 'on',
  settings: { standIn: 'on' },
  behaviour: { describeLag: { minMs: 0, maxMs: 0 } },
};

/** Its instances are some minutes old, its probes have just been asked. */
async function experienced(options: HarnessOptions = standsIn): Promise<Harness> {
  const harness = await settledHarness(options);
  for (let minute = 0; minute < 3; minute += 1) {
    await harness.clock.runFor(minuteMs);
    await harness.invoke(harness.scheduledEvent());
  }
  return harness;
}

/** Until the traffic has moved. */
async function failOver(harness: Harness, dead = primaryOf(harness, 'a')) {
  harness.sim.terminateInstance(dead);
  await harness.clock.runFor(secondMs / 2);
  const [asked, called, from] = [
    harness.probes.invocations.length,
    harness.sim.calls.length,
    harness.clock.now(),
  ];
  await harness.invoke(stateChange(harness, dead, 'shutting-down'));
  const calls = harness.sim.calls.slice(called);
  const move = calls.find(({ name }) => name === 'AssociateAddress');
  const questions = harness.probes.invocations
    .slice(asked)
    .filter(({ zone, at }) => zone === 'b' && at <= (move?.sentAt ?? Number.NaN))
    .map(({ at }) => at - from);
  return { questions, move, firstAnswerAt: (calls[0]?.answeredAt ?? Number.NaN) - from, called };
}

/** The zone's Elastic IP, by the first call that moved it since then. */
function movedTo({ sim }: Harness, from: number) {
  const move = sim.calls.find(({ name, sentAt }) => name === 'AssociateAddress' && sentAt > from);
  const to = Reflect.get(move?.input ?? {}, 'NetworkInterfaceId');
  const instanceId = sim.region.store.interfaces.current.get(String(to))?.attachment?.instanceId;
  return { instanceId, isSoon: move !== undefined && move.sentAt - from < 4 * secondMs };
}

describe('the probe of the zone that may have to carry a failing one', () => {
  it('is asked once, beside the first reads', async () => {
    const harness = await experienced();
    const neighbour = primaryOf(harness, 'b');
    const { questions, called, firstAnswerAt } = await failOver(harness);

    expect(questions).toEqual([0]);
    expect(firstAnswerAt).toBeGreaterThan(0);
    expect(mutations(harness, called)[0]).toBe('AssociateAddress');
    expect(primaryOf(harness, 'b')).toBe(neighbour);
  });

  it('is asked again where EC2 lists another instance than the process knew', async () => {
    const harness = await experienced();
    const dead = primaryOf(harness, 'a');
    const known = primaryOf(harness, 'b');
    // Another process sees the neighbour replaced.
    const { settings } = harness;
    harness.settings = { ...settings };
    await harness.invoke({ action: 'rebuild', zone: 'b' });
    await harness.clock.runFor(5 * minuteMs);
    await harness.invoke(harness.scheduledEvent());
    expect(primaryOf(harness, 'b')).not.toBe(known);
    harness.settings = settings;
    const { questions, firstAnswerAt } = await failOver(harness, dead);

    expect(questions[0]).toBe(0);
    expect(questions[1]).toBeGreaterThanOrEqual(firstAnswerAt);
  });

  it.each<[string, HarnessOptions]>([
    ['where no zone stands in for another', { ...standsIn, settings: {} }],
    ['where there is one zone', { ...standsIn, vpc: { zones: 1 } }],
  ])('is not asked before that %s', async (_case, options) => {
    const { questions, firstAnswerAt } = await failOver(await experienced(options));

    expect(questions.filter((at) => at < firstAnswerAt)).toEqual([]);
  });

  it.each<[string, HarnessOptions, readonly string[]]>([
    ['is asked with the zone’s own', standsIn, ['a', 'b']],
    ['is the zone’s own, asked about both', { ...standsIn, vpc: { zones: 1, standby: true } }, ['a']],
  ])('%s where a watch has raised an alarm', async (_case, options, zones) => {
    const harness = await experienced(options);
    const [suspected, other] = options.vpc === undefined ? ['a', 'b'] : ['a', 'standby'];
    const ids = [suspected, other].map((zone) => primaryOf(harness, zone ?? ''));
    const alarm = { stack: 'nat', by: ids[1] ?? '', zone: 'a', suspected: ids[0] ?? '', seen: 'no answer' };
    const [asked, from] = [harness.probes.invocations.length, harness.clock.now()];
    harness.sim.impair(ids[0] ?? '', 'instance');
    await harness.invoke(watchAlarmEvent(harness.sim.region, alarm));
    const questions = harness.probes.invocations.slice(asked);

    expect(questions.filter(({ at }) => at === from).map(({ zone }) => zone)).toEqual(zones);
    for (const { about } of questions.filter(({ at }) => at - from < secondMs)) {
      expect(about.map(({ instanceId }) => instanceId).toSorted()).toEqual(ids.toSorted());
    }
    expect(movedTo(harness, from)).toEqual({ instanceId: ids[1], isSoon: true });
  });

  it.each<[string, HarnessOptions, string]>([
    ['the neighbour', standsIn, 'b'],
    ['the standby, by the probe of its zone', { ...standsIn, vpc: { zones: 1, standby: true } }, 'standby'],
    [
      'the standby of one that holds no shutdown',
      { ...standsIn, vpc: { zones: 1, standby: true }, settings: { handOverMs: 0 } },
      'standby',
    ],
  ])('is not asked twice about %s where the suspect has ended since', async (_case, options, neighbour) => {
    const harness = await experienced(options);
    const [suspected, by] = [primaryOf(harness, 'a'), primaryOf(harness, neighbour)];
    harness.sim.terminateInstance(suspected);
    await harness.clock.runFor(secondMs / 2);
    const [called, from] = [harness.sim.calls.length, harness.clock.now()];
    const asked = harness.probes.invocations.length;
    await harness.invoke(
      watchAlarmEvent(harness.sim.region, { stack: 'nat', by, zone: 'a', suspected, seen: 'no answer' }),
    );
    const move = harness.sim.calls.slice(called).find(({ name }) => name === 'AssociateAddress');
    const about = harness.probes.invocations
      .slice(asked)
      .filter(({ at, about: ids }) => at < (move?.sentAt ?? 0) && ids[0]?.instanceId === by);

    expect(movedTo(harness, from)).toEqual({ instanceId: by, isSoon: true });
    expect(about.map(({ at }) => at - from)).toEqual(neighbour === 'b' ? [0] : []);
  });

  it('is waited for where EC2’s checks have found the trouble: a standby is heard in its zone’s questions', async () => {
    const { behaviour, ...rest } = standsIn;
    const options = {
      ...rest,
      vpc: { zones: 1, standby: true },
      behaviour: { ...behaviour, statusCadenceMs: secondMs },
    };
    const harness = await experienced(options);
    const [suspected, by] = [primaryOf(harness, 'a'), primaryOf(harness, 'standby')];
    harness.sim.impair(suspected, 'instance');
    await harness.clock.runFor(2 * secondMs);
    const [called, from] = [harness.sim.calls.length, harness.clock.now()];
    await harness.invoke(
      watchAlarmEvent(harness.sim.region, { stack: 'nat', by, zone: 'a', suspected, seen: 'no answer' }),
    );

    expect(movedTo(harness, from)).toEqual({ instanceId: by, isSoon: true });
    expect(mutations(harness, called)[0]).toBe('AssociateAddress');
  });

  it('is not asked for an event about others’ instances', async () => {
    const harness = await experienced();
    const asked = harness.probes.invocations.length;
    await harness.invoke(stateChange(harness, 'i-0123456789abcdef0', 'shutting-down'));

    expect(harness.probes.invocations.length).toBe(asked);
  });
});

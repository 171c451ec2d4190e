import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
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

  it('is not asked for an event about others’ instances', async () => {
    const harness = await experienced();
    const asked = harness.probes.invocations.length;
    await harness.invoke(stateChange(harness, 'i-0123456789abcdef0', 'shutting-down'));

    expect(harness.probes.invocations.length).toBe(asked);
  });
});

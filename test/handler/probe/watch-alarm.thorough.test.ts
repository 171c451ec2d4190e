import { describe, expect, it } from 'vitest';
import type { Invoked } from '../../../shared/aws/invoke-probe.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { packagesFirst } from '../../../simulator/behaviour.ts';
import { watchAlarmEvent } from '../../../simulator/ec2/events.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

/** EC2's own checks notice nothing for so long. */
const unchecked = { ...packagesFirst, statusCadenceMs: 30 * minuteMs };

function alarmOf(harness: Harness, suspected: string, zone = 'a'): object {
  const { sim, settings } = harness;
  const by = primaryOf(harness, 'b');
  return watchAlarmEvent(sim.region, { stack: settings.stack, by, zone, suspected, seen: 'no answer' });
}

/** From the alarm until an instance is launched; undefined: none is. */
async function launchedAfter(harness: Harness, alarm: object): Promise<DurationMs | undefined> {
  const from = harness.clock.now();
  const before = harness.sim.calls.length;
  await harness.clock.complete(harness.start(alarm));
  const launch = harness.sim.calls.slice(before).find(({ name }) => name === 'RunInstances');
  return launch === undefined ? undefined : launch.sentAt - from;
}

function questionsTo(harness: Harness, zone: string, from: number): number {
  return harness.probes.invocations.slice(from).filter((invocation) => invocation.zone === zone).length;
}

/** Of all that the probe asks, as if nothing had come back from there and from the internet. */
function withoutAnswerOf(id: string, { payload }: Invoked): Invoked {
  const { targets, instances } = JSON.parse(new TextDecoder().decode(payload));
  const why = 'no answer within 1000 ms';
  const answer = {
    targets: targets.map((entry: object) => ({ ...entry, result: { kind: 'failed', why } })),
    instances: instances.map((entry: { readonly instanceId: string }) =>
      entry.instanceId === id ? { ...entry, result: { kind: 'no-answer', why } } : entry,
    ),
  };
  return { payload: new TextEncoder().encode(JSON.stringify(answer)) };
}

describe('an alarm of a watch', () => {
  it('has an instance that hangs replaced within seconds', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const hung = primaryOf(harness, 'a');
    harness.sim.impair(hung, 'instance');
    const tookMs = await launchedAfter(harness, alarmOf(harness, hung));

    // Two questions in a row to each of two probes that are warm, of a second each.
    expect(tookMs).toBeLessThan(2.6 * secondMs);
    expect(tookMs).toBeGreaterThan(2 * secondMs);
    expect(zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code)).toContain('does-not-forward');
  });

  it('changes nothing where requests pass, and its run is over with the first answer', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const before = harness.sim.calls.length;
    const asked = harness.probes.invocations.length;
    const from = harness.clock.now();
    await harness.clock.complete(harness.start(alarmOf(harness, primaryOf(harness, 'a'))));

    expect(mutations(harness, before)).toEqual([]);
    expect(harness.sim.calls.length - before).toBeLessThanOrEqual(7);
    expect(questionsTo(harness, 'a', asked)).toBeLessThanOrEqual(4);
    expect(questionsTo(harness, 'b', asked)).toBeLessThanOrEqual(2);
    expect(harness.clock.now() - from).toBeLessThan(3 * secondMs);
    expect(harness.lastReport()).toMatchObject({
      outcome: 'settled',
      trigger: { kind: 'watch-alarm' },
    });
  });

  it('has the neighbour’s probe ask the suspect, and the suspect’s the neighbour, and no more than nine at once', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const [hung, neighbour] = ['a', 'b'].map((zone) => primaryOf(harness, zone));
    harness.sim.impair(hung ?? '', 'instance');
    const from = harness.probes.invocations.length;
    await harness.clock.complete(
      Promise.race([harness.start(alarmOf(harness, hung ?? '')), harness.clock.sleep(2 * secondMs)]),
    );
    const questions = harness.probes.invocations.slice(from);
    const asked = questions.map(({ about }) => about.map(({ instanceId }) => instanceId).toSorted());

    expect(asked).toEqual(asked.map(() => [hung, neighbour].toSorted()));
    expect(new Set(questions.map(({ zone }) => zone))).toEqual(new Set(['a', 'b']));
    expect(questions.filter(({ at }) => at - (questions[0]?.at ?? 0) < secondMs).length).toBeLessThanOrEqual(
      8,
    );
  });

  it('asks no more once a request has passed, though the neighbour’s probe has not answered', async () => {
    const harness = await settledHarness({ probe: 'on' });
    harness.probes.trouble('b', { kind: 'late', byMs: 3 * secondMs });
    const asked = harness.probes.invocations.length;
    await harness.clock.complete(harness.start(alarmOf(harness, primaryOf(harness, 'a'))));

    expect(questionsTo(harness, 'a', asked)).toBeLessThanOrEqual(5);
  });

  it('asks on while requests fail, though the neighbour’s probe has not answered', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const hung = primaryOf(harness, 'a');
    harness.probes.trouble('b', { kind: 'late', byMs: secondMs });
    harness.sim.impair(hung, 'instance');
    const [asked, from] = [harness.probes.invocations.length, harness.clock.now()];
    await harness.clock.complete(harness.start(alarmOf(harness, hung)));
    const times = harness.probes.invocations.slice(asked).filter(({ zone }) => zone === 'a');

    expect(times.filter(({ at }) => at - from > secondMs && at - from < 1.5 * secondMs)).not.toEqual([]);
  });

  it('takes as many tries as without a comparison while all is lost that the two zones say to each other', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const hung = primaryOf(harness, 'a');
    harness.sim.impair(hung, 'instance');
    harness.probes.isCutOff = (zone, { launch }) => !launch.availabilityZone.endsWith(zone);
    const from = harness.probes.invocations.length;
    const tookMs = await launchedAfter(harness, alarmOf(harness, hung));
    const launchedAt = (harness.probes.invocations[from]?.at ?? 0) + (tookMs ?? 0);
    const answered = harness.probes.invocations
      .slice(from)
      .filter(({ zone, endedAt = Number.POSITIVE_INFINITY }) => zone === 'a' && endedAt < launchedAt);

    expect(answered.length).toBeGreaterThanOrEqual(6);
    expect(tookMs).toBeLessThan(5 * secondMs);
  });

  it('proves nothing quickly where the neighbour’s probe hears the suspect', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const suspected = primaryOf(harness, 'a');
    const { invoke } = harness.probes;
    harness.invokeFunction = async (...sent) =>
      sent[0] === 'phoenat-ProbeA'
        ? withoutAnswerOf(suspected, await invoke(...sent))
        : await invoke(...sent);
    const tookMs = await launchedAfter(harness, alarmOf(harness, suspected));

    expect(tookMs ?? minuteMs).toBeGreaterThan(14 * secondMs);
  });

  it('is waited for where it came late, as any event is: then no more is believed than without it', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: unchecked });
    const hung = primaryOf(harness, 'a');
    harness.sim.impair(hung, 'instance');
    const alarm = alarmOf(harness, hung);
    await harness.clock.runFor(40 * secondMs);

    expect(await launchedAfter(harness, alarm)).toBeGreaterThan(14 * secondMs);
  });

  it('about an instance that is not ours costs one call', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const before = harness.sim.calls.length;
    await harness.clock.complete(harness.start(alarmOf(harness, 'i-0aaaaaaaaaaaaaaaa')));

    expect(harness.sim.calls.length - before).toBe(1);
    expect(harness.lastReport()).toMatchObject({ outcome: 'ignored' });
  });

  it('is a reason to look and no more where there is no probe', async () => {
    const harness = await settledHarness();
    const hung = primaryOf(harness, 'a');
    const before = harness.sim.calls.length;
    harness.sim.impair(hung, 'instance');

    expect(await launchedAfter(harness, alarmOf(harness, hung))).toBeUndefined();
    expect(mutations(harness, before)).toEqual([]);
  });

  it('moves nothing where the internet is out of reach in every zone', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const before = harness.sim.calls.length;
    harness.sim.loseUpstream(harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId));
    await harness.clock.complete(harness.start(alarmOf(harness, primaryOf(harness, 'a'))));

    expect(mutations(harness, before)).toEqual([]);
  });

  it('raised all the time launches nothing, though one answer of the probe in three says that nothing passes', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const primaries = ['a', 'b'].map((zone) => primaryOf(harness, zone));
    for (const name of ['a', 'b']) harness.probes.trouble(name, { kind: 'fails-at-times', share: 1 / 3 });
    const before = harness.sim.calls.length;
    for (let nth = 0; nth < 12 * 6; nth += 1) {
      await harness.clock.complete(harness.start(alarmOf(harness, primaryOf(harness, 'a'))));
      await harness.clock.runFor(minuteMs);
    }

    expect(mutations(harness, before)).toEqual([]);
    expect(['a', 'b'].flatMap((zone) => aliveIn(harness, zone))).toEqual(primaries);
  });
});

import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';

type Trouble = {
  readonly what: string;
  readonly zones: number;
  readonly begin: (harness: Harness) => void;
  readonly says: string;
};

const troubles: readonly Trouble[] = [
  {
    what: 'all targets of its only probe are dead',
    zones: 1,
    begin: ({ probes }) => {
      for (const target of probes.targets) probes.deadTargets.add(target);
    },
    says: 'upstream-trouble',
  },
  {
    what: 'and of each of three',
    zones: 3,
    begin: ({ probes }) => {
      for (const target of probes.targets) probes.deadTargets.add(target);
    },
    says: 'upstream-trouble',
  },
  {
    what: 'the way of one probe out of its subnet is cut off',
    zones: 3,
    begin: ({ probes }) => probes.trouble('a', { kind: 'fails-at-times', share: 1 }),
    says: 'upstream-trouble',
  },
  {
    what: 'the only zone has lost its upstream',
    zones: 1,
    begin: ({ sim, topology }) =>
      sim.loseUpstream(topology.zones.map(({ publicSubnetId }) => publicSubnetId)),
    says: 'upstream-trouble',
  },
  {
    what: 'nothing passes its instance, and nothing may be launched any more',
    zones: 1,
    begin: (harness) => {
      harness.sim.inject({ call: 'RunInstances', fault: { kind: 'error', code: 'UnauthorizedOperation' } });
      harness.sim.breakForwarding(primaryOf(harness, 'a'), { what: 'settings', guard: 'does-not-run' });
    },
    says: 'does-not-forward',
  },
  {
    what: 'its probe never answers',
    zones: 1,
    begin: ({ probes }) => probes.trouble('a', { kind: 'lost' }),
    says: '',
  },
];

describe('trouble that lasts all day', () => {
  it.each(troubles)('is asked about some times a run, and not on and on: $what', async (trouble) => {
    const { zones, begin, says } = trouble;
    const harness = await settledHarness({
      probe: 'on',
      vpc: { zones },
      behaviour: { installingPackages: { minMs: 0, maxMs: 0 } },
    });
    harness.goLive();
    begin(harness);
    await harness.clock.runFor(70 * minuteMs);
    const asked = harness.probes.invocations.length;
    const ran = harness.invocations.length;
    const from = harness.sim.calls.length;
    await harness.clock.runFor(20 * minuteMs);
    const invocations = harness.probes.invocations.slice(asked);
    const runs = harness.invocations.slice(ran).filter(({ endedAt }) => endedAt !== undefined);
    const seconds = runs.map(({ startedAt, endedAt }) => ((endedAt ?? 0) - startedAt) / secondMs);

    expect(mutations(harness, from).filter((name) => name !== 'RunInstances')).toEqual([]);
    expect(invocations.length / zones / 20).toBeLessThanOrEqual(5);
    expect(Math.max(...seconds)).toBeLessThan(20);
    const { findings } = zoneOf(harness.lastReport(), 'a');
    expect(says === '' ? says : findings.map(({ code }) => code).find((code) => code === says)).toBe(says);
  });
});

import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';
import { aHealth, anOutcome, honestProbe, ProbedRuns } from './probed-run.ts';

const imageWithEverything = { installingPackages: { minMs: 0, maxMs: 0 } };

describe('an instance through which nothing passes any more', () => {
  it('and that says so is replaced', async () => {
    const harness = await settledHarness();
    const broken = primaryOf(harness, 'a');
    const runs = new ProbedRuns(harness, honestProbe(harness));
    harness.sim.breakForwarding(broken);
    const from = harness.clock.now();
    const launchedFrom = harness.sim.calls.length;
    await runs.runs(3);
    const launch = harness.sim.calls.slice(launchedFrom).find(({ name }) => name === 'RunInstances');

    expect((launch?.sentAt ?? Number.POSITIVE_INFINITY) - from).toBeLessThan(8 * secondMs);
    expect(aliveIn(harness, 'a')).not.toContain(broken);
    expect(aliveIn(harness, 'a')).toHaveLength(1);
    expect(harness.topology.privateSubnetIds.every((id) => hasEgress(harness.sim, id).ok)).toBe(true);
    expect(mutations(harness, launchedFrom).filter((name) => name === 'RunInstances')).toHaveLength(1);
  });

  inDepth(
    'and that says nothing is replaced after more tries, and the next run carries that on',
    async () => {
      const harness = await settledHarness();
      const broken = primaryOf(harness, 'a');
      const honest = honestProbe(harness);
      const runs = new ProbedRuns(harness, (zone, about) =>
        zone.name === 'a' && aliveIn(harness, 'a').includes(broken) && about[0]?.instanceId === broken
          ? anOutcome(false, [{ instanceId: about[0].instanceId, health: undefined }])
          : honest(zone, about),
      );
      harness.sim.breakForwarding(broken);
      const from = harness.clock.now();
      const launchedFrom = harness.sim.calls.length;
      await runs.runs(3);
      const launches = harness.sim.calls.slice(launchedFrom).filter(({ name }) => name === 'RunInstances');

      expect((launches[0]?.sentAt ?? 0) - from).toBeGreaterThan(14 * secondMs);
      expect((launches[0]?.sentAt ?? 0) - from).toBeLessThan(22 * secondMs);
      expect(launches).toHaveLength(1);
      expect(aliveIn(harness, 'a')).not.toContain(broken);
    },
  );
});

describe('where no request passes', () => {
  it.each(everyCase([4], [10]))(
    'in any zone for %i min nothing is launched or moved, and a person is called',
    async (minutes) => {
      const harness = await settledHarness();
      const from = harness.sim.calls.length;
      const runs = new ProbedRuns(harness, () => anOutcome(false, []));
      await runs.runs(minutes);

      expect(mutations(harness, from)).toEqual([]);
      expect(runs.reports.map(({ outcome }) => outcome)).toEqual(
        Array.from({ length: minutes }, () => 'attention'),
      );
      expect(zoneOf(runs.reports.at(-1), 'a')).toMatchObject({ egress: 'fails' });
    },
  );

  it.each(everyCase([1], [2]))(
    'past the instances of %i zones, live, nothing is launched until it is over',
    async (zones) => {
      const harness = await settledHarness({ probe: 'on', vpc: { zones } });
      const from = harness.sim.calls.length;
      harness.goLive();
      const outage = harness.sim.loseUpstream(
        harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId),
      );
      await harness.clock.runFor(10 * minuteMs);
      const during = harness.lastReport();
      outage.restore();
      await harness.until('it is settled again', () => harness.isSettled(), 3 * minuteMs);

      expect(mutations(harness, from)).toEqual([]);
      expect(zoneOf(during, 'a').findings.map(({ code }) => code)).toContain('upstream-trouble');
      expect(zoneOf(harness.lastReport(), 'a').egress).toBe('passes');
    },
  );

  inDepth('in the only zone, and its instance is not to blame, nothing is launched either', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    const from = harness.sim.calls.length;
    const startedAt = harness.clock.now();
    // It takes half a minute to be sure that it has no way out.
    const runs = new ProbedRuns(harness, (_zone, about) =>
      anOutcome(
        false,
        about.map(({ instanceId }) => ({
          instanceId,
          health: aHealth({ egress: harness.clock.now() - startedAt < 27 * secondMs }),
        })),
      ),
    );
    await runs.runs(5);

    expect(mutations(harness, from)).toEqual([]);
    expect(zoneOf(runs.reports.at(-1), 'a').findings.map(({ code }) => code)).toEqual(['upstream-trouble']);
  });

  it.each(everyCase([1], [4]))('one time in three, for %i h, nothing is replaced', async (hours) => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    const from = harness.sim.calls.length;
    let drawn = 1;
    const honest = honestProbe(harness);
    const runs = new ProbedRuns(harness, (zone, about) => {
      drawn = (drawn * 48_271) % 2_147_483_647;
      return drawn % 3 === 0 ? anOutcome(false, []) : honest(zone, about);
    });
    for (let nth = 0; nth < hours * 60; nth += 1) {
      const startedAt = harness.clock.now();
      expect((await runs.run()).outcome).toBe('settled');
      await harness.clock.runUntil(Math.max(harness.clock.now(), startedAt + minuteMs));
    }

    expect(mutations(harness, from)).toEqual([]);
  });
});

describe('a probe whose own way is cut off', () => {
  inDepth('does not have the traffic go to and fro between instances that work', async () => {
    const harness = await settledHarness({ probe: 'on', behaviour: imageWithEverything });
    harness.goLive();
    harness.probes.trouble('a', { kind: 'fails-at-times', share: 1 });
    const from = harness.sim.calls.length;
    await harness.clock.runFor(10 * minuteMs);
    const changes = mutations(harness, from);
    const times = (name: string) => changes.filter((change) => change === name).length;

    expect(times('RunInstances')).toBe(1);
    // To the new one, and back.
    expect(times('AssociateAddress')).toBeLessThanOrEqual(2);
    expect(zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code)).toContain('upstream-trouble');
  });

  it.each(everyCase([10], [30]))('nor where only its targets answer nobody, for %i min', async (minutes) => {
    const harness = await settledHarness({
      probe: 'on',
      vpc: { zones: 1 },
      behaviour: imageWithEverything,
    });
    harness.goLive();
    for (const target of harness.probes.targets) harness.probes.deadTargets.add(target);
    const from = harness.sim.calls.length;
    await harness.clock.runFor(minutes * minuteMs);

    expect(mutations(harness, from).filter((name) => name === 'RunInstances')).toHaveLength(1);
    expect(aliveIn(harness, 'a')).toHaveLength(2);
    harness.probes.deadTargets.clear();
    await harness.until('it is settled again', () => harness.isSettled(), 5 * minuteMs);
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });
});

describe('routes that lead to another instance that is ready', () => {
  it('go back to the one that has the Elastic IP after five seconds, if nobody was moving them', async () => {
    const harness = await settledHarness({
      probe: 'on',
      vpc: { zones: 1 },
      behaviour: imageWithEverything,
    });
    harness.goLive();
    for (const target of harness.probes.targets) harness.probes.deadTargets.add(target);
    await harness.clock.runFor(10 * minuteMs);
    const interfaces = harness.sim.region.store.interfaces.current.all();
    const second = aliveIn(harness, 'a').find((id) => id !== primaryOf(harness, 'a'));
    const own = interfaces.find(({ attachment }) => attachment?.instanceId === second);
    const to = { kind: 'interface', id: own?.id ?? '' } as const;
    const from = harness.sim.mutatingCalls.length;
    const tables = harness.topology.zones.flatMap(({ privateRouteTableIds }) => privateRouteTableIds);
    for (const id of tables) harness.sim.pointRouteAt(id, to);
    await harness.clock.runFor(90 * secondMs);
    const calls = harness.sim.mutatingCalls.slice(from);
    const firstLook = harness.invocations.find(({ clientName }) => clientName === calls[0]?.clientName);

    expect(new Set(calls.map(({ name }) => name))).toEqual(new Set(['ReplaceRoute']));
    expect((calls[0]?.sentAt ?? 0) - (firstLook?.startedAt ?? 0)).toBeGreaterThan(5 * secondMs);
    expect(calls).toHaveLength(tables.length);
  });
});

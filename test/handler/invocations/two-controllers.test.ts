import { describe, expect, it } from 'vitest';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';

async function expectOneInstance(harness: Harness, zone: string): Promise<void> {
  const [alive, ...more] = aliveIn(harness, zone);
  const topology = harness.topology.zones[zone === 'a' ? 0 : 1];
  const networkInterface = interfaceOf(harness, alive ?? '');
  const address = harness.sim.region.store.addresses.current.get(topology?.allocationId ?? '');
  expect(more).toEqual([]);
  expect(address?.association?.interfaceId).toBe(networkInterface);
  for (const id of topology?.privateRouteTableIds ?? []) {
    const routes = harness.sim.region.store.routeTables.current.get(id)?.routes ?? [];
    expect(routes.find(({ destination }) => destination === '0.0.0.0/0')?.target).toEqual({
      kind: 'interface',
      id: networkInterface,
    });
  }
}

/** Lets what is under way end and the schedule run on, then looks whether anything was left over. */
async function settle(harness: Harness): Promise<void> {
  harness.goLive();
  await harness.until('settled', () => harness.isSettled());
  await harness.clock.runFor(3 * 60_000);
  await harness.until('settled', () => harness.isSettled());
  harness.quiesce();
}

describe('two controllers at once', () => {
  it.each(everyCase([0, 250, 3_000], [30, 100, 1_000, 8_000]))(
    '%i ms apart end with one instance in the zone',
    async (gapMs) => {
      const harness = await settledHarness({ seed: gapMs + 1 });
      const dead = primaryOf(harness, 'a');
      harness.sim.terminateInstance(dead);
      await harness.clock.runFor(700);
      const first = harness.start(stateChange(harness, dead, 'shutting-down'));
      await harness.clock.runFor(gapMs);
      const second = harness.start(harness.scheduledEvent());
      await harness.clock.complete(Promise.all([first, second]));
      await settle(harness);

      await expectOneInstance(harness, 'a');
      expect(harness.sim.region.store.interfaces.current.all()).toHaveLength(4);
    },
  );

  it('with the same view ask for the same interface and the same instance', async () => {
    const harness = await settledHarness({ settings: { spareInterface: 'off' } });
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(2_000);
    const from = harness.sim.calls.length;
    const event = stateChange(harness, dead, 'shutting-down');
    await harness.clock.complete(Promise.all([harness.start(event), harness.start(event)]));

    const tokens = (name: 'RunInstances' | 'CreateNetworkInterface') =>
      new Set(
        harness.sim.calls
          .slice(from)
          .filter((call) => call.name === name)
          .map(({ input }) => Reflect.get(input, 'ClientToken')),
      );
    expect(tokens('CreateNetworkInterface').size).toBe(1);
    expect(tokens('RunInstances').size).toBe(1);
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });
});

describe('a replayed client token', () => {
  inDepth('that answers with a dead instance is followed by the next generation', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 } });
    const primary = primaryOf(harness, 'a');
    // The first run launches a candidate and dies; the candidate comes to nothing and loses its tags, so that the next
    // run sees exactly what the first one saw, and asks with the same token.
    harness.sim.inject({ call: 'RunInstances', times: 1, fault: { kind: 'crash', when: 'after' } });
    await harness.clock.complete(harness.start({ action: 'rebuild' }).catch(() => undefined));
    const [stillborn = ''] = aliveIn(harness, 'a').filter((id) => id !== primary);
    harness.sim.untag(stillborn, 'phoenat:stack');
    harness.sim.terminateInstance(stillborn);
    await harness.clock.runFor(2 * 60_000);
    const report = await harness.invoke(harness.scheduledEvent());

    const launches = zoneOf(report, 'a').steps.filter(({ kind }) => kind === 'launch');
    expect(
      launches.map(({ result }) => (result.kind === 'failed' ? result.failure.code : result.kind)),
    ).toEqual(['ReplayedDeadInstance', 'done']);
    expect(launches[0]?.result).toMatchObject({ failure: { message: expect.stringContaining(stillborn) } });
    await settle(harness);
    await expectOneInstance(harness, 'a');
  });
});

describe('a run that is cut off', () => {
  const when = ['before', 'after'] as const;
  const mutating = everyCase([3], [0, 1, 2, 4, 5, 6]);

  it.each(mutating.flatMap((nth) => when.map((moment) => [moment, nth] as const)))(
    '%s its mutating call number %i is resumed by the next',
    async (when, nth) => {
      const harness = await settledHarness();
      const dead = primaryOf(harness, 'a');
      harness.sim.terminateInstance(dead);
      await harness.clock.runFor(1_000);
      let seen = 0;
      harness.sim.injectEverywhere({
        call: '*',
        times: 1,
        when: (name) => harness.sim.isMutating(name) && seen++ === nth,
        fault: { kind: 'crash', when },
      });
      await harness.clock.complete(
        harness.start(stateChange(harness, dead, 'shutting-down')).catch(() => undefined),
      );
      await settle(harness);

      await expectOneInstance(harness, 'a');
      expect(harness.sim.region.store.interfaces.current.all()).toHaveLength(4);
    },
  );
});

describe('a lost answer', () => {
  it.each(
    everyCase(
      ['AssociateAddress', 'RunInstances'],
      ['CreateNetworkInterface', 'ReplaceRoute', 'ModifyNetworkInterfaceAttribute'],
    ),
  )('to %s leads to no second one of anything', async (call) => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    harness.sim.inject({ call, times: 1, fault: { kind: 'lost-answer', afterMs: 5_000 } });
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    await settle(harness);

    await expectOneInstance(harness, 'a');
    expect(harness.sim.region.store.interfaces.current.all()).toHaveLength(4);
    expect(
      harness.sim.region.store.instances.current.all().filter(({ state }) => state === 'running'),
    ).toHaveLength(2);
  });
});

describe('a settled stack after all that', () => {
  inDepth('stays untouched for an hour of schedules', async () => {
    const harness = await settledHarness();
    harness.goLive();
    const from = harness.sim.calls.length;
    await harness.clock.runFor(60 * 60_000);

    expect(mutations(harness, from)).toEqual([]);
  });
});

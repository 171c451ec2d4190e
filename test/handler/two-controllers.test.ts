import { describe, expect, it } from 'vitest';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledStage,
  stateChange,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

async function expectOneInstance(stage: Stage, zone: string): Promise<void> {
  const [alive, ...more] = aliveIn(stage, zone);
  const world = stage.world.zones[zone === 'a' ? 0 : 1];
  const networkInterface = interfaceOf(stage, alive ?? '');
  const address = stage.sim.cloud.store.addresses.current.get(world?.allocationId ?? '');
  expect(more).toEqual([]);
  expect(address?.association?.interfaceId).toBe(networkInterface);
  for (const id of world?.privateRouteTableIds ?? []) {
    const routes = stage.sim.cloud.store.routeTables.current.get(id)?.routes ?? [];
    expect(routes.find(({ destination }) => destination === '0.0.0.0/0')?.target).toEqual({
      kind: 'interface',
      id: networkInterface,
    });
  }
}

/** Lets what is under way end and the schedule run on, then looks whether anything was left over. */
async function settle(stage: Stage): Promise<void> {
  stage.goLive();
  await stage.until('settled', () => stage.isSettled());
  await stage.clock.runFor(3 * 60_000);
  await stage.until('settled', () => stage.isSettled());
  stage.quiesce();
}

describe('two controllers at once', () => {
  it.each([0, 30, 100, 250, 1_000, 3_000, 8_000])(
    '%i ms apart end with one instance in the zone',
    async (gapMs) => {
      const stage = await settledStage({ seed: gapMs + 1 });
      const dead = primaryOf(stage, 'a');
      stage.sim.terminateInstance(dead);
      await stage.clock.runFor(700);
      const first = stage.start(stateChange(stage, dead, 'shutting-down'));
      await stage.clock.runFor(gapMs);
      const second = stage.start(stage.scheduledEvent());
      await stage.clock.complete(Promise.all([first, second]));
      await settle(stage);

      await expectOneInstance(stage, 'a');
      expect(stage.sim.cloud.store.interfaces.current.all()).toHaveLength(2);
    },
  );

  it('with the same view ask for the same interface and the same instance', async () => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(2_000);
    const from = stage.sim.calls.length;
    const event = stateChange(stage, dead, 'shutting-down');
    await stage.clock.complete(Promise.all([stage.start(event), stage.start(event)]));

    const tokens = (name: 'RunInstances' | 'CreateNetworkInterface') =>
      new Set(
        stage.sim.calls
          .slice(from)
          .filter((call) => call.name === name)
          .map(({ input }) => Reflect.get(input, 'ClientToken')),
      );
    expect(tokens('CreateNetworkInterface').size).toBe(1);
    expect(tokens('RunInstances').size).toBe(1);
    expect(aliveIn(stage, 'a')).toHaveLength(1);
  });
});

describe('a replayed client token', () => {
  it('that answers with a dead instance is followed by the next generation', async () => {
    const stage = await settledStage({ vpc: { zones: 1 } });
    const primary = primaryOf(stage, 'a');
    // The first run launches a candidate and dies; the candidate comes to nothing and loses its tags, so that the next
    // run sees exactly what the first one saw, and asks with the same token.
    stage.sim.inject({ call: 'RunInstances', times: 1, fault: { kind: 'crash', when: 'after' } });
    await stage.clock.complete(stage.start({ action: 'rebuild' }).catch(() => undefined));
    const [stillborn = ''] = aliveIn(stage, 'a').filter((id) => id !== primary);
    stage.sim.untag(stillborn, 'phoenat:stack');
    stage.sim.terminateInstance(stillborn);
    await stage.clock.runFor(2 * 60_000);
    const report = await stage.invoke(stage.scheduledEvent());

    const launches = zoneOf(report, 'a').steps.filter(({ kind }) => kind === 'launch');
    expect(
      launches.map(({ result }) => (result.kind === 'failed' ? result.failure.code : result.kind)),
    ).toEqual(['ReplayedDeadInstance', 'done']);
    expect(launches[0]?.result).toMatchObject({ failure: { message: expect.stringContaining(stillborn) } });
    await settle(stage);
    await expectOneInstance(stage, 'a');
  });
});

describe('a run that is cut off', () => {
  const mutating = [0, 1, 2, 3, 4, 5, 6] as const;

  it.each(
    mutating.flatMap(
      (nth) =>
        [
          ['before', nth],
          ['after', nth],
        ] as const,
    ),
  )('%s its mutating call number %i is resumed by the next', async (when, nth) => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(1_000);
    let seen = 0;
    stage.sim.injectEverywhere({
      call: '*',
      times: 1,
      when: (name) => stage.sim.isMutating(name) && seen++ === nth,
      fault: { kind: 'crash', when },
    });
    await stage.clock.complete(stage.start(stateChange(stage, dead, 'shutting-down')).catch(() => undefined));
    await settle(stage);

    await expectOneInstance(stage, 'a');
    expect(stage.sim.cloud.store.interfaces.current.all()).toHaveLength(2);
  });
});

describe('a lost answer', () => {
  it.each([
    'CreateNetworkInterface',
    'AssociateAddress',
    'ReplaceRoute',
    'ModifyNetworkInterfaceAttribute',
    'RunInstances',
  ] as const)('to %s leads to no second one of anything', async (call) => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(1_000);
    stage.sim.inject({ call, times: 1, fault: { kind: 'lost-answer', afterMs: 5_000 } });
    await stage.invoke(stateChange(stage, dead, 'shutting-down'));
    await settle(stage);

    await expectOneInstance(stage, 'a');
    expect(stage.sim.cloud.store.interfaces.current.all()).toHaveLength(2);
    expect(
      stage.sim.cloud.store.instances.current.all().filter(({ state }) => state === 'running'),
    ).toHaveLength(2);
  });
});

describe('a settled stack after all that', () => {
  it('stays untouched for an hour of schedules', async () => {
    const stage = await settledStage();
    stage.goLive();
    const from = stage.sim.calls.length;
    await stage.clock.runFor(60 * 60_000);

    expect(mutations(stage, from)).toEqual([]);
  });
});

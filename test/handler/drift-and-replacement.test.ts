import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../shared/core/model/time.ts';
import { addForeignInterface } from '../../simulator/bystanders.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledStage,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

function tableOf(stage: Stage): string {
  return stage.world.zones[0]?.privateRouteTableIds[0] ?? '';
}

function allocationOf(stage: Stage): string {
  return stage.world.zones[0]?.allocationId ?? '';
}

function groupsOf(stage: Stage): readonly string[] {
  const id = interfaceOf(stage, primaryOf(stage, 'a'));
  return stage.sim.cloud.store.interfaces.current.get(id)?.groupIds ?? [];
}

/** A group of somebody else, alone or beside the stack's own. */
function putElsewhere(stage: Stage, isBesideOwn: boolean): void {
  const own = isBesideOwn ? groupsOf(stage) : [];
  stage.sim.setSecurityGroups(interfaceOf(stage, primaryOf(stage, 'a')), ['sg-0f0f0f0f0f0f0f0f0', ...own]);
}

describe('drift', () => {
  const cases: readonly (readonly [string, (stage: Stage) => void, string[]])[] = [
    [
      'the source/destination check switched on',
      (stage) => stage.sim.setSourceDestCheck(interfaceOf(stage, primaryOf(stage, 'a')), true),
      ['ModifyNetworkInterfaceAttribute'],
    ],
    [
      'the interface in another security group',
      (stage) => putElsewhere(stage, false),
      ['ModifyNetworkInterfaceAttribute'],
    ],
    [
      'the interface in one more security group',
      (stage) => putElsewhere(stage, true),
      ['ModifyNetworkInterfaceAttribute'],
    ],
    [
      'the Elastic IP taken off',
      (stage) => stage.sim.takeAddressOff(allocationOf(stage)),
      ['AssociateAddress'],
    ],
    ['the default route deleted', (stage) => stage.sim.deleteRoute(tableOf(stage)), ['CreateRoute']],
    [
      'the default route pointed at the other zone',
      (stage) => {
        const id = interfaceOf(stage, primaryOf(stage, 'b'));
        stage.sim.pointRouteAt(tableOf(stage), { kind: 'interface', id });
      },
      ['ReplaceRoute'],
    ],
    [
      'the default route made a blackhole',
      (stage) => {
        const interfaceId = addForeignInterface(
          stage.sim,
          stage.world,
          stage.world.zones[0]?.publicSubnetId ?? '',
        );
        stage.sim.pointRouteAt(tableOf(stage), { kind: 'interface', id: interfaceId });
        stage.sim.deleteInterface(interfaceId);
      },
      ['ReplaceRoute'],
    ],
    [
      'everything at once',
      (stage) => {
        stage.sim.setSourceDestCheck(interfaceOf(stage, primaryOf(stage, 'a')), true);
        stage.sim.takeAddressOff(allocationOf(stage));
        stage.sim.deleteRoute(tableOf(stage));
      },
      ['AssociateAddress', 'CreateRoute', 'ModifyNetworkInterfaceAttribute'],
    ],
  ];

  it.each(cases)('%s is repaired by exactly the call that it takes', async (_case, spoil, repair) => {
    const stage = await settledStage();
    const alive = aliveIn(stage, 'a');
    spoil(stage);
    await stage.clock.runFor(2_000);
    const from = stage.sim.calls.length;
    const report = await stage.invoke(stage.scheduledEvent());

    expect(mutations(stage, from).toSorted()).toEqual(repair);
    expect(report.outcome).toBe('settled');
    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(aliveIn(stage, 'a')).toEqual(alive);
    expect(groupsOf(stage)).toEqual(stage.settings.securityGroupIds);
  });
});

describe('a planned replacement', () => {
  async function replaced(stage: Stage, old: string): Promise<number> {
    const outageBefore = stage.meter.outageMs();
    stage.goLive();
    await stage.until(
      'the old instance is terminated',
      () => stage.sim.cloud.store.instances.current.get(old)?.state === 'terminated' && stage.isSettled(),
      15 * minuteMs,
    );
    return stage.meter.outageMs() - outageBefore;
  }

  it('makes before it breaks: own address given up, routes, Elastic IP, and the old one last', async () => {
    const stage = await settledStage();
    const old = primaryOf(stage, 'a');
    const from = stage.sim.calls.length;
    await stage.invoke({ action: 'rebuild', zone: 'a' });
    const outageMs = await replaced(stage, old);

    expect(mutations(stage, from)).toEqual([
      'CreateTags',
      'RunInstances',
      'ModifyNetworkInterfaceAttribute',
      'ModifyNetworkInterfaceAttribute',
      'ReplaceRoute',
      'ReplaceRoute',
      'AssociateAddress',
      'TerminateInstances',
      'CreateTags',
      'DeleteNetworkInterface',
    ]);
    // Between the own address given up and the Elastic IP there is none, for two round trips.
    expect(outageMs / stage.world.privateSubnetIds.length).toBeLessThan(1_000);
    expect(aliveIn(stage, 'a')).toHaveLength(1);
    expect(stage.sim.cloud.store.interfaces.current.all()).toHaveLength(2);
  });

  it.each([
    ['an impaired status check', (stage: Stage, id: string) => stage.sim.impair(id, 'instance')],
    ['a retirement notice', (stage: Stage, id: string) => stage.sim.retire(id)],
    ['a rebalance recommendation', (stage: Stage, id: string) => stage.sim.recommendRebalance(id)],
  ])('follows %s', async (_case, happen) => {
    const stage = await settledStage();
    const old = primaryOf(stage, 'a');
    const other = primaryOf(stage, 'b');
    stage.goLive();
    happen(stage, old);
    await stage.until(
      'replaced',
      () => stage.sim.cloud.store.instances.current.get(old)?.state === 'terminated',
    );
    await stage.until('settled', () => stage.isSettled());

    expect(aliveIn(stage, 'a')).toHaveLength(1);
    expect(aliveIn(stage, 'b')).toEqual([other]);
  });

  it('on a spot interruption is done before the two minutes are over', async () => {
    const stage = await settledStage();
    const old = primaryOf(stage, 'a');
    const oldInterface = interfaceOf(stage, old);
    const outageBefore = stage.meter.outageMs();
    stage.goLive();
    stage.sim.interruptSpot(old);
    await stage.clock.runFor(115_000);

    const address = stage.sim.cloud.store.addresses.current.get(allocationOf(stage));
    expect(address?.association?.interfaceId).not.toBe(oldInterface);
    expect(stage.meter.outageMs() - outageBefore).toBeLessThan(2_000);
  });

  it('that is immediate does not wait for the candidate', async () => {
    const stage = await settledStage();
    const old = primaryOf(stage, 'a');
    const report = await stage.invoke({ action: 'rebuild', zone: 'a', immediate: true });

    expect(
      zoneOf(report, 'a')
        .steps.map(({ kind }) => kind)
        .slice(0, 2),
    ).toEqual(['mark-for-replacement', 'create-interface']);
    expect(zoneOf(report, 'a').primary?.instanceId).not.toBe(old);
    stage.goLive();
    await stage.until('gone', () => stage.sim.cloud.store.instances.current.get(old)?.state === 'terminated');
  });

  it('happens in one zone first when every zone is suspect', async () => {
    const stage = await settledStage({ timeoutMs: 40_000 });
    stage.sim.impair(primaryOf(stage, 'a'), 'system');
    stage.sim.impair(primaryOf(stage, 'b'), 'system');
    await stage.clock.runFor(150_000);
    const from = stage.sim.calls.length;
    const report = await stage.invoke(stage.scheduledEvent());

    expect(mutations(stage, from).filter((name) => name === 'RunInstances')).toHaveLength(1);
    expect(zoneOf(report, 'b').findings).toContainEqual(
      expect.objectContaining({ code: 'all-zones-suspect' }),
    );
    stage.goLive();
    await stage.until(
      'both replaced',
      () => stage.isSettled() && stage.meter.outages().every(({ to }) => to),
    );
  });

  it('follows changed settings zone by zone', async () => {
    const stage = await settledStage();
    const old = [primaryOf(stage, 'a'), primaryOf(stage, 'b')];
    for (const id of old) {
      stage.sim.tag(id, 'phoenat:spec', 'of another time');
    }
    await stage.clock.runFor(2_000);
    const report = await stage.invoke(stage.scheduledEvent());
    expect(zoneOf(report, 'b').findings).toContainEqual(
      expect.objectContaining({ code: 'another-zone-first' }),
    );
    stage.goLive();
    await stage.until('both replaced', () =>
      old.every((id) => stage.sim.cloud.store.instances.current.get(id)?.state === 'terminated'),
    );
  });
});

describe('a route that may not be changed', () => {
  const refused = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
  /** One of the zone's two tables has lost its route, and gets none. */
  async function stageWithoutRoute() {
    const stage = await settledStage();
    stage.goLive();
    stage.sim.inject({ call: 'CreateRoute', fault: refused });
    stage.sim.deleteRoute(tableOf(stage));
    return { stage, former: primaryOf(stage, 'a') };
  }
  async function servedOtherwise({ stage, former }: Awaited<ReturnType<typeof stageWithoutRoute>>) {
    await stage.until('served by another', () =>
      stage.invocations.some(({ report }) => {
        const zone = report === undefined ? undefined : zoneOf(report, 'a');
        const id = zone?.primary?.instanceId;
        const leads = zone?.routes.some(
          ({ target, state }) => target === zone.primary?.interfaceId && state === 'active',
        );
        return (
          id !== undefined &&
          id !== former &&
          leads === true &&
          zone?.address?.on === zone?.primary?.interfaceId
        );
      }),
    );
  }

  it('keeps no instance that is gone from being replaced', async () => {
    const made = await stageWithoutRoute();
    made.stage.sim.terminateInstance(made.former);

    await servedOtherwise(made);
    expect(mutations(made.stage).filter((name) => name === 'RunInstances').length).toBeLessThan(5);
  });

  it('keeps no instance that forwards nothing from being replaced', async () => {
    const made = await stageWithoutRoute();
    made.stage.sim.impair(made.former, 'instance');

    await servedOtherwise(made);
  });
});

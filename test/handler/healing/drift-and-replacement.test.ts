import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { addForeignInterface } from '../../../simulator/bystanders.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';

function tableOf(harness: Harness): string {
  return harness.topology.zones[0]?.privateRouteTableIds[0] ?? '';
}

function allocationOf(harness: Harness): string {
  return harness.topology.zones[0]?.allocationId ?? '';
}

function groupsOf(harness: Harness): readonly string[] {
  const id = interfaceOf(harness, primaryOf(harness, 'a'));
  return harness.sim.region.store.interfaces.current.get(id)?.groupIds ?? [];
}

/** A group of somebody else, alone or beside the stack's own. */
function putElsewhere(harness: Harness, isBesideOwn: boolean): void {
  const own = isBesideOwn ? groupsOf(harness) : [];
  harness.sim.setSecurityGroups(interfaceOf(harness, primaryOf(harness, 'a')), [
    'sg-0f0f0f0f0f0f0f0f0',
    ...own,
  ]);
}

describe('drift', () => {
  const cases: readonly (readonly [string, (harness: Harness) => void, string[]])[] = [
    [
      'the source/destination check switched on',
      (harness) => harness.sim.setSourceDestCheck(interfaceOf(harness, primaryOf(harness, 'a')), true),
      ['ModifyNetworkInterfaceAttribute'],
    ],
    [
      'the interface in another security group',
      (harness) => putElsewhere(harness, false),
      ['CreateTags', 'ModifyNetworkInterfaceAttribute'],
    ],
    [
      'the interface in one more security group',
      (harness) => putElsewhere(harness, true),
      ['CreateTags', 'ModifyNetworkInterfaceAttribute'],
    ],
    [
      'the Elastic IP taken off',
      (harness) => harness.sim.takeAddressOff(allocationOf(harness)),
      ['AssociateAddress'],
    ],
    ['the default route deleted', (harness) => harness.sim.deleteRoute(tableOf(harness)), ['CreateRoute']],
    [
      'the default route pointed at the other zone',
      (harness) => {
        const id = interfaceOf(harness, primaryOf(harness, 'b'));
        harness.sim.pointRouteAt(tableOf(harness), { kind: 'interface', id });
      },
      ['ReplaceRoute'],
    ],
    [
      'the default route made a blackhole',
      (harness) => {
        const interfaceId = addForeignInterface(
          harness.sim,
          harness.topology,
          harness.topology.zones[0]?.publicSubnetId ?? '',
        );
        harness.sim.pointRouteAt(tableOf(harness), { kind: 'interface', id: interfaceId });
        harness.sim.deleteInterface(interfaceId);
      },
      ['ReplaceRoute'],
    ],
    [
      'everything at once',
      (harness) => {
        harness.sim.setSourceDestCheck(interfaceOf(harness, primaryOf(harness, 'a')), true);
        harness.sim.takeAddressOff(allocationOf(harness));
        harness.sim.deleteRoute(tableOf(harness));
      },
      ['AssociateAddress', 'CreateRoute', 'ModifyNetworkInterfaceAttribute'],
    ],
  ];

  it.each(everyCase(cases.slice(-2), cases.slice(0, -2)))(
    '%s is repaired by exactly the calls that it takes',
    async (_case, spoil, repair) => {
      const harness = await settledHarness();
      const alive = aliveIn(harness, 'a');
      spoil(harness);
      await harness.clock.runFor(2_000);
      const from = harness.sim.calls.length;
      const report = await harness.invoke(harness.scheduledEvent());

      expect(mutations(harness, from).toSorted()).toEqual(repair);
      expect(report.outcome).toBe('settled');
      expect(zoneOf(report, 'a').health).toBe('healthy');
      expect(aliveIn(harness, 'a')).toEqual(alive);
      expect(groupsOf(harness)).toEqual(harness.settings.securityGroupIds);
    },
  );
});

describe('a planned replacement', () => {
  async function replaced(harness: Harness, old: string): Promise<number> {
    const outageBefore = harness.meter.outageMs();
    harness.goLive();
    await harness.until(
      'the old instance is terminated',
      () =>
        harness.sim.region.store.instances.current.get(old)?.state === 'terminated' && harness.isSettled(),
      15 * minuteMs,
    );
    return harness.meter.outageMs() - outageBefore;
  }

  it('makes before it breaks: own address given up, routes, Elastic IP, and the old one last', async () => {
    const harness = await settledHarness();
    const old = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;
    await harness.invoke({ action: 'rebuild', zone: 'a' });
    const outageMs = await replaced(harness, old);

    // Two runs may see what is left over at the same time, and both delete it.
    expect([...mutations(harness, from)].slice(0, 10)).toEqual([
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
    expect(outageMs / harness.topology.privateSubnetIds.length).toBeLessThan(1_000);
    expect(aliveIn(harness, 'a')).toHaveLength(1);
    expect(harness.sim.region.store.interfaces.current.all()).toHaveLength(4);
  });

  it.each(
    everyCase(
      [
        ['a rebalance recommendation', (harness: Harness, id: string) => harness.sim.recommendRebalance(id)],
      ] as const,
      [
        ['an impaired status check', (harness: Harness, id: string) => harness.sim.impair(id, 'instance')],
        ['a retirement notice', (harness: Harness, id: string) => harness.sim.retire(id)],
      ] as const,
    ),
  )('follows %s', async (_case, happen) => {
    const harness = await settledHarness();
    const old = primaryOf(harness, 'a');
    const other = primaryOf(harness, 'b');
    harness.goLive();
    happen(harness, old);
    await harness.until(
      'replaced',
      () => harness.sim.region.store.instances.current.get(old)?.state === 'terminated',
    );
    await harness.until('settled', () => harness.isSettled());

    expect(aliveIn(harness, 'a')).toHaveLength(1);
    expect(aliveIn(harness, 'b')).toEqual([other]);
  });

  inDepth('on a spot interruption is done before the two minutes are over', async () => {
    const harness = await settledHarness();
    const old = primaryOf(harness, 'a');
    const oldInterface = interfaceOf(harness, old);
    const outageBefore = harness.meter.outageMs();
    harness.goLive();
    harness.sim.interruptSpot(old);
    await harness.clock.runFor(115_000);

    const address = harness.sim.region.store.addresses.current.get(allocationOf(harness));
    expect(address?.association?.interfaceId).not.toBe(oldInterface);
    expect(harness.meter.outageMs() - outageBefore).toBeLessThan(2_000);
  });

  it('that is immediate does not wait for the candidate', async () => {
    const harness = await settledHarness();
    const old = primaryOf(harness, 'a');
    const report = await harness.invoke({ action: 'rebuild', zone: 'a', immediate: true });

    expect(
      zoneOf(report, 'a')
        .steps.map(({ kind }) => kind)
        .slice(0, 5)
        .toSorted(),
    ).toEqual([
      'associate-address',
      'launch',
      'mark-for-replacement',
      'set-default-route',
      'set-default-route',
    ]);
    expect(zoneOf(report, 'a').primary?.instanceId).not.toBe(old);
    harness.goLive();
    await harness.until(
      'gone',
      () => harness.sim.region.store.instances.current.get(old)?.state === 'terminated',
    );
  });

  inDepth('happens in one zone first when every zone is suspect', async () => {
    const harness = await settledHarness({ timeoutMs: 40_000 });
    harness.sim.impair(primaryOf(harness, 'a'), 'system');
    harness.sim.impair(primaryOf(harness, 'b'), 'system');
    await harness.clock.runFor(150_000);
    const from = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from).filter((name) => name === 'RunInstances')).toHaveLength(1);
    expect(zoneOf(report, 'b').findings).toContainEqual(
      expect.objectContaining({ code: 'all-zones-suspect' }),
    );
    harness.goLive();
    await harness.until(
      'both replaced',
      () => harness.isSettled() && harness.meter.outages().every(({ to }) => to),
    );
  });

  inDepth('follows changed settings zone by zone', async () => {
    const harness = await settledHarness();
    const old = [primaryOf(harness, 'a'), primaryOf(harness, 'b')];
    for (const id of old) {
      harness.sim.tag(id, 'phoenat:spec', 'of another time');
    }
    await harness.clock.runFor(2_000);
    const report = await harness.invoke(harness.scheduledEvent());
    expect(zoneOf(report, 'b').findings).toContainEqual(
      expect.objectContaining({ code: 'another-zone-first' }),
    );
    harness.goLive();
    await harness.until('both replaced', () =>
      old.every((id) => harness.sim.region.store.instances.current.get(id)?.state === 'terminated'),
    );
  });
});

describe('a route that may not be changed', () => {
  const refused = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
  /** One of the zone's two tables has lost its route, and gets none. */
  async function harnessWithoutRoute() {
    const harness = await settledHarness();
    harness.goLive();
    harness.sim.inject({ call: 'CreateRoute', fault: refused });
    harness.sim.deleteRoute(tableOf(harness));
    return { harness, former: primaryOf(harness, 'a') };
  }
  async function servedOtherwise({ harness, former }: Awaited<ReturnType<typeof harnessWithoutRoute>>) {
    await harness.until('served by another', () =>
      harness.invocations.some(({ report }) => {
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
    const made = await harnessWithoutRoute();
    made.harness.sim.terminateInstance(made.former);

    await servedOtherwise(made);
    expect(mutations(made.harness).filter((name) => name === 'RunInstances').length).toBeLessThan(5);
  });

  it('keeps no instance that forwards nothing from being replaced', async () => {
    const made = await harnessWithoutRoute();
    made.harness.sim.impair(made.former, 'instance');

    await servedOtherwise(made);
  });
});

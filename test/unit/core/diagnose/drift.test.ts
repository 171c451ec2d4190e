import { describe, expect, it } from 'vitest';
import { type Drift, tablesServedByOther } from '../../../../shared/core/diagnose/drift.ts';
import type { DefaultRoute, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aTable,
  diagnoseAndPlan,
  id,
  type Scene,
  snapshotOf,
} from '../a-snapshot.ts';
import { gateway, ofB, toGateway, withoutInterface, withoutPrimary } from '../some-scenes.ts';

function driftOfA(changes: Partial<Scene>): readonly Drift[] {
  const { diagnosisOfA } = diagnoseAndPlan(snapshotOf(changes));
  if (diagnosisOfA.kind !== 'diagnosed') throw new Error(`zone a is ${diagnosisOfA.health}`);
  return diagnosisOfA.drift;
}

const told = (drifts: readonly Drift[]) =>
  drifts.map(({ kind, finding }) => [kind, finding.code, finding.detail]);
const tablesOfA = (first: RouteTable) => ({ routeTables: [...ofB.routeTables, first, aTable('a', 2)] });
const routed = (target: DefaultRoute['target'], state: DefaultRoute['state'] = 'active') =>
  tablesOfA(aTable('a', 1, { defaultRoute: { target, state } }));

describe('drift', () => {
  it('is all that is not aimed at the primary, in the order of its repair', () => {
    const { defaultRoute: _none, ...bare } = aTable('a', 1);
    const drifts = driftOfA({
      ...tablesOfA(bare),
      interfaces: [
        anInterface('a', { sourceDestCheck: true, securityGroupIds: [id('securityGroup', '2')] }),
        ...ofB.interfaces,
      ],
      addresses: [withoutInterface(), anAddress('b')],
    });

    expect(told(drifts)).toEqual([
      [
        'source-dest-check',
        'source-dest-check-on',
        'the source/destination check of eni-000000a1 is on: EC2 drops what it should forward',
      ],
      [
        'security-groups',
        'groups-changed',
        'eni-000000a1 is in the security groups sg-00000002, not in sg-00000001',
      ],
      ['address', 'address-elsewhere', 'Elastic IP 203.0.113.1 (eipalloc-0000000a) is on nothing'],
      ['route', 'route-missing', 'rtb-000000a1 has no default route'],
    ]);
  });

  it('is the Elastic IP on the secondary address of the right interface: what is the zone’s own leaves by the other', () => {
    const interfaces = [anInterface('a', { secondaryIps: ['10.0.0.9'] }), ...ofB.interfaces];
    const on = (privateIp: string) => [anAddress('a', { privateIp }), anAddress('b')];

    expect(driftOfA({ interfaces, addresses: on('10.0.0.9') })[0]?.finding.detail).toMatch(
      /is on 10\.0\.0\.9 of eni-000000a1$/,
    );
    expect(driftOfA({ interfaces, addresses: on('10.0.0.5') })).toEqual([]);
  });

  it('says where the Elastic IP is', () => {
    const addresses = [anAddress('a', { interfaceId: id('interface', 'b1') }), anAddress('b')];

    expect(driftOfA({ addresses })[0]?.finding.detail).toMatch(/is on eni-000000b1$/);
  });

  it.each<[string, DefaultRoute['target'], DefaultRoute['state'], string | undefined, boolean]>([
    ['of a route to nothing of ours that works', gateway, 'active', 'not-yet-taken-over', true],
    ['of a route to nothing of ours that is dead', gateway, 'blackhole', 'route-blackhole', false],
    ['of a route to nothing of ours that is filtered', gateway, 'filtered', 'route-elsewhere', false],
    [
      'of a route to another zone’s interface',
      { kind: 'interface', id: id('interface', 'b1') },
      'active',
      'route-elsewhere',
      false,
    ],
    [
      'of a route to another zone’s instance',
      { kind: 'instance', id: id('instance', 'b1') },
      'active',
      'route-elsewhere',
      false,
    ],
  ])('%s is served by another: so', (_what, target, state, code, servedByOther) => {
    expect(driftOfA(routed(target, state))).toMatchObject([
      { kind: 'route', table: { id: id('routeTable', 'a1') }, finding: { code }, servedByOther },
    ]);
  });

  it('of a new zone is served by the zone that it was made of, while that has an instance that runs', () => {
    const { lastGoodImage: _none, ...fresh } = anAddress('a');
    const addresses = [fresh, anAddress('b')];
    const led = routed({ kind: 'interface', id: id('interface', 'b1') });
    const isServed = (scene: Partial<Scene>) =>
      driftOfA(scene).flatMap((drift) => (drift.kind === 'route' ? [drift.servedByOther] : []));

    expect(isServed({ ...led, addresses })).toEqual([true]);
    expect(isServed(led)).toEqual([false]);
    const stopped = [anInstance('a'), anInstance('b', { state: 'stopped' })];
    expect(isServed({ ...led, addresses, instances: stopped })).toEqual([false]);
  });

  it('is no route to the instance itself, nor one to its interface that waits for it to run', () => {
    expect(driftOfA(routed({ kind: 'instance', id: id('instance', 'a1') }))).toEqual([]);
    expect(driftOfA(routed({ kind: 'interface', id: id('interface', 'a1') }, 'blackhole'))).toEqual([]);
  });

  it('is the whole cutover where no instance is there', () => {
    const gone = { ...withoutPrimary('terminated'), interfaces: [...ofB.interfaces] };

    expect(driftOfA(gone).map(({ kind }) => kind)).toEqual(['address', 'route', 'route']);
  });

  it('names the tables that something else serves', () => {
    const drifts = driftOfA(tablesOfA(toGateway[0] ?? aTable('a', 1)));

    expect(tablesServedByOther(drifts).map((table) => table.id)).toEqual([id('routeTable', 'a1')]);
  });
});

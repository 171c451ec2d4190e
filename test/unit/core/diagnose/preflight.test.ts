import { describe, expect, it } from 'vitest';
import {
  anAddress,
  anInstance,
  aTable,
  codesOf,
  diagnoseAndPlan,
  id,
  mainTable,
  publicTable,
  type Scene,
  settledScene,
  snapshotOf,
  someSettings,
} from '../a-snapshot.ts';

const tablesOfB = [aTable('b', 1), aTable('b', 2)];
const igw = { kind: 'internet-gateway', id: 'igw-1' } as const;
const tgw = { kind: 'other', id: 'tgw-1' } as const;
const subnetsBut = (hex: string) => settledScene.subnets.filter((subnet) => subnet.id !== id('subnet', hex));
const elsewhere = (hex: string) =>
  settledScene.subnets.map((subnet) =>
    subnet.id === id('subnet', hex) ? { ...subnet, vpcId: id('vpc', '2') } : subnet,
  );
const subnetOfA = (hex: string, change: object) =>
  settledScene.subnets.map((subnet) => (subnet.id === id('subnet', hex) ? { ...subnet, ...change } : subnet));
const inLocalZone = subnetOfA('a0', { availabilityZone: 'eu-central-1-ham-1a' });
const broken: Partial<Scene> = { instances: [anInstance('b')], statuses: [] };

describe('preflight: a violation changes nothing in its zone, and the other goes on', () => {
  const cases: readonly (readonly [string, Partial<Scene>, string])[] = [
    ['public subnet missing', { subnets: subnetsBut('a0') }, 'subnet-missing'],
    ['private subnet missing', { subnets: subnetsBut('a2') }, 'subnet-missing'],
    ['subnet of another VPC', { subnets: elsewhere('a1') }, 'subnet-in-other-vpc'],
    [
      'public subnet without a default route',
      {
        routeTables: [
          { ...publicTable, subnetIds: [id('subnet', 'b0')] },
          mainTable,
          aTable('a', 1),
          aTable('a', 2),
          ...tablesOfB,
        ],
      },
      'public-subnet-without-internet',
    ],
    [
      'public subnet whose internet gateway is detached',
      {
        routeTables: [
          { ...publicTable, subnetIds: [id('subnet', 'b0')] },
          {
            ...publicTable,
            id: id('routeTable', 'e'),
            subnetIds: [id('subnet', 'a0')],
            defaultRoute: { target: igw, state: 'blackhole' },
          },
          aTable('a', 1),
          aTable('a', 2),
          ...tablesOfB,
        ],
      },
      'public-subnet-without-internet',
    ],
    [
      'private subnet that no table serves',
      { routeTables: [publicTable, aTable('a', 1), ...tablesOfB] },
      'private-table-missing',
    ],
    [
      'private subnet in the public subnet’s table',
      {
        routeTables: [
          { ...publicTable, subnetIds: [...publicTable.subnetIds, id('subnet', 'a1')] },
          mainTable,
          aTable('a', 2),
          ...tablesOfB,
        ],
      },
      'private-table-is-public',
    ],
    [
      'private table with a default route to an internet gateway',
      {
        routeTables: [
          publicTable,
          aTable('a', 1, { defaultRoute: { target: igw, state: 'active' } }),
          aTable('a', 2),
          ...tablesOfB,
        ],
      },
      'private-table-is-public',
    ],
    [
      'private default route to a transit gateway',
      {
        routeTables: [
          publicTable,
          aTable('a', 1, { defaultRoute: { target: tgw, state: 'active' } }),
          aTable('a', 2),
          ...tablesOfB,
        ],
      },
      'private-route-protected',
    ],
    [
      'subnet of another account',
      { subnets: subnetOfA('a1', { ownerId: '2' }) },
      'subnet-of-another-account',
    ],
    [
      'public subnet in a Local Zone, with an Elastic IP of the Region',
      {
        subnets: inLocalZone,
        addresses: [anAddress('a', { networkBorderGroup: 'eu-central-1' }), anAddress('b')],
      },
      'place-unfit',
    ],
    ['public subnet on an Outpost', { subnets: subnetOfA('a0', { outpostArn: 'arn' }) }, 'place-unfit'],
    ['no such Elastic IP', { addresses: [anAddress('b')] }, 'address-missing'],
    [
      'Elastic IP on a foreign interface',
      { addresses: [anAddress('a', { interfaceId: id('interface', 'f') }), anAddress('b')] },
      'address-foreign',
    ],
  ];

  it.each(cases)('%s', (_case, scene, code) => {
    const { a, b, diagnosisOfA, diagnoses } = diagnoseAndPlan(snapshotOf({ ...broken, ...scene }), {
      settings: someSettings({ accountId: '1' }),
    });

    expect(diagnosisOfA.health).toBe('violation');
    expect(codesOf(diagnosisOfA)).toContain(code);
    expect([a.waves, a.waits]).toEqual([[], []]);
    expect([diagnoses[1]?.health, b.waves]).toEqual(['healthy', []]);
  });

  it('a table that serves two zones stops both', () => {
    const shared = aTable('a', 1, { subnetIds: [id('subnet', 'a1'), id('subnet', 'b1')] });
    const { diagnoses } = diagnoseAndPlan(
      snapshotOf({ routeTables: [publicTable, shared, aTable('a', 2), aTable('b', 2)] }),
    );

    expect(diagnoses.map(codesOf)).toEqual([['private-table-shared'], ['private-table-shared']]);
  });

  it('a blackholed route to something else is taken over', () => {
    const table = aTable('a', 1, { defaultRoute: { target: tgw, state: 'blackhole' } });

    expect(
      diagnoseAndPlan(snapshotOf({ routeTables: [publicTable, table, aTable('a', 2), ...tablesOfB] }))
        .diagnosisOfA.health,
    ).toBe('drifted');
  });
});

describe('what is no violation', () => {
  it.each([
    ['a Local Zone with an address of its own', { networkBorderGroup: 'eu-central-1-ham-1' }, inLocalZone],
    ['a Local Zone with an address that EC2 does not place', {}, inLocalZone],
    ['a private subnet in a Local Zone', {}, subnetOfA('a1', { availabilityZone: 'eu-central-1-ham-1a' })],
    ['a subnet whose owner is known where our account is not', {}, subnetOfA('a1', { ownerId: '2' })],
  ])('%s', (_case, address, subnets) => {
    const { diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({ subnets, addresses: [anAddress('a', address), anAddress('b')] }),
    );

    expect([diagnosisOfA.health, codesOf(diagnosisOfA)]).toEqual(['healthy', []]);
  });
});

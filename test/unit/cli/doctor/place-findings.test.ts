import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Deployment, Inventory } from '../../../../cli/doctor/inventory.ts';
import type { RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { id } from '../../core/a-snapshot.ts';
import {
  anInventory,
  aRouteTable,
  aSubnet,
  mainTable,
  publicTable,
  subnets,
  tableA,
  tableB,
  toIgw,
} from './an-inventory.ts';

const headings = (over: Partial<Inventory>) => {
  const before = new Set(examine(anInventory()).findings.map(({ problem }) => problem));
  return examine(anInventory(over)).findings.filter(({ problem }) => !before.has(problem));
};

describe('a Local Zone', () => {
  const local = 'eu-central-1-ham-1a';
  const movedTo = (availabilityZone: string, hexes: readonly string[]) => {
    const ids = new Set<string>(hexes.map((hex) => id('subnet', hex)));
    return subnets.map((subnet) => (ids.has(subnet.id) ? { ...subnet, availabilityZone } : subnet));
  };
  const deployed = (over: { readonly allocationId?: string }): Deployment => ({
    vpcId: anInventory().vpc.id,
    status: 'UPDATE_COMPLETE',
    hasClientCidrs: true,
    hasStandby: false,
    withoutStandIns: false,
    hasProbes: true,
    asksClients: false,
    asksForSpot: false,
    unshownKeys: [],
    amiSelector: 'al2023',
    instanceTypes: ['t4g.nano'],
    zones: [
      { letter: 'a', publicSubnetId: id('subnet', 'a0'), privateSubnetIds: [id('subnet', 'a1')], ...over },
    ],
    topics: [],
    ownTargetIds: [],
  });

  it('is not proposed for a NAT instance', () => {
    const inZone = aSubnet('c0', 'a', { availabilityZone: local });
    const table = aRouteTable('0', ['a0', 'b0', 'c0'], toIgw);
    const inventory = anInventory({
      subnets: [...subnets, inZone],
      routeTables: [table, tableA, tableB],
    });
    const { zones, findings } = examine(inventory);

    expect(zones.map(({ publicSubnetId }) => publicSubnetId)).not.toContain(inZone.id);
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'note', resource: inZone.id }));
  });

  it('is an error where a deployed zone has its instance there, and a warning for what is served from afar', () => {
    const found = headings({ subnets: movedTo(local, ['a0']), deployment: deployed({}) });

    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        resource: id('subnet', 'a0'),
        problem: expect.stringMatching(
          /Local Zone eu-central-1-ham-1a, and the Elastic IP that the stack allocates is of eu-central-1: /,
        ),
        fix: expect.stringMatching(/^Take a public .*--network-border-group eu-central-1-ham-1\)\.$/),
      }),
    );
    const afar = headings({ subnets: movedTo(local, ['a1']), deployment: deployed({}) });
    expect(afar).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        resource: id('subnet', 'a1'),
        problem: expect.stringContaining(`in ${local}, and its traffic would go to eu-central-1a first`),
      }),
    );
  });

  it('is fit for a deployed zone with an Elastic IP of its own, as the controller has it', () => {
    const elasticIps = {
      ...anInventory().elasticIps,
      borderGroups: { 'eipalloc-1': 'eu-central-1-ham-1', 'eipalloc-2': 'eu-central-1' },
    };
    const there = { subnets: movedTo(local, ['a0', 'a1']), elasticIps };
    const found = (allocationId: string) =>
      headings({ ...there, deployment: deployed({ allocationId }) }).filter(({ resource }) =>
        [id('subnet', 'a0'), id('subnet', 'a1')].some((subnet) => subnet === resource),
      );

    expect(found('eipalloc-1')).toEqual([]);
    expect(found('eipalloc-2')).toMatchObject([
      { severity: 'error', problem: expect.stringContaining('Elastic IP eipalloc-2 is of eu-central-1') },
    ]);
    expect(found('eipalloc-3')).toEqual([]);
  });
});

describe('shared subnets', () => {
  const ownedBy = (ownerId: string) => subnets.map((subnet) => ({ ...subnet, ownerId }));

  it('are an error: a participant cannot move a route', () => {
    const account = { known: true, id: '111111111111' } as const;

    expect(headings({ subnets: ownedBy('222222222222'), account })).toEqual([
      expect.objectContaining({
        severity: 'error',
        problem: expect.stringMatching(/belong to account 222222222222, .* from 111111111111 no route/),
      }),
    ]);
    expect(headings({ subnets: ownedBy('111111111111'), account })).toEqual([]);
  });

  it('are said to be unknown where the account is', () => {
    const account = { known: false, detail: 'no answer' } as const;

    expect(headings({ subnets: ownedBy('222222222222'), account })).toEqual([
      expect.objectContaining({
        severity: 'note',
        problem: expect.stringContaining('is unknown: no answer'),
      }),
    ]);
  });
});

describe('split defaults', () => {
  const halves = (targetId: string) => [
    { destination: '0.0.0.0/1', targetId },
    { destination: '128.0.0.0/1', targetId },
  ];
  const found = (of: RouteTable, targetId: string) =>
    headings({
      routeTables: anInventory().routeTables.map((table) =>
        table === of ? { ...table, splitDefaults: halves(targetId) } : table,
      ),
    });

  it('are an error in a table that a zone is served by, with the calls that remove them', () => {
    expect(found(tableA, 'tgw-1')).toEqual([
      expect.objectContaining({
        severity: 'error',
        resource: tableA.id,
        problem: expect.stringContaining(
          '0.0.0.0/1 (to tgw-1) and 128.0.0.0/1 (to tgw-1), which win over 0.0.0.0/0: what goes there does not',
        ),
        fix: expect.stringMatching(
          /^Delete them \(aws ec2 delete-route .* 0\.0\.0\.0\/1; aws ec2 delete-route .* 128\.0\.0\.0\/1\)/,
        ),
      }),
    ]);
  });

  it('are one in the table of a NAT instance where they lead past its internet gateway, and nowhere else', () => {
    expect(found(publicTable, 'tgw-1')).toMatchObject([
      { severity: 'error', problem: expect.stringContaining('does not go to the internet gateway') },
    ]);
    expect(found(publicTable, 'igw-1')).toEqual([]);
    expect(found(mainTable, 'tgw-1')).toEqual([]);
  });
});

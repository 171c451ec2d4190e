import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Inventory } from '../../../../cli/doctor/inventory.ts';
import { id } from '../../core/a-snapshot.ts';
import {
  aDeployedInventory,
  aNatGateway,
  anInventory,
  aRouteTable,
  aSubnet,
  headings,
  mainTable,
  publicTable,
  subnets,
  tableA,
  tableB,
  toIgw,
  toNat,
  toTransitGateway,
  vpcId,
} from './an-inventory.ts';

const rtb = (hex: string) => id('routeTable', hex);
const subnet = (hex: string) => id('subnet', hex);
const nat = (hex: string) => id('natGateway', hex);

/** The headings of all that is not a note. */
function troubles(over: Partial<Inventory>): string[] {
  const { findings } = examine(anInventory(over));
  return headings(findings.filter(({ severity }) => severity !== 'note'));
}

function problemOf(over: Partial<Inventory>, resource: string): string {
  const { findings } = examine(anInventory(over));
  const found = findings.find((finding) => finding.resource === resource);
  return found === undefined ? '' : `${found.problem} ${found.fix}`;
}

it('finds nothing in the way of a VPC in which nothing is', () => {
  expect(troubles({})).toEqual([]);
});

it('puts errors first and notes last', () => {
  const { findings } = examine(
    anInventory({
      subnets: [aSubnet('a0', 'a', { freeAddresses: 1 }), ...subnets.slice(1)],
      elasticIps: { used: 5, limit: 5, unassociated: [] },
    }),
  );
  expect(findings.map(({ severity }) => severity)).toEqual(['error', 'warning', 'note', 'note']);
});

describe('the way from the public subnets to the internet', () => {
  it('says that a VPC has no internet gateway, and how to attach one', () => {
    const { internetGatewayId: _, ...without } = anInventory({ natGateways: [] });
    const blackhole = { ...toIgw, state: 'blackhole' } as const;
    const { findings, command } = examine({
      ...without,
      routeTables: [mainTable, aRouteTable('0', ['a0', 'b0'], blackhole), tableA, tableB],
    });
    expect(headings(findings)).toEqual([`error ${vpcId}`, `error ${vpcId}`, `error ${rtb('0')}`]);
    expect(findings[0]?.fix).toContain(`attach-internet-gateway --vpc-id ${vpcId}`);
    expect(findings[1]?.problem).toContain('No subnet is public');
    expect(findings[2]?.problem).toContain('its default route to igw-1 is a blackhole');
    expect(command).toEqual([]);
  });

  const signs: readonly (readonly [string, Partial<Inventory>])[] = [
    [
      'its name',
      { subnets: [aSubnet('a0', 'a', { name: 'Public A' }), ...subnets.slice(1)], natGateways: [] },
    ],
    [
      'its public addresses',
      { subnets: [aSubnet('a0', 'a', { mapsPublicIp: true }), ...subnets.slice(1)], natGateways: [] },
    ],
    ['a NAT gateway in it', { natGateways: [aNatGateway('a', 'a0')] }],
  ];
  it.each(signs)('takes a subnet for public by %s, and gives the route that it lacks', (_, over) => {
    const routeTables = [
      mainTable,
      aRouteTable('0', ['b0'], toIgw),
      aRouteTable('1', ['a0']),
      tableA,
      tableB,
    ];
    expect(troubles({ ...over, routeTables })).toEqual([`error ${rtb('1')}`]);
    expect(problemOf({ ...over, routeTables }, rtb('1'))).toContain(
      `create-route --route-table-id ${rtb('1')} --destination-cidr-block 0.0.0.0/0 --gateway-id igw-1`,
    );
    expect(examine(anInventory({ ...over, routeTables })).command.join(' ')).not.toContain(subnet('a0'));
  });

  it('only warns where the Availability Zone has another public subnet', () => {
    const spare = aSubnet('a8', 'a', { name: 'public-spare' });
    const routeTables = [mainTable, publicTable, tableA, tableB, aRouteTable('8', ['a8'])];
    expect(troubles({ subnets: [...subnets, spare], routeTables })).toEqual([`warning ${rtb('8')}`]);
  });

  it('does not take the subnet of a private NAT gateway for public', () => {
    const inside = { ...aNatGateway('c', 'a1'), isPublic: false, publicIps: [] };
    expect(troubles({ natGateways: [inside] })).toEqual([]);
  });

  it.each([
    [0, 'error'],
    [3, 'warning'],
  ])('%i free addresses in a public subnet are an %s', (freeAddresses, severity) => {
    const scarce = [aSubnet('a0', 'a', { freeAddresses }), ...subnets.slice(1)];
    expect(troubles({ subnets: scarce })).toEqual([`${severity} ${subnet('a0')}`]);
  });

  describe('free addresses', () => {
    const scarce = (freeAddresses: number) => [
      aSubnet('a0', 'a', { freeAddresses }),
      aSubnet('a1', 'a', { freeAddresses: 0 }),
      ...subnets.slice(2),
    ];
    const { deployment } = aDeployedInventory();
    const deployedAs = (changes: object) =>
      deployment === undefined ? {} : { deployment: { ...deployment, ...changes } };

    it.each<[string, Partial<Inventory>, string[]]>([
      ['six for each of two zones', { subnets: scarce(6) }, []],
      ['no fewer', { subnets: scarce(5) }, [`warning ${subnet('a0')}`]],
      [
        'four where zones do not stand in for one another',
        { subnets: scarce(4), ...deployedAs({ zones: [], withoutStandIns: true }) },
        [],
      ],
      ['four beside those that a deployed zone has taken', { subnets: scarce(4), ...deployedAs({}) }, []],
    ])('of a public subnet are enough: %s', (_case, over, found) => {
      expect(troubles(over).filter((heading) => heading.endsWith(subnet('a0')))).toEqual(found);
    });
  });

  describe('zones of a deployed stack', () => {
    const { deployment } = aDeployedInventory();

    function noted(words: string, count: number, changes: object) {
      if (deployment === undefined) throw new Error('it is deployed');
      const zones = deployment.zones.slice(0, count);
      const { findings } = examine(
        aDeployedInventory({
          deployment: { ...deployment, zones, ...changes },
          ...(count === 1 ? { subnets: subnets.slice(0, 2) } : {}),
        }),
      );
      return findings.filter(({ problem }) => problem.includes(words));
    }

    it('do not stand in for one another: that is noted', () => {
      const said = [{ severity: 'note', resource: 'phoenat' }];

      expect(noted('StandIn=off', 2, { withoutStandIns: true })).toMatchObject(said);
      expect(noted('StandIn=off', 2, {})).toEqual([]);
      expect(noted('StandIn=off', 1, { withoutStandIns: true })).toEqual([]);
    });

    it('do not watch each other for the sake of a tag: its key is noted', () => {
      const unshownKeys = ['Cost Centre'];

      expect(noted('"Cost Centre"', 2, { unshownKeys })).toHaveLength(1);
      expect(noted('"Cost Centre"', 1, { unshownKeys, hasStandby: true })).toHaveLength(1);
      expect(noted('"Cost Centre"', 1, { unshownKeys })).toEqual([]);
      expect(noted('"Cost Centre"', 2, { unshownKeys, withoutStandIns: true })).toEqual([]);
    });
  });
});

describe('the route tables of the private subnets', () => {
  it('warns of a private subnet on the main table', () => {
    const over = { routeTables: [mainTable, publicTable, tableA] };
    expect(troubles(over)).toEqual([`warning ${rtb('f')}`]);
    expect(problemOf(over, rtb('f'))).toMatch(
      /every subnet created later uses it too.*associate-route-table/,
    );
  });

  it('warns of subnets that come along with one that a deployed zone names', () => {
    const { findings } = examine(
      aDeployedInventory({
        subnets: [...subnets, aSubnet('e1', 'a', { name: 'reports' })],
        routeTables: [
          mainTable,
          publicTable,
          aRouteTable('a', ['a1', 'e1'], {
            state: 'active',
            target: { kind: 'interface', id: id('interface', 'a') },
          }),
          tableB,
        ],
      }),
    );
    const [found] = findings.filter(({ problem }) => problem.includes('also serves'));

    expect(found).toMatchObject({ severity: 'warning', resource: rtb('a') });
    expect(found?.problem).toContain(`${subnet('e1')} (reports), which no zone names`);
    expect(found?.fix).toContain('ZoneAPrivateSubnets');
  });

  it('refuses a main table that serves a public subnet as well', () => {
    const main = aRouteTable('f', [], toIgw, true);
    const over = {
      subnets: [...subnets.slice(0, 3), aSubnet('b1', 'b', { name: 'private-b' })],
      routeTables: [main, tableA],
    };
    expect(troubles(over)).toEqual([`error ${rtb('f')}`]);
    expect(problemOf(over, rtb('f'))).toContain('the main table, serves public subnets and them too');
  });

  it('refuses a main table of private subnets that a subnet uses which should be public', () => {
    const over = {
      routeTables: [mainTable, aRouteTable('0', ['b0'], toIgw), tableB],
      natGateways: [aNatGateway('a', 'a0')],
    };
    expect(troubles(over)).toEqual([`error ${rtb('f')}`]);
    expect(problemOf(over, rtb('f'))).toContain('one default route cannot lead to');
  });

  it('says that nothing is private', () => {
    const over = { routeTables: [aRouteTable('f', [], toIgw, true)], natGateways: [] };
    expect(troubles(over)).toEqual([`error ${vpcId}`]);
    expect(problemOf(over, vpcId)).toContain('No subnet is private');
  });

  it('calls a regional NAT gateway so', () => {
    const { subnetId: _, ...regional } = aNatGateway('a', 'a0');
    const over = { natGateways: [{ ...regional, isRegional: true as const }] };
    expect(problemOf(over, id('natGateway', 'a'))).toContain('leads to this regional NAT gateway.');
    expect(problemOf({ ...over, routeTables: [mainTable, publicTable] }, id('natGateway', 'a'))).toContain(
      'billed by the hour for each Availability Zone',
    );
  });

  it('gives a table that serves the private subnets of two zones to one of them, and says so', () => {
    const over = { routeTables: [mainTable, publicTable, aRouteTable('a', ['a1', 'b1'], toNat('b'))] };
    expect(troubles(over)).toEqual([`warning ${rtb('a')}`]);
    expect(problemOf(over, rtb('a'))).toContain('gives them all to zone a. What comes from other');
    const { zones } = examine(anInventory(over));
    expect(zones).toEqual([
      {
        letter: 'a',
        publicSubnetId: subnet('b0'),
        privateSubnetIds: [subnet('a1'), subnet('b1')],
      },
    ]);
  });

  it('takes a table that serves two Availability Zones where only one has a public subnet', () => {
    const routeTables = [
      mainTable,
      aRouteTable('0', ['a0'], toIgw),
      aRouteTable('a', ['a1', 'b1'], toNat('a')),
    ];
    const over = { subnets: subnets.filter(({ id: own }) => own !== subnet('b0')), routeTables };
    expect(troubles(over)).toEqual([]);
  });

  it('refuses a default route to a transit gateway', () => {
    const over = {
      routeTables: [mainTable, publicTable, tableA, aRouteTable('b', ['b1'], toTransitGateway())],
    };
    expect(troubles(over)).toEqual([`error ${rtb('b')}`]);
    expect(problemOf(over, rtb('b'))).toContain('tgw-1');
    expect(examine(anInventory(over)).command.join(' ')).not.toContain(subnet('b1'));
  });

  it('only warns of it where the zone has others to serve, and leaves those subnets out', () => {
    const over = {
      subnets: [...subnets, aSubnet('b2', 'b')],
      routeTables: [mainTable, publicTable, tableA, tableB, aRouteTable('c', ['b2'], toTransitGateway())],
    };
    expect(troubles(over)).toEqual([`warning ${rtb('c')}`]);
    expect(examine(anInventory(over)).zones[1]?.privateSubnetIds).toEqual([subnet('b1')]);
  });

  it('takes over a transit gateway route that leads nowhere, and warns', () => {
    const dead = aRouteTable('b', ['b1'], toTransitGateway('blackhole'));
    const over = { routeTables: [mainTable, publicTable, tableA, dead] };
    expect(troubles(over)).toEqual([`warning ${rtb('b')}`]);
    expect(problemOf(over, rtb('b'))).toContain('blackhole');
    expect(examine(anInventory(over)).command.join(' ')).toContain(subnet('b1'));
  });

  it('says so where no table serves a subnet at all', () => {
    expect(troubles({ routeTables: [publicTable, tableA] })).toEqual([`error ${subnet('b1')}`]);
  });
});

describe('what is around the subnets', () => {
  it('counts the Elastic IPs that are missing, and says how to ask for more', () => {
    const over = { elasticIps: { used: 4, limit: 5, unassociated: [] } };
    expect(troubles(over)).toEqual(['error L-0263D0A3']);
    expect(problemOf(over, 'L-0263D0A3')).toMatch(/2 Elastic IPs are needed.*4 of 5.*--desired-value 6/);
  });

  it('is content when the last ones just suffice', () => {
    expect(troubles({ elasticIps: { used: 3, limit: 5, unassociated: [] } })).toEqual([]);
  });

  it('names an Elastic IP that nothing uses', () => {
    const over = { elasticIps: { used: 5, limit: 5, unassociated: ['eipalloc-1'] } };
    expect(problemOf(over, 'L-0263D0A3')).toContain('ZoneAAllocationId=eipalloc-1');
  });

  it('notes a quota that EC2 does not tell', () => {
    const { findings } = examine(anInventory({ natGateways: [], elasticIps: { used: 2, unassociated: [] } }));
    expect(headings(findings)).toEqual(['note vpc-max-elastic-ips']);
  });

  it('needs no further address for zones that are deployed', () => {
    const full = { used: 5, limit: 5, unassociated: [] };
    expect(examine(aDeployedInventory({ elasticIps: full })).findings).toEqual([]);
  });

  it('needs none for a VPC without a zone, whatever the quota', () => {
    const over = { subnets: [], natGateways: [], elasticIps: { used: 6, limit: 5, unassociated: [] } };
    expect(headings(examine(anInventory(over)).findings)).not.toContain('error L-0263D0A3');
  });

  it('warns of more ranges than the parameter takes', () => {
    const cidrs = [0, 1, 2, 3, 4, 5].map((part) => `10.${part}.0.0/16`);
    const over = { vpc: { id: vpcId, cidrs, isDefault: false } };
    expect(troubles(over)).toEqual([`warning ${vpcId}`]);
    expect(problemOf(over, vpcId)).toContain('10.5.0.0/16 would be refused');
  });

  it('notes which tables lead to a NAT gateway and that the address changes', () => {
    const problem = problemOf({}, nat('a'));
    expect(problem).toContain(`${rtb('a')} (${subnet('a1')})`);
    expect(problem).toContain('203.0.113.1');
  });

  it('notes a NAT gateway that nothing leads to', () => {
    expect(problemOf({ natGateways: [aNatGateway('c', 'a0')] }, nat('c'))).toContain('No default route');
  });

  it('notes an S3 endpoint that lets everything past an egress filter', () => {
    const s3Endpoints = [{ id: 'vpce-1', routeTableIds: [rtb('a')] }];
    const { findings } = examine(anInventory({ natGateways: [], s3Endpoints }));
    expect(headings(findings)).toEqual(['note vpce-1']);
    expect(findings[0]?.problem).toContain(`${subnet('a1')} send to S3`);
  });

  it('does not note one whose policy names buckets', () => {
    const policy = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::mine/*' }],
    });
    const s3Endpoints = [{ id: 'vpce-1', routeTableIds: [rtb('a')], policy }];
    expect(examine(anInventory({ natGateways: [], s3Endpoints })).findings).toEqual([]);
    const onPublic = [{ id: 'vpce-1', routeTableIds: [rtb('0')], policy }];
    expect(troubles({ s3Endpoints: onPublic })).toEqual(['warning vpce-1']);
    expect(problemOf({ s3Endpoints: onPublic }, 'vpce-1')).toContain(
      'arn:aws:s3:::al2023-repos-eu-central-1-de612dc2/*',
    );
  });

  it('has nothing to say about an open endpoint on the public table', () => {
    const s3Endpoints = [{ id: 'vpce-1', routeTableIds: [rtb('0')] }];
    expect(examine(anInventory({ natGateways: [], s3Endpoints })).findings).toEqual([]);
  });
});

describe('after deploying', () => {
  it('is content when every private table leads to what carries the stack’s tag', () => {
    expect(examine(aDeployedInventory()).findings).toEqual([]);
  });

  const stray: readonly (readonly [string, Inventory['routeTables'][number], string])[] = [
    ['leads elsewhere', tableB, `leads to ${nat('b')}`],
    ['has no default route', aRouteTable('b', ['b1']), 'has no default route'],
    [
      'leads to an instance that is gone',
      aRouteTable('b', ['b1'], {
        state: 'blackhole',
        target: { kind: 'interface', id: id('interface', 'b') },
      }),
      '(blackhole)',
    ],
  ];
  it.each(stray)('finds a private table that %s', (_, table, words) => {
    const deployed = aDeployedInventory();
    const routeTables = [...deployed.routeTables.slice(0, 3), table];
    const { findings } = examine({ ...deployed, routeTables });
    expect(headings(findings)).toEqual([`error ${rtb('b')}`]);
    expect(findings[0]?.problem).toContain(words);
  });

  it('only warns of it during a deployment', () => {
    const deployed = aDeployedInventory();
    const { deployment } = deployed;
    if (deployment === undefined) throw new Error('it is deployed');
    const { findings } = examine({
      ...deployed,
      routeTables: [...deployed.routeTables.slice(0, 3), tableB],
      deployment: { ...deployment, status: 'UPDATE_IN_PROGRESS' },
    });
    expect(headings(findings)).toEqual([`warning ${rtb('b')}`]);
  });

  it('finds a subnet of the parameters that is gone', () => {
    const { findings } = examine(aDeployedInventory({ subnets: subnets.slice(0, 3) }));
    expect(headings(findings)).toEqual([`error ${subnet('b1')}`]);
  });

  it('finds a served private subnet that has become public', () => {
    const deployed = aDeployedInventory();
    const routeTables = [...deployed.routeTables.slice(0, 3), aRouteTable('b', ['b1'], toIgw)];
    const { findings } = examine({ ...deployed, routeTables });
    expect(headings(findings)).toEqual([`error ${rtb('b')}`]);
    expect(findings[0]?.problem).toContain('phoenat serves it as a private subnet');
  });

  it('finds a public subnet of the stack that lost its way out, however many others there are', () => {
    const deployed = aDeployedInventory();
    const { findings } = examine({
      ...deployed,
      subnets: [...subnets, aSubnet('a9', 'a')],
      routeTables: [
        ...deployed.routeTables.slice(2),
        mainTable,
        aRouteTable('0', ['b0', 'a9'], toIgw),
        aRouteTable('9', ['a0']),
      ],
    });
    expect(headings(findings)).toEqual([`error ${rtb('9')}`]);
  });

  it('notes private subnets that the stack does not serve', () => {
    const deployed = aDeployedInventory({ subnets: [...subnets, aSubnet('a7', 'a')] });
    const { findings } = examine({
      ...deployed,
      routeTables: [...deployed.routeTables, aRouteTable('7', ['a7'])],
    });
    expect(headings(findings)).toEqual(['note phoenat']);
  });

  it('refuses to deploy a stack to a second VPC', () => {
    const { deployment } = aDeployedInventory();
    if (deployment === undefined) throw new Error('it is deployed');
    const elsewhere = { ...deployment, vpcId: id('vpc', '2') };
    const { findings, command } = examine(anInventory({ deployment: elsewhere }));
    expect(headings(findings)[0]).toBe('error phoenat');
    expect(findings[0]?.fix).toContain('--stack');
    expect(command).toEqual([]);
  });
});

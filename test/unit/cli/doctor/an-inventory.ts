import type { DoctorFinding, FoundSubnet, Inventory, NatGateway } from '../../../../cli/doctor/inventory.ts';
import type { DefaultRoute, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { id } from '../../core/a-snapshot.ts';

// A VPC with two Availability Zones in which nothing is wrong: subnets a0 and b0 are public, a1 and b1 private with a
// table each whose default route leads to the zone's NAT gateway.

export const vpcId = id('vpc', '1');

export const toIgw: DefaultRoute = { state: 'active', target: { kind: 'internet-gateway', id: 'igw-1' } };

export function toNat(hex: string): DefaultRoute {
  return { state: 'active', target: { kind: 'nat-gateway', id: id('natGateway', hex) } };
}

export function toTransitGateway(state: DefaultRoute['state'] = 'active'): DefaultRoute {
  return { state, target: { kind: 'other', id: 'tgw-1' } };
}

export function aSubnet(hex: string, letter: string, over: Partial<FoundSubnet> = {}): FoundSubnet {
  return {
    id: id('subnet', hex),
    vpcId,
    availabilityZone: `eu-central-1${letter}`,
    cidr: '10.0.0.0/24',
    freeAddresses: 200,
    mapsPublicIp: false,
    ...over,
  };
}

export function aRouteTable(
  hex: string,
  subnets: readonly string[],
  defaultRoute?: DefaultRoute,
  main = false,
): RouteTable {
  return {
    id: id('routeTable', hex),
    vpcId,
    main,
    subnetIds: subnets.map((subnet) => id('subnet', subnet)),
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
  };
}

export function aNatGateway(hex: string, subnet: string): NatGateway {
  return {
    id: id('natGateway', hex),
    subnetId: id('subnet', subnet),
    isPublic: true,
    publicIps: [`203.0.113.${hex.length}`],
  };
}

export const subnets = [aSubnet('a0', 'a'), aSubnet('a1', 'a'), aSubnet('b0', 'b'), aSubnet('b1', 'b')];
export const mainTable = aRouteTable('f', [], undefined, true);
export const publicTable = aRouteTable('0', ['a0', 'b0'], toIgw);
export const tableA = aRouteTable('a', ['a1'], toNat('a'));
export const tableB = aRouteTable('b', ['b1'], toNat('b'));

const theImage = {
  architecture: 'arm64',
  id: 'ami-0d6fc8f787cd9a417',
  name: 'al2023-ami-2023.11.20260427.1-kernel-6.1-arm64',
  isDeprecated: false,
} as const;

export function anInventory(over: Partial<Inventory> = {}): Inventory {
  return {
    region: 'eu-central-1',
    stack: 'phoenat',
    vpc: { id: vpcId, cidrs: ['10.0.0.0/16'], isDefault: false },
    subnets,
    routeTables: [mainTable, publicTable, tableA, tableB],
    internetGatewayId: 'igw-1',
    natGateways: [aNatGateway('a', 'a0'), aNatGateway('b', 'b0')],
    s3Endpoints: [],
    concurrency: { known: true, limit: 1_000 },
    images: { known: true, chosen: [theImage], problems: [] },
    publicAccess: {
      option: {
        known: true,
        mode: 'off',
        state: 'default-state',
        isOfPolicy: false,
        forbidsExclusions: false,
      },
      exclusions: { known: true, found: [] },
    },
    encryption: { known: true },
    elasticIps: { used: 2, limit: 5, unassociated: [] },
    ...over,
  };
}

/** The same after deploying: the routes lead to the stack's interfaces. */
export function aDeployedInventory(over: Partial<Inventory> = {}): Inventory {
  const to = (hex: string): DefaultRoute => ({
    state: 'active',
    target: { kind: 'interface', id: id('interface', hex) },
  });
  return anInventory({
    routeTables: [
      mainTable,
      publicTable,
      aRouteTable('a', ['a1'], to('a')),
      aRouteTable('b', ['b1'], to('b')),
    ],
    natGateways: [],
    deployment: {
      vpcId,
      status: 'UPDATE_COMPLETE',
      hasClientCidrs: true,
      hasStandby: false,
      withoutStandIns: false,
      hasProbes: true,
      asksClients: false,
      asksForSpot: false,
      unshownKeys: [],
      amiSelector: 'al2023',
      instanceTypes: ['t4g.nano', 't4g.micro'],
      zones: [
        { letter: 'a', publicSubnetId: id('subnet', 'a0'), privateSubnetIds: [id('subnet', 'a1')] },
        { letter: 'b', publicSubnetId: id('subnet', 'b0'), privateSubnetIds: [id('subnet', 'b1')] },
      ],
      ownTargetIds: [id('interface', 'a'), id('interface', 'b')],
      topics: [],
    },
    ...over,
  });
}

/** "error rtb-…": enough to tell findings apart. */
export function headings(findings: readonly DoctorFinding[]): string[] {
  return findings.map(({ severity, resource }) => `${severity} ${resource}`);
}

import { defaultSettings } from '../shared/config/controller-settings.ts';
import {
  type AllocationId,
  type NatGatewayId,
  parseZoneName,
  type RouteTableId,
  type SecurityGroupId,
  type SubnetId,
  type VpcId,
  type ZoneName,
} from '../shared/core/model/ids.ts';
import type { Settings, ZoneSettings } from '../shared/core/model/settings.ts';
import { tagKeys } from '../shared/core/model/tags.ts';
import { standbyName } from '../shared/core/neighbours/standby.ts';
import type { Ec2Simulator } from './ec2/ec2-simulator.ts';
import { addImage, type CatalogueEntry, standardImages } from './ec2/image-catalogue.ts';
import type {
  InstanceRecord,
  InterfaceRecord,
  RouteRecord,
  RouteTargetRecord,
  SubnetRecord,
} from './ec2/records.ts';
import { newId, newPlainId, newPublicIp, type Region } from './ec2/region.ts';

export type VpcOptions = {
  /** Availability Zones, 1 to 6; default 2. */
  readonly zones?: number;
  /** Default 2. */
  readonly privateSubnetsPerZone?: number;
  /** Which route table the private subnets use; `main`: none of their own. Default `per-subnet`. */
  readonly privateTables?: 'per-subnet' | 'per-zone' | 'main';
  /** One public route table, or one in each zone. Default `shared`. */
  readonly publicTables?: 'shared' | 'per-zone';
  /** A NAT gateway in each zone, which the private default routes point at. Default false: no default route. */
  readonly natGateways?: boolean;
  /** Whether public subnets assign public addresses at launch. Default false. */
  readonly mapPublicIpOnLaunch?: boolean;
  /** Lanes: by a zone's letter, that of the zone whose Availability Zone it shares. Default: each is in its own. */
  readonly lanes?: Readonly<Partial<Record<string, string>>>;
  /** An Elastic IP for a standby of the first zone. Default false. */
  readonly standby?: boolean;
  readonly images?: readonly CatalogueEntry[];
};

export type ZoneTopology = {
  /** For example eu-central-1a; of a standby its zone's, and that it is one. */
  readonly name: string;
  readonly publicSubnetId: SubnetId;
  readonly publicRouteTableId: RouteTableId;
  readonly privateSubnetIds: readonly SubnetId[];
  readonly privateRouteTableIds: readonly RouteTableId[];
  readonly allocationId: AllocationId;
  readonly publicIp: string;
  readonly natGatewayId?: NatGatewayId;
};

export type Topology = {
  readonly vpcId: VpcId;
  readonly internetGatewayId: string;
  readonly mainRouteTableId: RouteTableId;
  readonly defaultSecurityGroupId: SecurityGroupId;
  /** The group meant for NAT instances. */
  readonly securityGroupId: SecurityGroupId;
  readonly zones: readonly ZoneTopology[];
  readonly privateSubnetIds: readonly SubnetId[];
  /** Image ids by name. */
  readonly imageIds: Readonly<Record<string, string>>;
};

type Shared = Omit<Topology, 'zones' | 'privateSubnetIds' | 'imageIds'> & {
  readonly publicRouteTableId: RouteTableId;
};

/** Builds a VPC that has been there all along: visible to every call at once. */
export function buildVpc(sim: Ec2Simulator, options: VpcOptions = {}): Topology {
  const { region } = sim;
  const count = options.zones ?? 2;
  if (count < 1 || count > 6) throw new Error(`a VPC has 1 to 6 zones here, not ${count}`);
  for (const [lane, other = lane] of Object.entries(options.lanes ?? {})) {
    region.lanes.set(`${region.name}${lane}`, `${region.name}${other}`);
  }
  const shared = buildShared(region);
  const withClients = Array.from({ length: count }, (_, index) => buildZone(region, shared, index, options));
  const [first] = withClients;
  const zones =
    options.standby === true && first !== undefined
      ? [...withClients, buildStandby(region, first)]
      : withClients;
  const images = (options.images ?? standardImages).map((entry) => addImage(region, entry));
  const { publicRouteTableId, ...rest } = shared;
  return {
    ...rest,
    zones,
    privateSubnetIds: zones.flatMap((zone) => zone.privateSubnetIds),
    imageIds: Object.fromEntries(images.map((image) => [image.name, image.id])),
  };
}

const vpcCidr = '10.0.0.0/16';
const localRoute: RouteRecord = {
  destination: vpcCidr,
  target: { kind: 'local' },
  origin: 'CreateRouteTable',
};

function buildShared(region: Region): Shared {
  const { store } = region;
  const vpcId = newId(region, 'vpc');
  const internetGatewayId = newPlainId(region, 'igw');
  store.vpcs.seed({ id: vpcId, cidr: vpcCidr, internetGatewayId });
  const defaultSecurityGroupId = newId(region, 'securityGroup');
  store.securityGroups.seed({ id: defaultSecurityGroupId, vpcId, name: 'default' });
  const securityGroupId = newId(region, 'securityGroup');
  store.securityGroups.seed({ id: securityGroupId, vpcId, name: 'nat' });
  const mainRouteTableId = newId(region, 'routeTable');
  store.routeTables.seed({
    id: mainRouteTableId,
    vpcId,
    main: true,
    mainAssociationId: newPlainId(region, 'rtbassoc'),
    associations: [],
    routes: [localRoute],
    tags: {},
  });
  const publicRouteTableId = addTable(region, vpcId, [], { kind: 'internet-gateway', id: internetGatewayId });
  const groups = { defaultSecurityGroupId, securityGroupId };
  return { vpcId, internetGatewayId, mainRouteTableId, publicRouteTableId, ...groups };
}

function buildZone(region: Region, shared: Shared, index: number, options: VpcOptions): ZoneTopology {
  const { vpcId, internetGatewayId } = shared;
  const name = `${region.name}${'abcdef'[index]}`;
  const map = options.mapPublicIpOnLaunch ?? false;
  const publicSubnetId = addSubnet(region, { vpcId, zone: name, third: index, map });
  const publicRouteTableId =
    options.publicTables === 'per-zone'
      ? addTable(region, vpcId, [], { kind: 'internet-gateway', id: internetGatewayId })
      : shared.publicRouteTableId;
  joinTable(region, publicRouteTableId, publicSubnetId);
  const privateSubnetIds = Array.from({ length: options.privateSubnetsPerZone ?? 2 }, (_, nth) =>
    addSubnet(region, { vpcId, zone: name, third: 100 + index * 20 + nth, map: false }),
  );
  const natGatewayId = options.natGateways ? addNatGateway(region, publicSubnetId) : undefined;
  const target = natGatewayId && ({ kind: 'nat-gateway', id: natGatewayId } as const);
  const privateRouteTableIds = addPrivateTables(region, shared, privateSubnetIds, options, target);
  const { allocationId, publicIp } = addAddress(region);
  const places = { publicSubnetId, publicRouteTableId, privateSubnetIds, privateRouteTableIds };
  return { name, ...places, allocationId, publicIp, ...(natGatewayId && { natGatewayId }) };
}

const standbySuffix = '-standby';

/** In the same subnet, with an Elastic IP of its own, and nobody behind it. */
function buildStandby(
  region: Region,
  { name, publicSubnetId, publicRouteTableId }: ZoneTopology,
): ZoneTopology {
  const places = { publicSubnetId, publicRouteTableId, privateSubnetIds: [], privateRouteTableIds: [] };
  return { name: `${name}${standbySuffix}`, ...places, ...addAddress(region) };
}

/** Of a zone, or of the one that it stands by for. */
export function availabilityZoneOf({ name }: Pick<ZoneTopology, 'name'>): string {
  return name.endsWith(standbySuffix) ? name.slice(0, -standbySuffix.length) : name;
}

/** What the settings call it: its letter, or a standby. */
export function settingsNameOf(name: string): string {
  return name.endsWith(standbySuffix) ? standbySuffix.slice(1) : name.slice(-1);
}

/** The name of the zone that what bears our tags belongs to. */
export function homeOf(record: InstanceRecord | InterfaceRecord): string {
  const place = 'launch' in record ? record.launch.availabilityZone : record.availabilityZone;
  return record.tags[tagKeys.zone] === standbyName ? `${place}${standbySuffix}` : place;
}

function addAddress(region: Region): Pick<ZoneTopology, 'allocationId' | 'publicIp'> {
  const allocationId = newId(region, 'allocation');
  const publicIp = newPublicIp(region);
  region.store.addresses.seed({ id: allocationId, publicIp, tags: {} });
  return { allocationId, publicIp };
}

function addPrivateTables(
  region: Region,
  shared: Shared,
  subnetIds: readonly SubnetId[],
  options: VpcOptions,
  target: RouteTargetRecord | undefined,
): readonly RouteTableId[] {
  switch (options.privateTables ?? 'per-subnet') {
    case 'per-subnet':
      return subnetIds.map((subnetId) => addTable(region, shared.vpcId, [subnetId], target));
    case 'per-zone':
      return [addTable(region, shared.vpcId, subnetIds, target)];
    case 'main':
      // The VPC has one main table: the first zone's gateway serves all of them.
      if (target !== undefined && !hasDefaultRoute(region, shared.mainRouteTableId)) {
        const route: RouteRecord = { destination: '0.0.0.0/0', target, origin: 'CreateRoute' };
        seedRoutes(region, shared.mainRouteTableId, [localRoute, route]);
      }
      return [shared.mainRouteTableId];
  }
}

type SubnetWish = {
  readonly vpcId: string;
  readonly zone: string;
  /** The third number of the subnet's addresses. */
  readonly third: number;
  readonly map: boolean;
};

function addSubnet(region: Region, { vpcId, zone, third, map }: SubnetWish): SubnetId {
  const id = newId(region, 'subnet');
  const subnet: SubnetRecord = {
    id,
    vpcId,
    availabilityZone: zone,
    cidr: `10.0.${third}.0/24`,
    mapPublicIpOnLaunch: map,
    tags: {},
  };
  region.store.subnets.seed(subnet);
  return id;
}

function addTable(
  region: Region,
  vpcId: string,
  subnetIds: readonly string[],
  target: RouteTargetRecord | undefined,
): RouteTableId {
  const id = newId(region, 'routeTable');
  const byDefault: RouteRecord[] =
    target === undefined ? [] : [{ destination: '0.0.0.0/0', target, origin: 'CreateRoute' }];
  const associations = subnetIds.map((subnetId) => ({ id: newPlainId(region, 'rtbassoc'), subnetId }));
  const routes = [localRoute, ...byDefault];
  region.store.routeTables.seed({ id, vpcId, main: false, associations, routes, tags: {} });
  return id;
}

function joinTable(region: Region, tableId: string, subnetId: string): void {
  const table = region.store.routeTables.current.get(tableId);
  if (table === undefined) throw new Error(`the simulated account has no ${tableId}`);
  const association = { id: newPlainId(region, 'rtbassoc'), subnetId };
  region.store.routeTables.seed({ ...table, associations: [...table.associations, association] });
}

function seedRoutes(region: Region, tableId: string, routes: readonly RouteRecord[]): void {
  const table = region.store.routeTables.current.get(tableId);
  if (table !== undefined) region.store.routeTables.seed({ ...table, routes });
}

function hasDefaultRoute(region: Region, tableId: string): boolean {
  const routes = region.store.routeTables.current.get(tableId)?.routes ?? [];
  return routes.some((route) => route.destination === '0.0.0.0/0');
}

function addNatGateway(region: Region, subnetId: string): NatGatewayId {
  const id = newId(region, 'natGateway');
  region.store.natGateways.seed({ id, subnetId, state: 'available' });
  return id;
}

/** With `Probe=on` every zone has a probe. */
export type ProbeSwitch = 'on' | 'off';

/**
 * Settings of a controller that serves this topology; zones are named by their letter. They heal by themselves unless
 * `changes` say that neighbours stand in, as the template's default has it.
 */
export function settingsOf(
  topology: Topology,
  changes: Partial<Settings> = {},
  probes: ProbeSwitch = 'off',
): Settings {
  return {
    ...defaultSettings(),
    standIn: 'off',
    stack: 'phoenat',
    vpcId: topology.vpcId,
    accountId: '123456789012',
    zones: topology.zones.map((zone) => zoneSettings(zone, topology, probes)),
    instanceTypes: ['t4g.nano'],
    securityGroupIds: [topology.securityGroupId],
    egress: { clientCidrs: ['10.0.0.0/16'], traffic: 'web', allowList: [], allowedDomains: [] },
    maxLaunchesPerHour: 4,
    ...changes,
  };
}

/** A standby is asked by the probe of its zone. */
function zoneSettings(zone: ZoneTopology, { zones }: Topology, probes: ProbeSwitch): ZoneSettings {
  const name = zoneNameIn(zone.name);
  const of = zones.find((other) => other.name === availabilityZoneOf(zone)) ?? zone;
  const served = zoneNameIn(of.name);
  const { publicSubnetId, privateSubnetIds, allocationId } = zone;
  const probe = probes === 'on' ? { probe: `phoenat-Probe${served.toUpperCase()}` } : {};
  const standbyFor = of === zone ? {} : { standbyFor: served };
  return { name, publicSubnetId, privateSubnetIds, allocationId, ...probe, ...standbyFor };
}

function zoneNameIn(name: string): ZoneName {
  const parsed = parseZoneName(settingsNameOf(name));
  if (parsed === undefined) throw new Error(`${name} makes no zone name`);
  return parsed;
}

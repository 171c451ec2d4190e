import type { BootWord } from '../model/boot-word.ts';
import { leadsTo } from '../model/default-route.ts';
import type { InstanceId, InterfaceId, SecurityGroupId, SubnetId, VpcId, ZoneName } from '../model/ids.ts';
import { isDenied, type Observed } from '../model/observed.ts';
import { type OwnResources, ownResources, withAttached } from '../model/own-resources.ts';
import { hasAnsweredIn, hasPassedIn, hasWayOutIn, type Reading } from '../model/reading.ts';
import type { Settings, ZoneSettings } from '../model/settings.ts';
import {
  type Address,
  type InstanceStatus,
  isEnding,
  type Listing,
  type NatInstance,
  type NatInterface,
  type RouteTable,
  type Snapshot,
  type SnapshotPart,
  type Subnet,
  type UndoneCutover,
} from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';
import { latestOutside, soughtOutside } from '../neighbours/elsewhere.ts';
import { asksClients, ownCidrs } from '../neighbours/paging.ts';
import type { Sought } from '../neighbours/silence.ts';
import {
  cameFrom,
  type Guests,
  isOnItsWayBack,
  mayStandIn,
  natCidrs,
  otherCidrs,
  type StandIn,
  standInOf,
} from '../neighbours/stand-in.ts';
import { isStandby } from '../neighbours/standby.ts';

/** One zone's share of a snapshot, with everything that its diagnosis needs known. */
export type ZoneView = OwnResources & {
  readonly zone: ZoneSettings;
  readonly stack: string;
  readonly vpcId: VpcId;
  readonly accountId?: string;
  /** Those that the NAT instances are to be in. */
  readonly securityGroupIds: readonly SecurityGroupId[];
  readonly instances: readonly NatInstance[];
  readonly interfaces: readonly NatInterface[];
  /** Instances of this stack whose zone is not known; the first zone reports them. */
  readonly strays: readonly NatInstance[];
  readonly address: Address | undefined;
  /** Those of the other zones too: what forwards nothing in one zone will hardly do so in another. */
  readonly undoneCutovers: readonly UndoneCutover[];
  /** Another zone's instance that carries this zone's traffic for now. */
  readonly standIn?: StandIn;
  /** The same, where it is going down: whether it carries the zone still, its word tells. */
  readonly endingStandIn?: StandIn;
  /** What the probe of that one's own zone has said, which asks it too. */
  readonly readingsOfStandIn?: readonly Reading[];
  /** The one that carried it until the noted cutover, and its address for that. */
  readonly stoodIn?: StandIn;
  /** Running instances of the other zones. */
  readonly elsewhere: readonly NatInstance[];
  /** The same, where one of them may stand in. */
  readonly beside: readonly NatInstance[];
  /** Interfaces that other zones' Elastic IPs are on, and those zones. */
  readonly guests: Guests;
  /** Of the other zones' clients. Empty: instances here stand in for no other zone. */
  readonly otherCidrs: readonly string[];
  /** Of the zone's own clients. Empty: they are not asked whose a packet is. */
  readonly ownCidrs: readonly string[];
  /** Of the other zones' NAT instances. */
  readonly natCidrs: readonly string[];
  readonly publicSubnet: Subnet | undefined;
  readonly privateSubnets: readonly { readonly id: SubnetId; readonly subnet: Subnet | undefined }[];
  readonly publicTable: RouteTable | undefined;
  readonly privateTables: readonly PrivateTable[];
  /** Undefined: it was not asked. */
  readonly bootWordOf: (instanceId: InstanceId) => BootWord | undefined;
  /** What its probe has said, the latest last. Undefined: the zone has no probe. */
  readonly readings: readonly Reading[] | undefined;
  /** When the latest request was sent that passed in another zone, by another way than this instance. Undefined: none is known of. */
  /** The other zones of which a default route leads to an instance. */
  readonly routesOfOthersTo: (instance: NatInstance) => readonly ZoneName[];
  readonly passedElsewhereAt: (instance: NatInstance) => EpochMs | undefined;
  /** When an instance last answered that another zone's probe was asked about. Undefined: none is known of. */
  readonly answeredElsewhereAt?: EpochMs | undefined;
  /** What became of the questions that other zones' probes were to put to an instance of this one. */
  readonly soughtElsewhere: (instanceId: InstanceId) => readonly Sought[];
  readonly statusOf: (instanceId: InstanceId) => Observed<InstanceStatus | undefined>;
};

export type PrivateTable = {
  readonly table: RouteTable;
  /** The configured private subnets that this table serves. */
  readonly subnetIds: readonly SubnetId[];
  /** Zones whose public subnet this table serves, and other zones whose private subnets it serves. */
  readonly servesPublicSubnetOf: readonly ZoneName[];
  readonly servesPrivateSubnetsOf: readonly ZoneName[];
  /** Subnets that are associated with it and that no zone names. */
  readonly servesUnnamed: readonly SubnetId[];
};

export type ZoneSight =
  | { readonly kind: 'seen'; readonly view: ZoneView }
  | { readonly kind: 'unknown'; readonly unread: readonly string[]; readonly isDenied: boolean };

/** Parts without which no zone is diagnosed. Status checks and images are needed only in some situations. */
const neededParts = [
  'instances',
  'interfaces',
  'addresses',
  'routeTables',
  'subnets',
] as const satisfies readonly SnapshotPart[];

export function viewZone(snapshot: Snapshot, settings: Settings, zone: ZoneSettings): ZoneSight {
  const unread = neededParts.flatMap((part) => flawsOf(snapshot[part], zone));
  const { instances, interfaces, addresses, routeTables, subnets } = snapshot;
  if (
    unread.length > 0 ||
    !instances.known ||
    !interfaces.known ||
    !addresses.known ||
    !routeTables.known ||
    !subnets.known
  ) {
    return { kind: 'unknown', unread, isDenied: neededParts.some((part) => isDenied(snapshot[part])) };
  }
  const tables = routeTables.value.items;
  const subnetById = new Map(subnets.value.items.map((subnet) => [subnet.id, subnet]));
  const address = addresses.value.items.find(({ allocationId }) => allocationId === zone.allocationId);
  const listed = instances.value.items;
  const attached = withAttached(interfaces.value.items, listed);
  const guests = guestsBeside(zone, settings, addresses.value.items);
  const stoodIn = cameFrom(zone, address, { instances: listed, interfaces: attached, guests });
  const standIn =
    standInOf(zone, address, listed, attached) ?? (isOnItsWayBack(address, listed) ? stoodIn : undefined);
  const ofStandIn = standIn?.instance.zone && snapshot.readings?.get(standIn.instance.zone);
  const elsewhere = listed.filter((instance) => instance.zone !== zone.name && instance.state === 'running');
  const view: ZoneView = {
    zone,
    stack: settings.stack,
    vpcId: settings.vpcId,
    ...(settings.accountId === undefined ? {} : { accountId: settings.accountId }),
    securityGroupIds: settings.securityGroupIds,
    instances: listed.filter((instance) => serves(instance, zone, settings)),
    interfaces: attached.filter((entry) => entry.zone === zone.name),
    ...ownResources(listed, interfaces.value.items),
    strays:
      zone.name === settings.zones[0]?.name ? listed.filter((instance) => instance.zone === undefined) : [],
    address,
    undoneCutovers: addresses.value.items.flatMap(({ undoneCutovers = [] }) => undoneCutovers),
    ...(standIn === undefined ? {} : isEnding(standIn.instance) ? { endingStandIn: standIn } : { standIn }),
    ...(ofStandIn === undefined ? {} : { readingsOfStandIn: ofStandIn }),
    ...(stoodIn === undefined ? {} : { stoodIn }),
    elsewhere,
    beside: mayStandIn(settings) ? elsewhere : [],
    guests,
    otherCidrs: mayStandIn(settings) ? otherCidrs(zone, settings.zones, subnets.value.items) : [],
    ownCidrs: asksClients(settings) ? ownCidrs(zone, subnets.value.items) : [],
    natCidrs: natCidrs(zone, settings.zones, subnets.value.items),
    publicSubnet: subnetById.get(zone.publicSubnetId),
    privateSubnets: zone.privateSubnetIds.map((id) => ({ id, subnet: subnetById.get(id) })),
    publicTable: tableServing(tables, settings.vpcId, zone.publicSubnetId),
    privateTables: privateTables(tables, settings, zone),
    bootWordOf: (instanceId) => snapshot.bootWords?.get(instanceId),
    readings: snapshot.readings?.get(zone.name),
    routesOfOthersTo: (instance) => ledTo(instance, settings, tables).filter((name) => name !== zone.name),
    passedElsewhereAt: (instance) =>
      latestOutside(
        [zone.name, ...carriedBy(instance, guests), ...ledTo(instance, settings, tables)],
        snapshot.readings,
        settings.zones.some(isStandby) ? hasWayOutIn : hasPassedIn,
      ),
    answeredElsewhereAt: latestOutside([zone.name], snapshot.readings, hasAnsweredIn),
    soughtElsewhere: (instanceId) => soughtOutside(zone.name, snapshot.readings, instanceId),
    statusOf: (instanceId) => statusIn(snapshot.statuses, instanceId),
  };
  return { kind: 'seen', view };
}

function guestsBeside(zone: ZoneSettings, settings: Settings, addresses: readonly Address[]): Guests {
  const guests = new Map<InterfaceId, ZoneName[]>();
  for (const other of settings.zones.filter(({ name }) => name !== zone.name)) {
    const place = addresses.find(({ allocationId }) => allocationId === other.allocationId)?.interfaceId;
    if (place !== undefined) guests.set(place, [...(guests.get(place) ?? []), other.name]);
  }
  return guests;
}

/** The zones of which a route leads to the instance. */
function ledTo(
  instance: NatInstance,
  { zones, vpcId }: Settings,
  tables: readonly RouteTable[],
): readonly ZoneName[] {
  const isLed = (id: SubnetId) => {
    const table = tableServing(tables, vpcId, id);
    return table !== undefined && leadsTo(table, instance);
  };
  return zones.filter(({ privateSubnetIds }) => privateSubnetIds.some(isLed)).map(({ name }) => name);
}

/**
 * The other zones of which a default route leads to the instance, though it does not stand in for them: their subnets were
 * this zone's, and go out by its Elastic IP until theirs has an instance.
 */
export function lanesThrough(view: ZoneView, instance: NatInstance): readonly ZoneName[] {
  const guests = guestsOf(view, instance);
  return view.routesOfOthersTo(instance).filter((name) => !guests.includes(name));
}

/** The other zones whose traffic an instance carries, or is about to. */
export function guestsOf({ guests }: ZoneView, instance: NatInstance): readonly ZoneName[] {
  return carriedBy(instance, guests);
}

function carriedBy({ interfaceId }: NatInstance, guests: Guests): readonly ZoneName[] {
  return interfaceId === undefined ? [] : (guests.get(interfaceId) ?? []);
}

/** An instance in another VPC was left behind by an earlier stack of the same name: it can serve no client here. */
function serves(instance: NatInstance, zone: ZoneSettings, settings: Settings): boolean {
  const elsewhere = instance.vpcId !== undefined && instance.vpcId !== settings.vpcId;
  return instance.zone === zone.name && !elsewhere;
}

function flawsOf(part: Observed<Listing<unknown>>, zone: ZoneSettings): string[] {
  if (!part.known) {
    return [part.detail];
  }
  return part.value.flaws.filter((flaw) => concerns(flaw.about, zone)).map((flaw) => flaw.detail);
}

/** An entry that names nothing readable may be about any zone. */
function concerns(about: readonly string[], zone: ZoneSettings): boolean {
  const own = new Set<string>([zone.name, zone.allocationId, zone.publicSubnetId, ...zone.privateSubnetIds]);
  return about.length === 0 || about.some((id) => own.has(id));
}

/**
 * The table that routes for a subnet: the one it is associated with, otherwise the VPC's main table, which does not list
 * such subnets (VPC User Guide, "Subnet route tables").
 */
export function tableServing(
  tables: readonly RouteTable[],
  vpcId: VpcId,
  subnetId: SubnetId,
): RouteTable | undefined {
  return (
    tables.find((table) => table.subnetIds.includes(subnetId)) ??
    tables.find((table) => table.main && table.vpcId === vpcId)
  );
}

/** The same for many subnets: every look asks for all of every zone. */
function serving(
  tables: readonly RouteTable[],
  vpcId: VpcId,
): (table: RouteTable, subnetId: SubnetId) => boolean {
  const ids = tables
    .toReversed()
    .flatMap(({ id, subnetIds }) => subnetIds.map((each) => [each, id] as const));
  const idOf = new Map(ids);
  const mainId = tables.find((table) => table.main && table.vpcId === vpcId)?.id;
  return (table, subnetId) => (idOf.get(subnetId) ?? mainId) === table.id;
}

/** The subnets that are associated with a table and not among those that the settings name. */
export function unnamedSubnets(table: RouteTable, named: ReadonlySet<string>): SubnetId[] {
  return table.subnetIds.filter((id) => !named.has(id));
}

function privateTables(
  tables: readonly RouteTable[],
  settings: Settings,
  zone: ZoneSettings,
): PrivateTable[] {
  const named = new Set(settings.zones.flatMap((each) => [each.publicSubnetId, ...each.privateSubnetIds]));
  const serves = serving(tables, settings.vpcId);
  return tables
    .map((table) => ({ table, subnetIds: zone.privateSubnetIds.filter((id) => serves(table, id)) }))
    .filter(({ subnetIds }) => subnetIds.length > 0)
    .map(({ table, subnetIds }) => ({
      table,
      subnetIds,
      servesPublicSubnetOf: settings.zones
        .filter((other) => serves(table, other.publicSubnetId))
        .map((other) => other.name),
      servesPrivateSubnetsOf: settings.zones
        .filter((other) => other.name !== zone.name)
        .filter((other) => other.privateSubnetIds.some((id) => serves(table, id)))
        .map((other) => other.name),
      servesUnnamed: unnamedSubnets(table, named),
    }));
}

function statusIn(
  statuses: Observed<Listing<InstanceStatus>>,
  instanceId: InstanceId,
): Observed<InstanceStatus | undefined> {
  if (!statuses.known) {
    return statuses;
  }
  const flaw = statuses.value.flaws.find(({ about }) => about.length === 0 || about.includes(instanceId));
  if (flaw !== undefined) {
    return { known: false, cause: 'partial', detail: flaw.detail };
  }
  return {
    known: true,
    value: statuses.value.items.find((status) => status.instanceId === instanceId),
  };
}

/** True where the zone's Elastic IP is on that interface. */
export function carriesAddress(view: ZoneView, interfaceId: InterfaceId | undefined): boolean {
  return interfaceId !== undefined && view.address?.interfaceId === interfaceId;
}

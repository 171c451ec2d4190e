import type { InterfaceId, ZoneName } from '../model/ids.ts';
import { type Reading, wordOf } from '../model/reading.ts';
import type { Settings, ZoneSettings } from '../model/settings.ts';
import {
  type Address,
  isEnding,
  type NatInstance,
  type NatInterface,
  type NotedStandIn,
  type Subnet,
} from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';
import { isStandby } from './standby.ts';

type StandingIn = Pick<Settings, 'standIn' | 'zones' | 'egress' | 'image'>;

/**
 * Whether instances are told which addresses are other zones', and get a secondary private address for them. Not where
 * Squid carries connections by name, which leave as its own; and Amazon's old NAT image knows none of our rules.
 */
export function mayStandIn({ standIn, zones, egress, image }: StandingIn): boolean {
  const isOldImage = image.kind === 'preset' && image.preset === 'amzn-ami-vpc-nat';
  const isWanted = standIn === 'on' || zones.some(isStandby);
  return isWanted && zones.length > 1 && egress.allowedDomains.length === 0 && !isOldImage;
}

/** The address ranges of the other zones' private subnets, as far as EC2 lists them, in an order that stays. */
export function otherCidrs(
  zone: ZoneSettings,
  zones: readonly ZoneSettings[],
  subnets: readonly Subnet[],
): readonly string[] {
  const others = zones.filter(({ name }) => name !== zone.name);
  const ids = new Set<string>(others.flatMap(({ privateSubnetIds }) => privateSubnetIds));
  const own = new Set<string>(zone.privateSubnetIds);
  const cidrs = subnets.filter(({ id }) => ids.has(id) && !own.has(id)).map(({ cidr }) => cidr);
  return [...new Set(cidrs)].toSorted();
}

/** Those that the other zones' NAT instances are in: they may ask for connections. */
export function natCidrs(
  zone: ZoneSettings,
  zones: readonly ZoneSettings[],
  subnets: readonly Subnet[],
): readonly string[] {
  const ids = new Set<string>(zones.map(({ publicSubnetId }) => publicSubnetId));
  ids.delete(zone.publicSubnetId);
  return subnets
    .filter(({ id }) => ids.has(id))
    .map(({ cidr }) => cidr)
    .toSorted();
}

/** Fits a tag, whatever there is to tell. */
export function markOf(cidrs: readonly string[], digest: (text: string) => string): string {
  return digest(cidrs.join(' ')).slice(0, 16);
}

/** One zone's traffic on another zone's instance, and the secondary address of that which its Elastic IP is for. */
export type StandIn = {
  readonly instance: NatInstance;
  readonly networkInterface: NatInterface;
  readonly privateIp: string;
};

/**
 * The instance of another zone that has this zone's Elastic IP on a secondary private address of its interface: it is the
 * one that carries the traffic, or is about to. One that is going down keeps the address until it is gone, and may hold that.
 */
export function standInOf(
  zone: ZoneSettings,
  address: Address | undefined,
  instances: readonly NatInstance[],
  interfaces: readonly NatInterface[],
): StandIn | undefined {
  const networkInterface = interfaces.find(({ id }) => id === address?.interfaceId);
  const instance = instances.find(({ interfaceId }) => interfaceId === networkInterface?.id);
  const privateIp = address?.privateIp ?? '';
  const isSecondary = networkInterface?.secondaryIps?.includes(privateIp) === true;
  const isOfOther = instance?.zone !== undefined && instance.zone !== zone.name;
  const isThere = instance?.state === 'running' || (instance !== undefined && isEnding(instance));
  return networkInterface !== undefined && isSecondary && isOfOther && isThere
    ? { instance, networkInterface, privateIp }
    : undefined;
}

/** Since when it carries the zone, as far as that is noted of it: a tag may name any time, and any instance. */
export function noteOf(
  address: Address | undefined,
  { instance }: StandIn,
  now: EpochMs,
): NotedStandIn | undefined {
  const noted = address?.stoodIn;
  return noted?.by === instance.id && noted.at <= now ? noted : undefined;
}

/** The zones whose Elastic IPs are on each interface. */
export type Guests = ReadonlyMap<InterfaceId, readonly ZoneName[]>;

/**
 * The instance of another zone from which a zone's traffic has gone home, while it runs, has its own zone's traffic, and its
 * secondary address is free: the traffic may go back there.
 */
export function cameFrom(
  zone: ZoneSettings,
  address: Address | undefined,
  { instances, interfaces, guests }: Beside,
): StandIn | undefined {
  const instance = instances.find(({ id }) => id === address?.cutover?.from);
  const networkInterface = interfaces.find(({ id }) => id === instance?.interfaceId);
  const privateIp = networkInterface?.secondaryIps?.[0];
  if (instance === undefined || networkInterface === undefined || privateIp === undefined) {
    return undefined;
  }
  const isOfOther = instance.zone !== undefined && instance.zone !== zone.name;
  const [carried, ...more] = guests.get(networkInterface.id) ?? [];
  const carriesItsOwn = carried === instance.zone && more.length === 0;
  return isOfOther && carriesItsOwn && instance.state === 'running'
    ? { instance, networkInterface, privateIp }
    : undefined;
}

/**
 * Nothing passed through the instance that the Elastic IP is still on, as far as EC2 shows, and it is noted that the traffic
 * is led back.
 */
export function isOnItsWayBack(address: Address | undefined, instances: readonly NatInstance[]): boolean {
  const { cutover, undoneCutovers = [], interfaceId } = address ?? {};
  const left = instances.find(({ id }) => id === cutover?.to);
  return (
    cutover !== undefined &&
    left?.interfaceId !== undefined &&
    left.interfaceId === interfaceId &&
    undoneCutovers.some(({ instanceId }) => instanceId === left.id)
  );
}

/**
 * What a stand-in that its own zone has left says of its way out tells nothing of those that it carries: its primary
 * address is no longer public. Whether it forwards it still knows.
 */
export function withoutItsWayOut(
  readings: readonly Reading[],
  { instance, networkInterface }: StandIn,
  guests: Guests,
): readonly Reading[] {
  const isAtHome = guests.get(networkInterface.id)?.some((zone) => zone === instance.zone) === true;
  return isAtHome ? readings : readings.map((reading) => withoutWayOutOf(instance, reading));
}

function withoutWayOutOf({ id }: NatInstance, { outcome, ...times }: Reading): Reading {
  if (outcome.kind === 'unknown') {
    return { ...times, outcome };
  }
  const { answer } = outcome;
  const instances = answer.instances.filter(
    ({ instanceId, result }) =>
      instanceId !== id || result.kind !== 'answered' || wordOf(result.health) !== 'no-way-out',
  );
  return { ...times, outcome: { kind: 'answered', answer: { ...answer, instances } } };
}

type Beside = {
  readonly instances: readonly NatInstance[];
  readonly interfaces: readonly NatInterface[];
  readonly guests: Guests;
};

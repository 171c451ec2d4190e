import type { Observed } from '../model/observed.ts';
import type { Settings, ZoneSettings } from '../model/settings.ts';
import type { Address, Listing, NatInstance, NatInterface, RouteTable, Snapshot } from '../model/snapshot.ts';
import { tagKeys } from '../model/tags.ts';
import { isStandby, standbyName } from './standby.ts';

/**
 * Of a standby and its zone's own instance, which are in one subnet, a tag alone tells which is which; and tags are edited.
 * What an instance has tells it better: with the zone's Elastic IP on its primary address, and a route, it is the zone's
 * own; with the standby's there it is the standby, unless the zone is led to it and not carried on its secondary address:
 * then somebody has moved the Elastic IP. An interface is its instance's zone's.
 */
export function withTrueZones(snapshot: Snapshot, settings: Pick<Settings, 'zones'>): Snapshot {
  const { instances, interfaces, addresses, routeTables } = snapshot;
  if (!instances.known || !addresses.known || !routeTables.known) {
    return snapshot;
  }
  const around = { addresses: addresses.value.items, tables: routeTables.value.items };
  const found = mapped(instances, (instance) => trulyIn(instance, settings.zones, around));
  return {
    ...snapshot,
    instances: found,
    interfaces: mapped(interfaces, (entry) => withOwner(entry, found)),
  };
}

type Around = { readonly addresses: readonly Address[]; readonly tables: readonly RouteTable[] };

function mapped<T>(part: Observed<Listing<T>>, change: (item: T) => T): Observed<Listing<T>> {
  return part.known
    ? { ...part, value: { ...part.value, items: part.value.items.map((item) => change(item)) } }
    : part;
}

function trulyIn(instance: NatInstance, zones: readonly ZoneSettings[], around: Around): NatInstance {
  const zone = zones.find((one) => !isStandby(one) && one.publicSubnetId === instance.subnetId);
  if (zone === undefined) {
    return instance;
  }
  const own = placeOf(zone, instance, around);
  const isLedTo = leadsHere(instance, around);
  if (own === 'primary' && isLedTo && instance.zone === standbyName) {
    const says = `${instance.id} has ${tagKeys.zone} "${standbyName}", and counts for zone ${zone.name}, whose Elastic IP and routes it has: tag it`;
    return { ...instance, zone: zone.name, oddTags: [says] };
  }
  const standby = zones.find(({ standbyFor }) => standbyFor === zone.name);
  const isStandbys = standby !== undefined && placeOf(standby, instance, around) === 'primary';
  if (isStandbys && (own === 'secondary' || !isLedTo) && instance.zone === zone.name) {
    const says = `${instance.id} is not tagged with ${tagKeys.zone} "${standby.name}", and counts as the standby, whose Elastic IP it has: tag it`;
    return { ...instance, zone: standby.name, oddTags: [says] };
  }
  return instance;
}

function leadsHere({ id, interfaceId }: NatInstance, { tables }: Around): boolean {
  return tables.some(({ defaultRoute }) => {
    const target = defaultRoute?.target.id;
    return target !== undefined && (target === interfaceId || target === id);
  });
}

/** Which of the instance's private addresses has the zone's Elastic IP; undefined: none has. */
function placeOf(
  { allocationId }: ZoneSettings,
  { interfaceId, privateIp }: NatInstance,
  { addresses }: Around,
): 'primary' | 'secondary' | undefined {
  const address = addresses.find((entry) => entry.allocationId === allocationId);
  if (interfaceId === undefined || address?.interfaceId !== interfaceId) {
    return undefined;
  }
  return address.privateIp === privateIp ? 'primary' : 'secondary';
}

function withOwner(entry: NatInterface, instances: Observed<Listing<NatInstance>>): NatInterface {
  const owner = instances.known
    ? instances.value.items.find(({ interfaceId }) => interfaceId === entry.id)
    : undefined;
  return owner?.zone === undefined || owner.zone === entry.zone ? entry : { ...entry, zone: owner.zone };
}

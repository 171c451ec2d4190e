import type { ZoneName } from '../model/ids.ts';
import type { Observed } from '../model/observed.ts';
import type { ZoneSettings } from '../model/settings.ts';
import type { Listing, Subnet } from '../model/snapshot.ts';

/**
 * The zones form a ring: each looks after the one before it, and the first after the last. So each is looked after by one
 * other, whatever their number. A zone that is alone has no neighbour.
 */
type InRing = { readonly name: ZoneName };

type PlaceOf<Z> = (zone: Z) => string | undefined;

/**
 * The order of the ring. Zones of one Availability Zone fail together, so neighbours are of different ones wherever that
 * can be: if no more than half of the zones are in one Availability Zone, its loss takes no zone together with the one
 * that looks after it. If more are, the others are neighbours of as many of them as they can be. The order of the settings
 * stays where another one would be no better. `placeOf`: a zone's Availability Zone; undefined: not known, and counted as
 * one that no other zone is in.
 */
export function ringOf<Z extends InRing>(zones: readonly Z[], placeOf: PlaceOf<Z>): readonly Z[] {
  const dealt = dealtOut(zones, placeOf);
  return apart(dealt, placeOf) > apart(zones, placeOf) ? dealt : zones;
}

/** By where the public subnets are, which never changes; while they are not read, the order of the settings. */
export function ringIn(
  zones: readonly ZoneSettings[],
  subnets: Observed<Listing<Subnet>>,
): readonly ZoneSettings[] {
  const listed = subnets.known ? subnets.value.items : [];
  const places = new Map(listed.map(({ id, availabilityZone }) => [id, availabilityZone]));
  return ringOf(zones, ({ publicSubnetId }) => places.get(publicSubnetId));
}

/** The largest Availability Zone first, onto every other seat of the ring; then the seats between. */
function dealtOut<Z extends InRing>(zones: readonly Z[], placeOf: PlaceOf<Z>): Z[] {
  const byPlace = Map.groupBy(zones, (zone) => placeOf(zone) ?? zone);
  const inTurn = [...byPlace.values()].toSorted((one, other) => other.length - one.length).flat();
  const half = Math.ceil(inTurn.length / 2);
  const between = inTurn.slice(half);
  return inTurn.slice(0, half).flatMap((zone, index) => [zone, ...between.slice(index, index + 1)]);
}

/** How many are looked after from another Availability Zone. */
function apart<Z extends InRing>(ring: readonly Z[], placeOf: PlaceOf<Z>): number {
  return ring.filter((zone) => {
    const next = whoLooksAfter(zone.name, ring);
    const place = placeOf(zone);
    return next !== undefined && (place === undefined || place !== placeOf(next));
  }).length;
}

/** The zone that this one looks after. */
export function lookedAfterBy<Z extends InRing>(zone: ZoneName, ring: readonly Z[]): Z | undefined {
  return besides(zone, ring, -1);
}

/** The zone that looks after this one. */
export function whoLooksAfter<Z extends InRing>(zone: ZoneName, ring: readonly Z[]): Z | undefined {
  return besides(zone, ring, 1);
}

function besides<Z extends InRing>(zone: ZoneName, ring: readonly Z[], by: 1 | -1): Z | undefined {
  const place = ring.findIndex(({ name }) => name === zone);
  return place < 0 || ring.length < 2 ? undefined : ring.at((place + by) % ring.length);
}

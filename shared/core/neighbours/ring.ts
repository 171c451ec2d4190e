import type { ZoneName } from '../model/ids.ts';

/**
 * The zones form a ring, in the order of the settings: each looks after the one before it, and the first after the last.
 * So each is looked after by one other, whatever their number. A zone that is alone has no neighbour.
 */
type InRing = { readonly name: ZoneName };

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

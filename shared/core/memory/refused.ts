import type { ImageId, InterfaceId, ZoneName } from '../model/ids.ts';
import type { Memory } from './memory.ts';

// What EC2 has refused in this run, and is not asked for again.

/** `refusedSpot`: as Spot alone. */
type OfTypes = 'refusedTypes' | 'refusedSpot';

export function refuseType(
  memory: Memory,
  zone: ZoneName,
  type: string,
  of: OfTypes = 'refusedTypes',
): Memory {
  return { ...memory, [of]: withMember(memory[of], zone, type) };
}

export function refuseImage(memory: Memory, zone: ZoneName, imageId: ImageId): Memory {
  return { ...memory, refusedImages: withMember(memory.refusedImages, zone, imageId) };
}

export function addGoneInterface(memory: Memory, zone: ZoneName, id: InterfaceId): Memory {
  return { ...memory, goneInterfaces: withMember(memory.goneInterfaces, zone, id) };
}

type Refused = 'oneAddressOnly' | 'withoutAddress' | 'withoutSpare' | 'withoutSpot' | 'withoutStandIn';

export function refuse(memory: Memory, what: Refused, zone: ZoneName): Memory {
  return { ...memory, [what]: new Set([...memory[what], zone]) };
}

function withMember<K, V>(
  map: ReadonlyMap<K, ReadonlySet<V>>,
  key: K,
  member: V,
): ReadonlyMap<K, ReadonlySet<V>> {
  return new Map([...map, [key, new Set([...(map.get(key) ?? []), member])]]);
}

import type { tagKeys } from '../../../shared/core/model/tags.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { interfaceOf, primaryOf, zoneOf } from '../../../simulator/harness/settled-harness.ts';

export type Place = 'address' | 'table' | 'instance' | 'interface';

export const placesOf: readonly (readonly [Place, keyof typeof tagKeys])[] = [
  ['address', 'lastGoodImage'],
  ['address', 'launches'],
  ['table', 'remembered'],
  ['instance', 'zone'],
  ['instance', 'spec'],
  ['instance', 'replace'],
  ['instance', 'putBack'],
  ['instance', 'moveRefused'],
  ['instance', 'stack'],
  ['interface', 'zone'],
  ['interface', 'stack'],
];

export function privateTable(harness: Harness): string {
  const [route] = zoneOf(harness.lastReport(), 'a').routes;
  if (route === undefined) throw new Error('zone a has a private route');
  return route.routeTableId;
}

export function resourceOf(harness: Harness, place: Place): string {
  const instance = primaryOf(harness, 'a');
  switch (place) {
    case 'address':
      return zoneOf(harness.lastReport(), 'a').address?.allocationId ?? '';
    case 'table':
      return privateTable(harness);
    case 'instance':
      return instance;
    case 'interface':
      return interfaceOf(harness, instance);
  }
}

export async function liveFor(harness: Harness, durationMs: number): Promise<void> {
  harness.goLive();
  await harness.clock.runFor(durationMs);
  harness.quiesce();
  await harness.until('every run ends', () => harness.isIdle());
}

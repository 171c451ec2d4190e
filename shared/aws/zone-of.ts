import { parseZoneName, type ZoneName } from '../core/model/ids.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import { standbyName } from '../core/neighbours/standby.ts';

/**
 * The zone of what bears our stack's tag. The public subnet that it is in tells it best, for that cannot be edited: a tag
 * that is gone or wrong must neither hide an instance, nor give it to another zone, nor make its own unreadable. The tag
 * tells it where a zone's public subnet has been changed, and of what has ended, which is nowhere. Here it alone
 * tells a standby, also one that the settings no longer have, from the zone whose public subnet it is in; what they have
 * may tell otherwise (true-zones.ts).
 */
export function zoneOf(
  tag: string | undefined,
  subnetId: string | undefined,
  zones: readonly ZoneSettings[],
): ZoneName | undefined {
  if (tag === standbyName) {
    return standbyName;
  }
  const tagged = zones.find(({ name }) => name === tag);
  const placed = zones.find(({ publicSubnetId }) => publicSubnetId === subnetId);
  return (tagged?.publicSubnetId === subnetId ? tagged : (placed ?? tagged))?.name ?? parseZoneName(tag);
}

import { parseZoneName } from '../model/ids.ts';
import type { ZoneSettings } from '../model/settings.ts';

/** The name of the only zone that has no clients, and of no other. */
export const standbyName = parseZoneName('standby');

/**
 * A second instance beside that of the only zone, in the same public subnet: a zone of its own without private subnets. So
 * it is launched, replaced and patched like any other, and stands in for the zone as a neighbour does.
 */
export function isStandby({ standbyFor }: Pick<ZoneSettings, 'standbyFor'>): boolean {
  return standbyFor !== undefined;
}

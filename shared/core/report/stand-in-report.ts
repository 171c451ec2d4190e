import type { Diagnosis } from '../diagnose/diagnose.ts';
import { guestsOf } from '../diagnose/zone-view.ts';
import type { EpochMs } from '../model/time.ts';
import { noteOf } from '../neighbours/stand-in.ts';
import type { ZoneReport } from './report.ts';

/** Who carries the zone, since when; or whom its instance carries, and for whom it is there at all. */
export function standInReport(
  diagnosis: Diagnosis,
  now: EpochMs,
): Pick<ZoneReport, 'standIn' | 'standsInFor' | 'standbyFor'> {
  const { view, zone } = diagnosis;
  const { standbyFor } = zone;
  const standsBy = standbyFor === undefined ? {} : { standbyFor };
  if (view?.standIn !== undefined) {
    const { id: instanceId, zone: of } = view.standIn.instance;
    const noted = noteOf(view.address, view.standIn, now);
    const since = noted === undefined ? {} : { since: new Date(noted.at).toISOString() };
    return { standIn: { instanceId, ...(of === undefined ? {} : { zone: of }), ...since } };
  }
  const primary = diagnosis.kind === 'diagnosed' ? diagnosis.primary : undefined;
  const guests = view === undefined || primary === undefined ? [] : guestsOf(view, primary);
  return { ...standsBy, ...(guests.length === 0 ? {} : { standsInFor: guests }) };
}

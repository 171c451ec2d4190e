import type { Diagnosis } from '../diagnose/diagnose.ts';
import { guestsOf } from '../diagnose/zone-view.ts';
import type { EpochMs } from '../model/time.ts';
import { noteOf } from '../neighbours/stand-in.ts';
import type { ZoneReport } from './report.ts';

/** Who carries the zone, since when; or whom its instance carries. */
export function standInReport(
  diagnosis: Diagnosis,
  now: EpochMs,
): Pick<ZoneReport, 'standIn' | 'standsInFor'> {
  const { view } = diagnosis;
  if (view?.standIn !== undefined) {
    const { id: instanceId, zone } = view.standIn.instance;
    const noted = noteOf(view.address, view.standIn, now);
    const since = noted === undefined ? {} : { since: new Date(noted.at).toISOString() };
    return { standIn: { instanceId, ...(zone === undefined ? {} : { zone }), ...since } };
  }
  const primary = diagnosis.kind === 'diagnosed' ? diagnosis.primary : undefined;
  const guests = view === undefined || primary === undefined ? [] : guestsOf(view, primary);
  return guests.length === 0 ? {} : { standsInFor: guests };
}

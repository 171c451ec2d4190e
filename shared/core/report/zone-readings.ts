import type { Diagnosis } from '../diagnose/diagnose.ts';
import { natHealthOf } from '../diagnose/verdict.ts';
import type { Finding } from '../model/finding.ts';
import type { NatHealth } from '../model/reading.ts';
import type { EpochMs } from '../model/time.ts';
import { loadReport, tooSmallFindings } from './load.ts';
import { namesUnresolvedFindings, probeReport, seenElsewhereFindings } from './probe-report.ts';
import type { ZoneReport } from './report.ts';

/** What the zone's probe, and through it its instance, have told in this run. */
export function readingReports(
  diagnosis: Diagnosis,
  now: EpochMs,
): Pick<ZoneReport, 'egress' | 'probe' | 'load'> {
  const { egress, view } = diagnosis;
  const { primary } = diagnosis.kind === 'diagnosed' ? diagnosis : {};
  const probe = probeReport(view?.readings);
  const load = carrierHealth(diagnosis, now)?.load;
  return {
    ...(egress === undefined ? {} : { egress }),
    ...(probe === undefined ? {} : { probe }),
    ...(primary === undefined || load === undefined ? {} : { load: loadReport(primary.id, load) }),
  };
}

export function readingFindings(diagnosis: Diagnosis, now: EpochMs): Finding[] {
  const load = carrierHealth(diagnosis, now)?.load;
  if (diagnosis.kind === 'undiagnosed' || diagnosis.primary === undefined) {
    return [];
  }
  return [
    ...(load === undefined ? [] : tooSmallFindings(diagnosis.primary, load)),
    ...namesUnresolvedFindings(diagnosis.view),
    ...(diagnosis.health === 'healthy' ? seenElsewhereFindings(diagnosis.view) : []),
  ];
}

/** What the instance that carries the zone's traffic says of itself. */
export function carrierHealth(diagnosis: Diagnosis, now: EpochMs): NatHealth | undefined {
  const { primary, view } = diagnosis.kind === 'diagnosed' ? diagnosis : {};
  return primary === undefined ? undefined : natHealthOf(view?.readings, primary.id, now);
}

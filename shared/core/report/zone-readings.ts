import type { Diagnosis } from '../diagnose/diagnose.ts';
import { natHealthOf } from '../diagnose/verdict.ts';
import type { Finding } from '../model/finding.ts';
import type { NatHealth } from '../model/reading.ts';
import type { EpochMs } from '../model/time.ts';
import { bootPathFindings, bootReport } from './boot.ts';
import { loadReport, tooSmallFindings } from './load.ts';
import { namesUnresolvedFindings, probeReport, seenElsewhereFindings } from './probe-report.ts';
import type { ZoneReport } from './report.ts';
import { unguardedFindings } from './unguarded.ts';

/** What the zone's probe, and through it its instance, have told in this run. */
export function readingReports(
  diagnosis: Diagnosis,
  now: EpochMs,
): Pick<ZoneReport, 'egress' | 'probe' | 'load' | 'boot'> {
  const { egress, view } = diagnosis;
  const { primary } = diagnosis.kind === 'diagnosed' ? diagnosis : {};
  const probe = probeReport(view?.readings);
  const health = carrierHealth(diagnosis, now);
  const load = health?.load;
  const boot = primary && health && bootReport(primary, health, now);
  return {
    ...(egress === undefined ? {} : { egress }),
    ...(probe === undefined ? {} : { probe }),
    ...(primary === undefined || load === undefined ? {} : { load: loadReport(primary.id, load) }),
    ...(boot === undefined ? {} : { boot }),
  };
}

export function readingFindings(diagnosis: Diagnosis, now: EpochMs): Finding[] {
  const health = carrierHealth(diagnosis, now);
  if (diagnosis.kind === 'undiagnosed' || diagnosis.primary === undefined) {
    return [];
  }
  const { primary, primaryAsConfigured: isAsConfigured, view } = diagnosis;
  // They are told only where clients are to be asked.
  const isToAsk = view.ownCidrs.length > 0;
  return [
    ...(health?.load === undefined ? [] : tooSmallFindings(primary, health.load)),
    ...(health === undefined ? [] : bootPathFindings(primary, health, { isAsConfigured, isToAsk })),
    ...(health === undefined ? [] : unguardedFindings(primary, health)),
    ...namesUnresolvedFindings(diagnosis.view),
    ...(diagnosis.health === 'healthy' ? seenElsewhereFindings(diagnosis.view) : []),
  ];
}

/** What the instance that carries the zone's traffic says of itself. */
export function carrierHealth(diagnosis: Diagnosis, now: EpochMs): NatHealth | undefined {
  const { primary, view } = diagnosis.kind === 'diagnosed' ? diagnosis : {};
  return primary === undefined ? undefined : natHealthOf(view?.readings, primary.id, now);
}

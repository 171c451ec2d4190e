import type { ZoneReport } from '../../shared/core/report/report.ts';

/** The next command for a zone, without `phoenat`; undefined if nothing is to be done. */
export function nextCommand(zone: ZoneReport, hasFailed: boolean): string | undefined {
  const has = (code: string) => zone.findings.some((finding) => finding.code === code);
  if (zone.paused) {
    return `resume --zone ${zone.zone}`;
  }
  if (has('breaker-open')) {
    return `logs --zone ${zone.zone} --since 2h`;
  }
  switch (zone.health) {
    case 'healthy':
      return zone.egress === 'fails' ? `logs --zone ${zone.zone} --since 1h` : undefined;
    case 'served-by-other':
      return hasFailed || zone.egress === 'fails' ? `logs --zone ${zone.zone} --since 1h` : undefined;
    case 'violation':
      return 'doctor';
    case 'stood-in':
    case 'starting':
      return hasFailed ? `logs --zone ${zone.zone} --since 1h` : 'status --watch';
    case 'drifted':
    case 'suspect':
    case 'down':
    case 'unknown':
      return `logs --zone ${zone.zone} --since 1h`;
  }
}

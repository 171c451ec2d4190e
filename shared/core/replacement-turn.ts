import type { Diagnosis, Judged } from './diagnose.ts';
import { type Finding, finding } from './finding.ts';

/** Whether a zone's primary may be replaced now, with regard to the other zones. */
export type Turn = { readonly may: true } | { readonly may: false; readonly finding: Finding };

/**
 * Two rules over all zones. If every zone of several is suspect at once, the trouble is likely not in the instances: one
 * zone alone is replaced, to find out. And what is only planned happens zone by zone, while all others are healthy.
 */
export function turnOf(diagnosis: Judged, all: readonly Diagnosis[]): Turn {
  const cause = diagnosis.replacement?.cause;
  if (cause === 'suspect' && all.length > 1 && all.every(isSuspect)) {
    return firstOf(
      all,
      diagnosis,
      'all-zones-suspect',
      'every zone is suspect at once; one is replaced first',
    );
  }
  if (cause === 'planned') {
    const troubled = all.find((other) => other.zone.name !== diagnosis.zone.name && isTroubled(other));
    return troubled === undefined
      ? firstOf(
          all.filter(isPlanned),
          diagnosis,
          'another-zone-first',
          'zones are replaced one after the other',
        )
      : no(
          'another-zone-first',
          `zone ${troubled.zone.name} is ${troubled.health}; no planned replacement meanwhile`,
        );
  }
  return { may: true };
}

function isSuspect(diagnosis: Diagnosis): boolean {
  return diagnosis.kind === 'judged' && diagnosis.replacement?.cause === 'suspect';
}

function isPlanned(diagnosis: Diagnosis): boolean {
  return diagnosis.kind === 'judged' && diagnosis.replacement?.cause === 'planned';
}

function isTroubled(diagnosis: Diagnosis): boolean {
  const waitsForItsTurn = isPlanned(diagnosis) && diagnosis.health === 'healthy';
  return diagnosis.health !== 'healthy' && !waitsForItsTurn;
}

function firstOf(
  zones: readonly Diagnosis[],
  diagnosis: Judged,
  code: Finding['code'],
  detail: string,
): Turn {
  const first = zones[0]?.zone.name;
  return first === diagnosis.zone.name ? { may: true } : no(code, `${detail}: zone ${first}`);
}

function no(code: Finding['code'], detail: string): Turn {
  return { may: false, finding: finding(code, detail) };
}

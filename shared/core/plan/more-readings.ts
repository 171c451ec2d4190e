import type { Diagnosed } from '../diagnose/diagnose.ts';
import { hasJustFailed, isUntold } from '../diagnose/verdict.ts';
import type { Wait } from '../model/step.ts';
import { type DurationMs, secondMs } from '../model/time.ts';

/** The probe is asked about once a second meanwhile; a look follows as soon as it has something new to say. */
const pollMs: DurationMs = 5 * secondMs;

/** What a probe has still to tell: a run does not end while it is not decided whether packets pass. */
export function waitsForReadings({ verdict, view, primary }: Diagnosed): Wait[] {
  if (primary?.state !== 'running') {
    return [];
  }
  if (isUntold(view.readings)) {
    return [{ detail: `a request to pass through ${primary.id}`, pollMs }];
  }
  return verdict.kind === 'undecided'
    ? [
        {
          detail: `a request to pass through ${primary.id}, after ${verdict.row.tries} that failed (${verdict.row.why})`,
          pollMs,
        },
      ]
    : [];
}

/**
 * In a paused zone nothing depends on what the probe says but the report: it is asked until it is known whether requests
 * fail, which takes three of them, and not whose fault that is.
 */
export function waitsToTell({ zone, egress, view }: Diagnosed): Wait[] {
  return egress === 'unknown' && hasJustFailed(view.readings)
    ? [{ detail: `another request of zone ${zone.name} to pass or fail`, pollMs: 2 * secondMs }]
    : [];
}

/** Whether the zone's probe may have something new to say that matters. */
export function isOpen(diagnosis: Diagnosed): boolean {
  const { candidate, candidateIsGood, primary, primaryReady, pausedSince } = diagnosis;
  if (pausedSince !== undefined) {
    return waitsToTell(diagnosis).length > 0;
  }
  const isAwaited = candidate !== undefined && !candidateIsGood;
  return (
    isAwaited || waitsForReadings(diagnosis).length > 0 || (primary?.state === 'running' && !primaryReady)
  );
}

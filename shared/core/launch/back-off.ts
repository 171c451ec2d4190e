import { type Finding, finding } from '../model/finding.ts';
import type { Wait } from '../model/step.ts';
import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';

/** The wait between the launches of the last hour and the next one, if one is due. */
export function backOff(
  launches: readonly EpochMs[],
  now: EpochMs,
): { readonly wait: Wait; readonly finding: Finding } | undefined {
  const remainingMs = Math.max(0, ...launches) + backOffMs(launches.length) - now;
  if (launches.length === 0 || remainingMs <= 0) {
    return undefined;
  }
  const detail = `backing off for ${Math.ceil(remainingMs / secondMs)} s after ${launches.length} launches within an hour`;
  const wait = { detail, pollMs: Math.min(remainingMs, 5 * secondMs) };
  return { wait, finding: finding('backing-off', detail) };
}

/** The first two launches of an hour are free (a failover, and one more), then 30 s, 60 s, 120 s, … apart. */
function backOffMs(launchesInHour: number): DurationMs {
  return launchesInHour < 2 ? 0 : 30 * secondMs * 2 ** (launchesInHour - 2);
}

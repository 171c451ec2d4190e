import { dayMs, type EpochMs, hourMs } from '../../shared/core/model/time.ts';

/** Whole days in UTC, from the beginning of the first to the end of the last. */
export type Period = { readonly startMs: EpochMs; readonly endMs: EpochMs; readonly label: string };

/** The last calendar month that has ended, in UTC, as AWS's bills count. */
export function lastMonth(nowMs: EpochMs): Period {
  const now = new Date(nowMs);
  const startMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1);
  const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const label = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    startMs,
  );
  return { startMs, endMs, label };
}

/** The last `days` days that have ended, in UTC. */
export function lastDays(nowMs: EpochMs, days: number): Period {
  const endMs = Math.floor(nowMs / dayMs) * dayMs;
  const startMs = endMs - days * dayMs;
  const lastDay = dateOf(endMs - dayMs);
  return { startMs, endMs, label: days === 1 ? lastDay : `${dateOf(startMs)} to ${lastDay}` };
}

function dateOf(ms: EpochMs): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function hoursOf({ startMs, endMs }: Period): number {
  return (endMs - startMs) / hourMs;
}

/** Hours of a life that fall into the period. A part of an hour is billed as an hour. */
export function billedHours(
  period: Period,
  createdMs: EpochMs,
  deletedMs: EpochMs = Number.POSITIVE_INFINITY,
): number {
  const fromMs = Math.max(period.startMs, createdMs);
  const toMs = Math.min(period.endMs, deletedMs);
  return Math.max(0, Math.ceil((toMs - fromMs) / hourMs));
}

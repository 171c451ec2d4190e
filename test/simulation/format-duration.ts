import { type DurationMs, hourMs, minuteMs, secondMs } from '../../shared/core/time.ts';

/** "0.4 s", "46 s", "2 min 05 s", "1 h 10 min". */
export function formatDuration(ms: DurationMs): string {
  if (ms < 10 * secondMs) return `${(ms / secondMs).toFixed(1)} s`;
  if (ms < minuteMs) return `${Math.round(ms / secondMs)} s`;
  if (ms < hourMs) {
    const seconds = Math.round(ms / secondMs);
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  }
  const minutes = Math.round(ms / minuteMs);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

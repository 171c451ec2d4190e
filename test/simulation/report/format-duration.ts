import { type DurationMs, hourMs, secondMs } from '../../../shared/core/model/time.ts';

/** "0.4 s", "46 s", "2 min 05 s", "1 h 10 min". */
export function formatDuration(ms: DurationMs): string {
  if (ms < 9_950) return `${(ms / secondMs).toFixed(1)} s`;
  const seconds = Math.round(ms / secondMs);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < hourMs / secondMs) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}

import { type EpochMs, secondMs } from '../core/model/time.ts';

/** Times in the value of a tag, in seconds since 1970: "1795402822 1795402762". */
export function renderTimes(times: readonly EpochMs[]): string {
  return times.map(renderTime).join(' ');
}

export function renderTime(at: EpochMs): string {
  return String(Math.floor(at / secondMs));
}

/** Those entries that are times: a tag may say anything. */
export function parseTimes(raw: string | undefined): EpochMs[] {
  const parts = raw?.split(' ') ?? [];
  return parts.flatMap((text) => parseTime(text) ?? []);
}

export function parseTime(text: string): EpochMs | undefined {
  return /^\d{1,11}$/.test(text) ? Number(text) * secondMs : undefined;
}

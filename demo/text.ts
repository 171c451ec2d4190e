import wrapAnsi from 'wrap-ansi';
import type { DurationMs } from '../shared/core/model/time.ts';

/** The widest and the narrowest lines that the demo is laid out for. */
const maxColumns = 100;
const minColumns = 80;

/** How wide the demo prints, where so many columns are there; a file or a pipe has as many as it likes. */
export function widthFor(columns: number | undefined): number {
  return Math.max(minColumns, Math.min(maxColumns, columns ?? maxColumns));
}

/** Ids cut to six digits: enough to tell them apart. The JSON has them whole. */
export function shortened(text: string): string {
  return text.replace(
    /\b(i|eni|eipalloc|rtb|subnet|vpc|ami|sg|nat|igw)-([0-9a-f]{6})[0-9a-f]{2,11}\b/g,
    '$1-$2',
  );
}

export function seconds(durationMs: DurationMs, digits = 1): string {
  return `${(durationMs / 1_000).toFixed(digits)} s`;
}

/** "t+2.71s", the time since the trouble began; "t-0.97s" is before it. */
export function timelineTime(atMs: DurationMs): string {
  return `t${atMs < 0 ? '-' : '+'}${(Math.abs(atMs) / 1_000).toFixed(2)}s`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** "a", "a and b", "a, b and c". */
export function enumerated(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** Lines of at most `columns`, broken at spaces; a longer word keeps a line to itself. */
export function wrapped(text: string, columns: number): string[] {
  return wrapAnsi(text, columns).split('\n');
}

import type { OutageRow } from './outage-statistics.ts';

export function writeReliability(_rows: readonly OutageRow[], _how: object): void {
  throw new Error('not written yet');
}

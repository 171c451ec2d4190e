import { readFileSync, writeFileSync } from 'node:fs';
import { drawOutages } from './outage-chart.ts';
import type { OutageRow } from './outage-statistics.ts';
import { renderMarkdownTable } from './outage-table.ts';

const page = new URL('../../docs/reliability.md', import.meta.url);
const chart = new URL('../../docs/outages.svg', import.meta.url);
const begin = '<!-- outages: written by npm run test:simulation -- --outages --write -->';
const end = '<!-- /outages -->';

/**
 * Puts the table and the chart into docs/.
 * @throws Error if the page has lost the two marks between which the table belongs.
 */
export function writeReliability(
  rows: readonly OutageRow[],
  { seed, perKind }: { readonly seed: number; readonly perKind: number },
): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/reliability.md has no part between ${begin} and ${end}`);
  }
  const how = `Seed ${seed}, ${perKind} schedules of each kind; those in which the fault met nothing are left out.`;
  writeFileSync(page, `${before}${begin}\n\n${how}\n\n${renderMarkdownTable(rows)}\n${end}${after}`);
  writeFileSync(
    chart,
    drawOutages(rows, {
      title: 'How long a private subnet is offline after one fault',
      subtitle: `Simulated EC2, no backup zone, one fault on an ordinary day; ${perKind} schedules of each kind, logarithmic`,
    }),
  );
}

import { markdownTable } from 'markdown-table';
import { median } from './boots-table.ts';

/** What forwards, and what a packet took in each round, in microseconds: of a known connection, and the first of one. */
export type CostRow = {
  readonly name: string;
  readonly known: readonly number[];
  readonly first: readonly number[];
};

/** The first row is plain forwarding, the second one rule. */
export function renderCosts(rows: readonly CostRow[]): string {
  const [plain, masquerade] = rows;
  const lines = rows.map((row) => [
    row.name,
    spread(row.known),
    ratio(row, plain, 'known'),
    ratio(row, masquerade, 'known'),
    spread(row.first),
    ratio(row, masquerade, 'first'),
  ]);
  const head = ['', 'known connection, µs', 'of plain', 'of one rule', 'first packet, µs', 'of one rule'];
  return `${markdownTable([head, ...lines])}\n`;
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
}

/** The median of the rounds' own ratios. */
function ratio(row: CostRow, to: CostRow | undefined, what: 'known' | 'first'): string {
  return median(row[what].map((value, round) => value / (to?.[what][round] ?? Number.NaN))).toFixed(2);
}

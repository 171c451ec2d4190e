import { markdownTable } from 'markdown-table';
import { type DurationMs, secondMs } from '../../../shared/core/model/time.ts';
import { formatDuration as formatExactly } from './format-duration.ts';
import type { OutageRow } from './outage-statistics.ts';

type Column = {
  readonly head: string;
  /** As `markdown-table` has it; on the left otherwise. */
  readonly align: 'right' | undefined;
  readonly cell: (row: OutageRow) => string;
};

const columns: readonly Column[] = [
  { head: 'fault, simulated', align: undefined, cell: ({ kind }) => inWords(kind).replaceAll('|', '\\|') },
  { head: 'schedules', align: 'right', cell: ({ schedules }) => count(schedules) },
  { head: 'with an outage', align: 'right', cell: (row) => `${count(row.offline)} (${percent(row)})` },
  { head: 'median', align: 'right', cell: ({ medianMs }) => formatDuration(medianMs) },
  { head: '99th', align: 'right', cell: ({ p99Ms }) => formatDuration(p99Ms) },
  { head: 'worst', align: 'right', cell: ({ worstMs }) => formatDuration(worstMs) },
];

/** GitHub's Markdown, aligned for those who read the file as text; the rows in the order given. Ends with a newline. */
export function renderMarkdownTable(rows: readonly OutageRow[]): string {
  const table = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  return `${markdownTable(table, { align: columns.map(({ align }) => align) })}\n`;
}

/** "—" for 0, "< 0.1 s", "0.4 s", "46 s", "2 min 05 s", "1 h 10 min". */
export function formatDuration(ms: DurationMs): string {
  if (ms === 0) return '—';
  return ms < 0.1 * secondMs ? '< 0.1 s' : formatExactly(ms);
}

/** "host-lost" as "host lost". */
export function inWords(kind: string): string {
  return kind.replaceAll('-', ' ');
}

/** Whole percents; 0% and 100% are kept for none and all. */
function percent({ offline, schedules }: OutageRow): string {
  if (offline === 0) return '0%';
  const share = (offline / schedules) * 100;
  if (share < 1) return '<1%';
  if (share > 99 && offline < schedules) return '>99%';
  return `${Math.round(share)}%`;
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}

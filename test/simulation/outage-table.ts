import { type DurationMs, secondMs } from '../../shared/core/model/time.ts';
import { formatDuration as formatExactly } from './format-duration.ts';
import type { OutageRow } from './outage-statistics.ts';

type Column = {
  readonly head: string;
  readonly side: 'left' | 'right';
  readonly cell: (row: OutageRow) => string;
};

const columns: readonly Column[] = [
  { head: 'fault', side: 'left', cell: ({ kind }) => inWords(kind).replaceAll('|', '\\|') },
  { head: 'schedules', side: 'right', cell: ({ schedules }) => count(schedules) },
  { head: 'with an outage', side: 'right', cell: (row) => `${count(row.offline)} (${percent(row)})` },
  { head: 'median', side: 'right', cell: ({ medianMs }) => formatDuration(medianMs) },
  { head: '99th', side: 'right', cell: ({ p99Ms }) => formatDuration(p99Ms) },
  { head: 'worst', side: 'right', cell: ({ worstMs }) => formatDuration(worstMs) },
];

/** GitHub's Markdown, aligned for those who read the file as text; the rows in the order given. Ends with a newline. */
export function renderMarkdownTable(rows: readonly OutageRow[]): string {
  const rendered = columns.map(({ head, side, cell }) => {
    const cells = [head, ...rows.map(cell)];
    const width = Math.max(...cells.map(({ length }) => length));
    const rule = side === 'right' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
    const [first = '', ...rest] = cells.map((text) =>
      side === 'right' ? text.padStart(width) : text.padEnd(width),
    );
    return [first, rule, ...rest];
  });
  const lines = Array.from({ length: rows.length + 2 }, (_, nth) => rendered.map((column) => column[nth]));
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
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

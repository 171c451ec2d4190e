import type { DurationMs } from '../../shared/core/time.ts';
import { formatDuration } from './format-duration.ts';
import type { OutageRow } from './outage-statistics.ts';

const head = ['fault', 'schedules', 'offline in', 'median', '99th', 'worst'];

/** One row for each kind of fault, for a page in Markdown. */
export function renderMarkdownTable(rows: readonly OutageRow[]): string {
  const cells = rows.map(({ kind, schedules, offline, medianMs, p99Ms, worstMs }) => [
    inWords(kind),
    String(schedules),
    `${Math.round((100 * offline) / schedules)} %`,
    ...[medianMs, p99Ms, worstMs].map(durationOrDash),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return `${[line(head), rule, ...cells.map(line)].join('\n')}\n`;
}

/** Kebab case is for files. */
export function inWords(kind: string): string {
  return kind.replaceAll('-', ' ');
}

function durationOrDash(ms: DurationMs): string {
  return ms === 0 ? '—' : formatDuration(ms);
}

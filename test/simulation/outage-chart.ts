import { type DurationMs, hourMs, minuteMs, secondMs } from '../../shared/core/time.ts';
import { formatDuration } from './format-duration.ts';
import type { OutageRow } from './outage-statistics.ts';
import { inWords } from './outage-table.ts';

export type ChartTexts = { readonly title: string; readonly subtitle: string };

const width = 960;
const rowHeight = 20;
const top = 96;
const left = 250;
const right = 850;
/** What is shorter, none included, sits on the axis. */
const shortestMs: DurationMs = secondMs / 10;
const longestMs: DurationMs = 2 * hourMs;
const gridlines: readonly (readonly [DurationMs, string])[] = [
  [shortestMs, 'none'],
  [secondMs, '1 s'],
  [10 * secondMs, '10 s'],
  [minuteMs, '1 min'],
  [10 * minuteMs, '10 min'],
  [hourMs, '1 h'],
];

/**
 * A range for each kind of fault on a logarithmic axis: the median as a dot, the 99th percentile as a tick, the worst as
 * a ring. One SVG without anything from elsewhere, legible on a light page and on a dark one.
 */
export function drawOutages(rows: readonly OutageRow[], { title, subtitle }: ChartTexts): string {
  const bottom = top + rows.length * rowHeight;
  const height = bottom + 24;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(rows.map(description).join('; '))}</desc>`,
    style,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="ink" x="16" y="26" font-size="16" font-weight="600">${escaped(title)}</text>`,
    `<text class="faint" x="16" y="46">${escaped(subtitle)}</text>`,
    ...legend(),
    ...gridlines.flatMap(([ms, label]) => gridline(ms, label, bottom)),
    ...rows.map(row),
    '</svg>',
  ].join('\n')}\n`;
}

const style = `<style>
.page { fill: #ffffff } .ink { fill: #1f2328 } .faint { fill: #59636e } .grid { stroke: #d1d9e0 }
.range { stroke: #8c959f; stroke-width: 2 } .tick { stroke: #0969da; stroke-width: 3 }
.median { fill: #0969da } .worst { fill: none; stroke: #cf222e; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } .ink { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #30363d }
.range { stroke: #6e7681 } .tick { stroke: #58a6ff } .median { fill: #58a6ff } .worst { stroke: #ff7b72 }
}
</style>`;

function legend(): string[] {
  const y = 64;
  return [
    `<circle class="median" cx="22" cy="${y}" r="4"/>`,
    `<text class="faint" x="32" y="${y + 4}">median</text>`,
    `<line class="tick" x1="96" x2="96" y1="${y - 6}" y2="${y + 6}"/>`,
    `<text class="faint" x="104" y="${y + 4}">99th percentile</text>`,
    `<circle class="worst" cx="208" cy="${y}" r="4"/>`,
    `<text class="faint" x="218" y="${y + 4}">worst</text>`,
  ];
}

function gridline(ms: DurationMs, label: string, bottom: number): string[] {
  const x = position(ms);
  return [
    `<line class="grid" x1="${x}" x2="${x}" y1="${top - 10}" y2="${bottom}"/>`,
    `<text class="faint" x="${x}" y="${top - 14}" text-anchor="middle">${label}</text>`,
  ];
}

function row({ kind, medianMs, p99Ms, worstMs }: OutageRow, nth: number): string {
  const y = top + nth * rowHeight + rowHeight / 2;
  const [median, p99, worst] = [position(medianMs), position(p99Ms), position(worstMs)];
  return [
    `<g class="row"><text class="ink" x="${left - 20}" y="${y + 4}" text-anchor="end">${escaped(inWords(kind))}</text>`,
    `<line class="range" x1="${median}" x2="${worst}" y1="${y}" y2="${y}"/>`,
    `<line class="tick" x1="${p99}" x2="${p99}" y1="${y - 6}" y2="${y + 6}"/>`,
    `<circle class="worst" cx="${worst}" cy="${y}" r="4"/>`,
    `<circle class="median" cx="${median}" cy="${y}" r="4"/>`,
    `<text class="faint" x="${right + 16}" y="${y + 4}">${worstMs === 0 ? 'none' : formatDuration(worstMs)}</text></g>`,
  ].join('');
}

/** Rounded, so that the same figures give the same bytes everywhere. */
function position(ms: DurationMs): number {
  const clamped = Math.min(longestMs, Math.max(shortestMs, ms));
  const share = Math.log(clamped / shortestMs) / Math.log(longestMs / shortestMs);
  return Math.round((left + share * (right - left)) * 10) / 10;
}

function description({ kind, medianMs, p99Ms, worstMs }: OutageRow): string {
  const [median, p99, worst] = [medianMs, p99Ms, worstMs].map(formatDuration);
  return `${inWords(kind)}: median ${median}, 99th percentile ${p99}, worst ${worst}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

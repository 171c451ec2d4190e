import wrapAnsi from 'wrap-ansi';
import { type DurationMs, hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { OutageRow } from './outage-statistics.ts';
import { formatDuration, inWords } from './outage-table.ts';

type Options = { readonly title: string; readonly subtitle: string };

type Layout = {
  readonly titleLines: readonly string[];
  readonly subtitleLines: readonly string[];
  readonly titleTop: number;
  readonly subtitleTop: number;
  readonly legendY: number;
  readonly plotLeft: number;
  readonly noneX: number;
  readonly scaleLeft: number;
  readonly plotTop: number;
  readonly plotBottom: number;
  readonly height: number;
  readonly longestMs: DurationMs;
};

const width = 960;
const margin = 24;
const rowHeight = 22;
const titleLineHeight = 26;
const subtitleLineHeight = 18;
const axisHeight = 30;
/** For the worst's duration, right of the plot. */
const durationWidth = 104;
const plotRight = width - margin - durationWidth;
const noneWidth = 44;
/** From "none" to 0.1 s, so that the one is not read as a point on the scale of the other. */
const gap = 24;

// The reader's font is not known here: these fit a wide one (DejaVu Sans, with which Linux falls back).
const labelCharacterWidth = 7.2;
const longestTitleLine = 72;
const longestSubtitleLine = 116;

const scaleFromMs: DurationMs = 0.1 * secondMs;
const shortestScaleToMs: DurationMs = 30 * minuteMs;
const ticks: readonly { readonly atMs: DurationMs; readonly label: string }[] = [
  { atMs: 0.1 * secondMs, label: '0.1 s' },
  { atMs: secondMs, label: '1 s' },
  { atMs: 10 * secondMs, label: '10 s' },
  { atMs: minuteMs, label: '1 min' },
  { atMs: 10 * minuteMs, label: '10 min' },
  { atMs: hourMs, label: '1 h' },
  { atMs: 10 * hourMs, label: '10 h' },
  { atMs: 100 * hourMs, label: '100 h' },
];

/**
 * A standalone SVG, 960 wide and as high as the rows need: for each fault the outage from the median to the worst, on a
 * logarithmic scale. What is shorter than 0.1 s stands in a column "none". The same rows draw the same text.
 */
export function drawOutages(rows: readonly OutageRow[], options: Options): string {
  const layout = lay(rows, options);
  const { height } = layout;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="outages-title outages-description">`,
    `<title id="outages-title">${escapeXml(options.title)}</title>`,
    `<desc id="outages-description">${escapeXml([options.subtitle, ...rows.map(sentence)].join('\n'))}</desc>`,
    `<style>\n${styleSheet()}\n</style>`,
    `<rect class="paper" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...heading(layout),
    ...legend(layout),
    ...axis(layout),
    ...rows.flatMap((row, nth) => drawRow(row, nth, layout)),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function lay(rows: readonly OutageRow[], { title, subtitle }: Options): Layout {
  const titleLines = wrap(title, longestTitleLine);
  const subtitleLines = wrap(subtitle, longestSubtitleLine);
  const titleTop = margin + 16;
  const subtitleTop = titleTop + titleLines.length * titleLineHeight - 2;
  const legendY = subtitleTop + subtitleLines.length * subtitleLineHeight + 8;
  const plotTop = legendY + 20 + axisHeight;
  const plotBottom = plotTop + rows.length * rowHeight;
  const longestLabel = Math.max(0, ...rows.map(({ kind }) => kind.length));
  const plotLeft = Math.round(margin + longestLabel * labelCharacterWidth + 12);
  return {
    titleLines,
    subtitleLines,
    titleTop,
    subtitleTop,
    legendY,
    plotLeft,
    noneX: plotLeft + noneWidth / 2,
    scaleLeft: plotLeft + noneWidth + gap,
    plotTop,
    plotBottom,
    height: plotBottom + axisHeight + margin / 2,
    longestMs: Math.max(shortestScaleToMs, ...rows.map(({ worstMs }) => worstMs)),
  };
}

function xOf(ms: DurationMs, { noneX, scaleLeft, longestMs }: Layout): number {
  if (ms < scaleFromMs) return noneX;
  const share = Math.log(ms / scaleFromMs) / Math.log(longestMs / scaleFromMs);
  return rounded(scaleLeft + share * (plotRight - scaleLeft));
}

function heading({ titleLines, subtitleLines, titleTop, subtitleTop }: Layout): string[] {
  return [
    ...titleLines.map((line, nth) => text('title', margin, titleTop + nth * titleLineHeight, line)),
    ...subtitleLines.map((line, nth) => text('quiet', margin, subtitleTop + nth * subtitleLineHeight, line)),
  ];
}

function legend({ legendY: y }: Layout): string[] {
  const [medianX, p99X, worstX, lineX] = [margin + 6, margin + 110, margin + 260, margin + 350];
  return [
    '<g class="legend">',
    dot('median', medianX, y),
    text('quiet', medianX + 14, y + 4, 'median'),
    tick(p99X, y),
    text('quiet', p99X + 12, y + 4, '99th percentile'),
    dot('worst', worstX, y),
    text('quiet', worstX + 14, y + 4, 'worst'),
    line('range', lineX, y, lineX + 30, y),
    text('quiet', lineX + 40, y + 4, 'from the median to the worst'),
    text('quiet end', width - margin, y + 4, 'logarithmic scale'),
    '</g>',
  ];
}

/** Labelled above and below: with all its rows the chart is higher than most windows. */
function axis(layout: Layout): string[] {
  const { plotLeft, noneX, plotTop, plotBottom, longestMs } = layout;
  const [above, below] = [plotTop - 10, plotBottom + 20];
  const shown = ticks.filter(({ atMs }) => atMs <= longestMs);
  return [
    '<g class="axis">',
    `<rect class="none" x="${plotLeft}" y="${plotTop}" width="${noneWidth}" height="${plotBottom - plotTop}"/>`,
    ...[above, below].map((y) => text('quiet middle', noneX, y, 'none')),
    ...shown.flatMap(({ atMs, label }) => {
      const x = xOf(atMs, layout);
      return [
        line('grid', x, plotTop, x, plotBottom),
        ...[above, below].map((y) => text('quiet middle', x, y, label)),
      ];
    }),
    text('quiet end', width - margin, above, 'worst'),
    '</g>',
  ];
}

function drawRow(row: OutageRow, nth: number, layout: Layout): string[] {
  const { plotLeft, plotTop } = layout;
  const y = plotTop + (nth + 0.5) * rowHeight;
  const medianX = xOf(row.medianMs, layout);
  const worstX = xOf(row.worstMs, layout);
  return [
    '<g class="row">',
    `<title>${escapeXml(sentence(row))}</title>`,
    line('guide', plotLeft, y, plotRight, y),
    text('ink end', plotLeft - 12, y + 4, inWords(row.kind)),
    line('range', medianX, y, worstX, y),
    // The median last and smallest: where marks meet, all are still to be seen.
    dot('worst', worstX, y),
    tick(xOf(row.p99Ms, layout), y),
    dot('median', medianX, y),
    text('ink end', width - margin, y + 4, formatDuration(row.worstMs)),
    '</g>',
  ];
}

function sentence({ kind, schedules, offline, medianMs, p99Ms, worstMs, worstSeed }: OutageRow): string {
  if (offline === 0) return `${inWords(kind)}: no outage in any of ${schedules} schedules`;
  const [median, p99, worst] = [medianMs, p99Ms, worstMs].map((ms) =>
    ms === 0 ? 'none' : formatDuration(ms),
  );
  return `${inWords(kind)}: an outage in ${offline} of ${schedules} schedules; median ${median}, 99th percentile ${p99}, worst ${worst} (seed ${worstSeed})`;
}

function text(classes: string, x: number, y: number, content: string): string {
  return `<text class="${classes}" x="${x}" y="${y}">${escapeXml(content)}</text>`;
}

function line(name: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function dot(name: 'median' | 'worst', x: number, y: number): string {
  return `<circle class="${name}" cx="${x}" cy="${y}" r="${name === 'median' ? 3.5 : 5.5}"/>`;
}

function tick(x: number, y: number): string {
  return line('p99', x, y - 8, x, y + 8);
}

type Palette = Readonly<
  Record<'paper' | 'ink' | 'quiet' | 'grid' | 'guide' | 'none' | 'mark' | 'tail', string>
>;

const light: Palette = {
  paper: '#ffffff',
  ink: '#1f2328',
  quiet: '#59636e',
  grid: '#d1d9e0',
  guide: '#eff2f5',
  none: '#eff2f5',
  mark: '#0969da',
  tail: '#bc4c00',
};

const dark: Palette = {
  paper: '#0d1117',
  ink: '#f0f6fc',
  quiet: '#9198a1',
  grid: '#3d444d',
  guide: '#1c2129',
  none: '#1c2129',
  mark: '#4493f8',
  tail: '#f0883e',
};

/**
 * The paper is opaque: GitHub shows an SVG as an image, whose media query follows the browser and not the theme that was
 * chosen on the site. Plain colours and no CSS variables, which some renderers outside of browsers draw black.
 */
function styleSheet(): string {
  return `text { font: 13px system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; font-variant-numeric: tabular-nums; }
.title { font-size: 18px; font-weight: 600; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.range, .p99, .worst { stroke-width: 2; }
${colours(light)}
@media (prefers-color-scheme: dark) {
${colours(dark)}
}`;
}

function colours({ paper, ink, quiet, grid, guide, none, mark, tail }: Palette): string {
  return `.paper { fill: ${paper}; stroke: ${grid}; }
.title, .ink { fill: ${ink}; }
.quiet { fill: ${quiet}; }
.grid { stroke: ${grid}; }
.guide { stroke: ${guide}; }
.none { fill: ${none}; }
.range { stroke: ${mark}; }
.median { fill: ${mark}; }
.p99 { stroke: ${tail}; }
.worst { fill: ${paper}; stroke: ${tail}; }`;
}

/** SVG breaks no lines. A word that is longer than a line keeps a line of its own. */
function wrap(content: string, longest: number): string[] {
  return wrapAnsi(content, longest).split('\n');
}

function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function rounded(coordinate: number): number {
  return Math.round(coordinate * 10) / 10;
}

import { describe, expect, it } from 'vitest';
import { drawOutages } from '../../../simulation/report/outage-chart.ts';
import type { OutageRow } from '../../../simulation/report/outage-statistics.ts';

const texts = { title: 'Outages', subtitle: 'Of one fault each' };

const row = (changes: Partial<OutageRow>): OutageRow => ({
  kind: 'host-lost',
  schedules: 500,
  offline: 400,
  medianMs: 30_000,
  p99Ms: 90_000,
  worstMs: 200_000,
  worstSeed: 17,
  ...changes,
});

const manyRows = Array.from({ length: 45 }, (_, nth) =>
  row({ kind: `fault-number-${nth}`, medianMs: nth * 900, p99Ms: nth * 5_000, worstMs: nth * 30_000 }),
);

/** The elements left open, and the first end tag that closed another: none of either in well-formed XML. */
function misnested(xml: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = '', closed] of xml.matchAll(/<(\/?)([a-z]+)(?:\s[\w:-]+="[^"<]*")*(\/?)>/g)) {
    if (slash === '') open.push(...(closed === '' ? [name] : []));
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

/** What is left of the text once its tags and references are taken out. */
const bare = (xml: string) =>
  xml.replaceAll(/<\/?[a-z]+(?:\s[\w:-]+="[^"<]*")*\/?>/g, '').replaceAll(/&(?:amp|lt|gt|quot);/g, '');

const rowsOf = (svg: string) => svg.split('<g class="row">').slice(1);
const numbers = (svg: string, pattern: RegExp) =>
  [...svg.matchAll(pattern)].map(([, value]) => Number(value));
const labels = (svg: string) =>
  [...svg.matchAll(/<text class="quiet middle"[^>]*>([^<]*)</g)].map(([, label]) => label);

function marks(changes: Partial<OutageRow>) {
  const [drawn = ''] = rowsOf(drawOutages([row(changes)], texts));
  const [medianX = Number.NaN] = numbers(drawn, /class="median" cx="([\d.]+)"/g);
  const [p99X = Number.NaN] = numbers(drawn, /class="p99" x1="([\d.]+)"/g);
  const [worstX = Number.NaN] = numbers(drawn, /class="worst" cx="([\d.]+)"/g);
  return { medianX, p99X, worstX };
}

describe('drawOutages', () => {
  it.each([
    ['no row', []],
    ['one row', [row({})]],
    ['45 rows', manyRows],
    ['names with marks of XML', [row({ kind: '</text><script>&"' })]],
  ])('is well-formed XML with %s', (_, rows) => {
    const svg = drawOutages(rows, texts);

    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="960" /);
    expect(misnested(svg)).toEqual([]);
    expect(bare(svg)).not.toMatch(/[<>&]/);
  });

  it('escapes every text that it is given', () => {
    const svg = drawOutages([row({ kind: 'a<b' })], { title: 'Ends & "means"', subtitle: '1 > 0' });

    expect(svg).toContain('<title id="outages-title">Ends &amp; &quot;means&quot;</title>');
    expect(svg).toContain('>1 &gt; 0</text>');
    expect(svg).toContain('>a&lt;b</text>');
  });

  it('draws the same for the same rows, with short coordinates', () => {
    const svg = drawOutages(manyRows, texts);

    expect(drawOutages(structuredClone(manyRows), { ...texts })).toBe(svg);
    expect(svg).not.toMatch(/="\d+\.\d{2,}"/);
  });

  it('loads nothing and runs nothing', () => {
    expect(drawOutages(manyRows, texts)).not.toMatch(/href|url\(|@import|@font-face|<script|\bon\w+=/);
  });

  it('says in words what it shows', () => {
    const svg = drawOutages([row({}), row({ kind: 'pause', offline: 0, worstMs: 0 })], texts);
    const [, description] = /<desc [^>]*>([^<]*)<\/desc>/.exec(svg) ?? [];

    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="outages-title outages-description"/);
    expect(description?.split('\n')).toEqual([
      'Of one fault each',
      'host lost: an outage in 400 of 500 schedules; median 30 s, 99th percentile 1 min 30 s, worst 3 min 20 s (seed 17)',
      'pause: no outage in any of 500 schedules',
    ]);
  });

  it('has its own paper, in light and in dark', () => {
    const [lightRules = '', darkRules = ''] = drawOutages([], texts).split(
      '@media (prefers-color-scheme: dark)',
    );

    expect(lightRules).toContain('.paper { fill: #ffffff;');
    expect(darkRules).toContain('.paper { fill: #0d1117;');
  });

  it('sets no type smaller than 12 px', () => {
    const sizes = numbers(drawOutages(manyRows, texts), /font(?:-size)?: (\d+)px/g);

    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
  });

  it('gives each row its place, its name in words and its worst', () => {
    const drawn = rowsOf(drawOutages(manyRows, texts));
    const places = drawn.flatMap((one) => numbers(one, /class="median" cx="[\d.]+" cy="([\d.]+)"/g));

    expect(drawn).toHaveLength(45);
    expect(drawn[7]).toContain('>fault number 7</text>');
    expect(drawn[7]).toContain('>3 min 30 s</text>');
    expect(places).toEqual(places.map((_, nth) => (places[0] ?? 0) + nth * 22));
  });

  it('puts a longer outage further right, from 0.1 s to days', () => {
    const xs = [0, 100, 101, 1_000, 59_000, 1_800_000, 7_200_000, 90_000_000].map(
      (medianMs) => marks({ medianMs, worstMs: 100_000_000 }).medianX,
    );

    expect(xs).toEqual([...new Set(xs)].toSorted((a, b) => a - b));
  });

  it('makes every tenfold time the same step', () => {
    const [a = 0, b = 0, c = 0] = [1_000, 10_000, 100_000].map((medianMs) => marks({ medianMs }).medianX);

    expect(b - a).toBeCloseTo(c - b, 0);
  });

  it('puts what is shorter than 0.1 s in the column of none', () => {
    const { medianX, p99X, worstX } = marks({ medianMs: 0, p99Ms: 99, worstMs: 100 });

    expect(medianX).toBe(p99X);
    expect(worstX).toBeGreaterThan(p99X + 11);
  });

  it('reaches to half an hour, and further only where an outage does', () => {
    const upTo = (worstMs: number) => [...new Set(labels(drawOutages([row({ worstMs })], texts)))];

    expect(upTo(200_000)).toEqual(['none', '0.1 s', '1 s', '10 s', '1 min', '10 min']);
    expect(upTo(3_600_000).at(-1)).toBe('1 h');
    expect(upTo(40_000_000).at(-1)).toBe('10 h');
    expect(marks({ worstMs: 3_600_000 }).worstX).toBe(marks({ worstMs: 1_800_000 }).worstX);
  });

  it('breaks a long subtitle into lines, and moves the rows down for it', () => {
    const short = drawOutages([row({})], texts);
    const long = drawOutages([row({})], { ...texts, subtitle: 'words in a row '.repeat(20).trim() });
    const [shortHeight = 0] = numbers(short, /^<svg [^>]*height="(\d+)"/g);
    const [longHeight = 0] = numbers(long, /^<svg [^>]*height="(\d+)"/g);

    expect(longHeight - shortHeight).toBe(2 * 18);
    for (const [, content = ''] of long.matchAll(/<text[^>]*>([^<]*)</g)) {
      expect(content.length).toBeLessThanOrEqual(116);
    }
  });
});

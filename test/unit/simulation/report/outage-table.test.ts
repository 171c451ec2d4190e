import { describe, expect, it } from 'vitest';
import type { OutageRow } from '../../../simulation/report/outage-statistics.ts';
import { formatDuration, renderMarkdownTable } from '../../../simulation/report/outage-table.ts';

const row = (changes: Partial<OutageRow>): OutageRow => ({
  kind: 'host-lost',
  schedules: 500,
  offline: 500,
  medianMs: 46_000,
  p99Ms: 125_000,
  worstMs: 4_200_000,
  worstSeed: 1,
  ...changes,
});

const withAnOutage = (changes: Partial<OutageRow>) =>
  renderMarkdownTable([row(changes)])
    .split('\n')[2]
    ?.split('|')[3]
    ?.trim();

describe('formatDuration', () => {
  it.each([
    [0, '—'],
    [1, '< 0.1 s'],
    [99, '< 0.1 s'],
    [100, '0.1 s'],
    [400, '0.4 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [46_000, '46 s'],
    [59_499, '59 s'],
    [59_500, '1 min 00 s'],
    [125_000, '2 min 05 s'],
    [3_599_500, '1 h 00 min'],
    [4_200_000, '1 h 10 min'],
  ])('%i ms: %s', (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });
});

describe('renderMarkdownTable', () => {
  it('aligns the columns and keeps the order of the rows', () => {
    const harmless = row({ kind: 'pause', offline: 0, medianMs: 0, p99Ms: 0, worstMs: 0 });

    expect(renderMarkdownTable([row({ schedules: 1_500 }), harmless])).toBe(
      [
        '| fault, simulated | schedules | with an outage | median |       99th |      worst |',
        '| ---------------- | --------: | -------------: | -----: | ---------: | ---------: |',
        '| host lost        |     1,500 |      500 (33%) |   46 s | 2 min 05 s | 1 h 10 min |',
        '| pause            |       500 |         0 (0%) |      — |          — |          — |',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [0, '0 (0%)'],
    [1, '1 (<1%)'],
    [5, '5 (1%)'],
    [250, '250 (50%)'],
    [499, '499 (>99%)'],
    [500, '500 (100%)'],
  ])('shows %i of 500 as %s: nearly none is not none, nearly all not all', (offline, shown) => {
    expect(withAnOutage({ offline })).toBe(shown);
  });

  it('lets no name break out of its cell', () => {
    const [, , line = ''] = renderMarkdownTable([row({ kind: 'a|b' })]).split('\n');

    expect(line.split(/(?<!\\)\|/)).toHaveLength(8);
  });

  it('is a head without rows where nothing was played', () => {
    expect(renderMarkdownTable([]).trimEnd().split('\n')).toHaveLength(2);
  });
});

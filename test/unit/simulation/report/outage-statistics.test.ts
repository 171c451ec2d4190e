import { describe, expect, it } from 'vitest';
import { summarise } from '../../../simulation/report/outage-statistics.ts';

const samplesOf = (kind: string, outages: readonly number[]) =>
  outages.map((outageMs, seed) => ({ kind, seed, outageMs }));

describe('summarise', () => {
  it('takes percentiles by nearest rank, however the samples are ordered', () => {
    const oneToHundred = Array.from({ length: 100 }, (_, nth) => nth + 1);
    const expected = [{ kind: 'a', schedules: 100, offline: 100, medianMs: 50, p99Ms: 99, worstMs: 100 }];

    expect(summarise(samplesOf('a', oneToHundred))).toMatchObject(expected);
    expect(summarise(samplesOf('a', oneToHundred.toReversed()))).toMatchObject(expected);
  });

  it.each([
    [[7], 7, 7],
    [[1, 2], 1, 2],
    [[3, 1, 2], 2, 3],
    [[...Array<number>(100).fill(0), 9], 0, 0],
    [[...Array<number>(98).fill(0), 8, 9], 0, 8],
  ])('case %#', (outages, medianMs, p99Ms) => {
    expect(summarise(samplesOf('a', outages))).toMatchObject([{ medianMs, p99Ms }]);
  });

  it('counts a fault that harmed nobody as 0', () => {
    expect(summarise(samplesOf('a', [0, 0, 0, 40]))).toEqual([
      { kind: 'a', schedules: 4, offline: 1, medianMs: 0, p99Ms: 40, worstMs: 40, worstSeed: 3 },
    ]);
  });

  it('is all zero where no fault harmed anybody', () => {
    expect(summarise(samplesOf('a', [0, 0]))).toMatchObject([
      { schedules: 2, offline: 0, medianMs: 0, p99Ms: 0, worstMs: 0 },
    ]);
  });

  it('keeps the kinds apart, in the order in which they first appear', () => {
    const mixed = [...samplesOf('z', [5]), ...samplesOf('a', [1]), ...samplesOf('z', [6])];

    expect(summarise(mixed).map(({ kind, schedules }) => [kind, schedules])).toEqual([
      ['z', 2],
      ['a', 1],
    ]);
  });

  it('makes no row of nothing', () => {
    expect(summarise([])).toEqual([]);
  });

  it.each([1, 2, 3, 10, 99, 100, 101, 700])(
    'of %i samples: each percentile is one of them, has its share at or below it, and none is above the worst',
    (size) => {
      const outages = Array.from({ length: size }, (_, nth) => (nth * 7919) % 1009);
      const [row] = summarise(samplesOf('a', outages));
      const atOrBelow = (limitMs = -1) => outages.filter((ms) => ms <= limitMs).length / size;

      expect(outages).toContain(row?.medianMs);
      expect(outages).toContain(row?.p99Ms);
      expect(atOrBelow(row?.medianMs)).toBeGreaterThanOrEqual(0.5);
      expect(atOrBelow(row?.p99Ms)).toBeGreaterThanOrEqual(0.99);
      expect(atOrBelow(row?.worstMs)).toBe(1);
      expect(outages[row?.worstSeed ?? -1]).toBe(row?.worstMs);
    },
  );
});

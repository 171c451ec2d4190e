import { describe, expect, it } from 'vitest';
import { billedHours, hoursOf, lastDays, lastMonth } from '../../../../cli/cost/period.ts';

const at = (text: string) => Date.parse(text);

describe('the last calendar month', () => {
  it.each([
    ['2026-11-23T03:00:00Z', 'October 2026', 744],
    ['2027-01-01T00:00:00Z', 'December 2026', 744],
    ['2028-03-31T23:59:59Z', 'February 2028', 696],
  ])('before %s is %s', (now, label, hours) => {
    const period = lastMonth(at(now));
    expect([period.label, hoursOf(period)]).toEqual([label, hours]);
  });
});

describe('the last days', () => {
  it('end with yesterday', () => {
    const period = lastDays(at('2026-11-23T03:00:00Z'), 30);
    expect(period).toEqual({
      startMs: at('2026-10-24T00:00:00Z'),
      endMs: at('2026-11-23T00:00:00Z'),
      label: '2026-10-24 to 2026-11-22',
    });
    expect(lastDays(at('2026-11-23T03:00:00Z'), 1).label).toBe('2026-11-22');
  });
});

describe('billed hours', () => {
  const october = lastMonth(at('2026-11-23T03:00:00Z'));

  it.each([
    ['all of it', '2020-01-01T00:00:00Z', undefined, 744],
    ['from the creation on, a part as a whole', '2026-10-31T22:30:00Z', undefined, 2],
    ['until the deletion', '2020-01-01T00:00:00Z', '2026-10-01T00:00:01Z', 1],
    ['none before', '2020-01-01T00:00:00Z', '2026-09-30T00:00:00Z', 0],
    ['none after', '2026-11-01T00:00:00Z', undefined, 0],
  ])('%s', (_, created, deleted, hours) => {
    expect(billedHours(october, at(created), deleted === undefined ? undefined : at(deleted))).toBe(hours);
  });
});

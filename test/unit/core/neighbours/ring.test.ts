import { describe, expect, it } from 'vitest';
import { lookedAfterBy, whoLooksAfter } from '../../../../shared/core/neighbours/ring.ts';
import { zoneName } from '../a-snapshot.ts';

const ringOf = (names: string) => [...names].map((name) => ({ name: zoneName(name) }));

describe('the ring of zones', () => {
  it.each([
    ['ab', 'a', 'b', 'b'],
    ['ab', 'b', 'a', 'a'],
    ['abc', 'a', 'c', 'b'],
    ['abc', 'b', 'a', 'c'],
    ['abc', 'c', 'b', 'a'],
    ['cab', 'c', 'b', 'a'],
  ])('in %s, %s looks after %s and is looked after by %s', (names, zone, lookedAfter, by) => {
    expect(lookedAfterBy(zoneName(zone), ringOf(names))?.name).toBe(lookedAfter);
    expect(whoLooksAfter(zoneName(zone), ringOf(names))?.name).toBe(by);
  });

  it.each(['a', ''])('has nobody beside a zone in %j', (names) => {
    expect(lookedAfterBy(zoneName('a'), ringOf(names))).toBeUndefined();
    expect(whoLooksAfter(zoneName('a'), ringOf(names))).toBeUndefined();
  });

  it('knows no zone that is not in it', () => {
    expect(whoLooksAfter(zoneName('d'), ringOf('abc'))).toBeUndefined();
  });

  it.each([2, 3, 4, 5, 6])('has each of %i zones looked after by exactly one other', (count) => {
    const ring = ringOf('abcdef'.slice(0, count));
    const watched = ring.map(({ name }) => lookedAfterBy(name, ring)?.name);

    expect(new Set(watched).size).toBe(count);
    expect(watched.every((name, index) => name !== ring[index]?.name)).toBe(true);
  });
});

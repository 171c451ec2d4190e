import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../../../shared/core/model/observed.ts';
import { lookedAfterBy, ringIn, ringOf, whoLooksAfter } from '../../../../shared/core/neighbours/ring.ts';
import { id, settledScene, someSettings, zoneName } from '../a-snapshot.ts';

const named = (names: string) => [...names].map((name) => ({ name: zoneName(name) }));

describe('the ring of zones', () => {
  it.each([
    ['ab', 'a', 'b', 'b'],
    ['ab', 'b', 'a', 'a'],
    ['abc', 'a', 'c', 'b'],
    ['abc', 'b', 'a', 'c'],
    ['abc', 'c', 'b', 'a'],
    ['cab', 'c', 'b', 'a'],
  ])('in %s, %s looks after %s and is looked after by %s', (names, zone, lookedAfter, by) => {
    expect(lookedAfterBy(zoneName(zone), named(names))?.name).toBe(lookedAfter);
    expect(whoLooksAfter(zoneName(zone), named(names))?.name).toBe(by);
  });

  it.each(['a', ''])('has nobody beside a zone in %j', (names) => {
    expect(lookedAfterBy(zoneName('a'), named(names))).toBeUndefined();
    expect(whoLooksAfter(zoneName('a'), named(names))).toBeUndefined();
  });

  it('knows no zone that is not in it', () => {
    expect(whoLooksAfter(zoneName('d'), named('abc'))).toBeUndefined();
  });

  it.each([2, 3, 4, 5, 6])('has each of %i zones looked after by exactly one other', (count) => {
    const ring = named('abcdef'.slice(0, count));
    const watched = ring.map(({ name }) => lookedAfterBy(name, ring)?.name);

    expect(new Set(watched).size).toBe(count);
    expect(watched.every((name, index) => name !== ring[index]?.name)).toBe(true);
  });
});

/** Each zone's Availability Zone by a digit: "112" are zones a and b in one, and c in another. */
function orderOf(places: string): string {
  const zones = named('abcdef'.slice(0, places.length));
  return ringOf(zones, ({ name }) => placeOf(name, places))
    .map(({ name }) => name)
    .join('');
}

function placeOf(name: string, places: string): string | undefined {
  const place = places['abcdef'.indexOf(name)];
  return place === '?' ? undefined : place;
}

/** Everything that up to six zones can be spread over. */
function everySpread(): string[] {
  const spreads = (count: number): string[] =>
    count === 0
      ? ['']
      : spreads(count - 1).flatMap((spread) =>
          [...'123456'].slice(0, new Set(spread).size + 1).map((place) => spread + place),
        );
  return [1, 2, 3, 4, 5, 6].flatMap(spreads);
}

describe('the order of the ring', () => {
  it.each([
    ['123', 'abc'],
    ['111', 'abc'],
    ['1212', 'abcd'],
    ['1122', 'acbd'],
    ['112', 'abc'],
    ['1123', 'acbd'],
    ['11123', 'adbec'],
    ['112233', 'adbecf'],
    ['111222', 'adbecf'],
    ['1112', 'abcd'],
    ['11??', 'acbd'],
  ])('with zones spread as %s is %s', (places, order) => {
    expect(orderOf(places)).toBe(order);
  });

  it('takes no zone together with the one that looks after it, where one Availability Zone is lost that has no more than half of them', () => {
    const lostTogether = everySpread().flatMap((places) => {
      const ring = named(orderOf(places));
      const sizes = [...new Set(places)].map((place) => places.split(place).length - 1);
      if (ring.length < 2 || Math.max(...sizes) > ring.length / 2) return [];
      return ring.flatMap(({ name }) => {
        const other = whoLooksAfter(name, ring)?.name ?? name;
        return placeOf(name, places) === placeOf(other, places) ? [`${places}: ${name} and ${other}`] : [];
      });
    });

    expect(lostTogether).toEqual([]);
  });

  it('has as many of one Availability Zone looked after from outside as there are zones outside, where it has more than half', () => {
    for (const places of everySpread().filter((spread) => spread.length > 1)) {
      const ring = named(orderOf(places));
      const largest = Math.max(...[...new Set(places)].map((place) => places.split(place).length - 1));
      const apart = ring.filter(
        ({ name }) => placeOf(name, places) !== placeOf(whoLooksAfter(name, ring)?.name ?? name, places),
      );

      expect([places, apart.length]).toEqual([places, Math.min(ring.length, 2 * (ring.length - largest))]);
    }
  });

  it('has every zone once', () => {
    const orders = everySpread().map((places) => [...orderOf(places)].toSorted().join(''));

    expect(orders).toEqual(everySpread().map(({ length }) => 'abcdef'.slice(0, length)));
  });

  it('is by where the public subnets are, and that of the settings while those are not read', () => {
    const [a, b] = someSettings().zones;
    if (a === undefined || b === undefined) throw new Error('two zones are needed');
    const lane = { ...a, name: zoneName('c'), publicSubnetId: id('subnet', 'a1') };
    const subnets = settledScene.subnets;
    const order = (seen: Parameters<typeof ringIn>[1]) =>
      ringIn([a, lane, b, { ...b, name: zoneName('d'), publicSubnetId: id('subnet', 'b1') }], seen).map(
        ({ name }) => name,
      );

    expect(order(known({ items: subnets, flaws: [] }))).toEqual(['a', 'b', 'c', 'd']);
    expect(order(unknown('failed', 'later'))).toEqual(['a', 'c', 'b', 'd']);
  });
});

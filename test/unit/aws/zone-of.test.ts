import { describe, expect, it } from 'vitest';
import { zoneOf } from '../../../shared/aws/zone-of.ts';
import { id, someSettings } from '../core/a-snapshot.ts';

const { zones } = someSettings();
const [inA, elsewhere] = [id('subnet', 'a0'), id('subnet', 'f0')];

describe('the zone of what bears our tag', () => {
  it.each<[string, string | undefined, string | undefined, string | undefined]>([
    ['is its subnet’s', 'a', inA, 'a'],
    ['is its subnet’s where the tag is gone', undefined, inA, 'a'],
    ['is its subnet’s where the tag names another', 'b', inA, 'a'],
    ['is its tag’s where the subnet is no zone’s any more', 'b', elsewhere, 'b'],
    ['is its tag’s where it has ended, and is nowhere', 'b', undefined, 'b'],
    ['is one that the settings do not name any more', 'z', elsewhere, 'z'],
    ['is none where neither tells', undefined, elsewhere, undefined],
  ])('%s', (_what, tag, subnetId, zone) => {
    expect(zoneOf(tag, subnetId, zones)).toBe(zone);
  });

  it('is its tag’s where two zones share a public subnet', () => {
    const shared = zones.map((zone) => ({ ...zone, publicSubnetId: inA }));

    expect(zoneOf('b', inA, shared)).toBe('b');
  });

  it('is a standby’s by its tag alone, also where the settings have none any more', () => {
    expect(zoneOf('standby', inA, zones)).toBe('standby');
  });
});

import { describe, expect, it } from 'vitest';
import { median, renderBoots, shareOf, type Timed } from '../../vm/emulated/boots-table.ts';

const row = (name: string, times: readonly number[], goal?: number): Timed => ({
  name,
  boots: times.map((firstPacketS) => ({
    firstPacketS,
    milestones: { rules: firstPacketS - 0.5 },
    wallS: 90,
  })),
  ...(goal !== undefined && { goal }),
});

describe('the table of boots', () => {
  it('takes the middle of an odd number, and between the two in the middle of an even one', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('compares medians with the first row', () => {
    const rows = [row('before', [50, 40, 60]), row('now', [20, 19.5, 90], 0.5)];

    expect(rows.map((one) => shareOf(one, rows))).toEqual([1, 0.4]);
    const lines = renderBoots(rows).split('\n');
    expect(lines[0]).toMatch(
      /first packet, median of 3 +\| all of them +\| of the first row \| goal \| rules/,
    );
    expect(lines[2]).toMatch(/^\| before +\| 50\.0 +\| 40\.00 to 60\.00 \| 1\.00 +\| +\| 49\.5 +\|$/);
    expect(lines[3]).toMatch(/^\| now +\| 20\.0 +\| 19\.50 to 90\.00 \| 0\.40 +\| 0\.5 +\| 19\.5 +\|$/);
  });
});

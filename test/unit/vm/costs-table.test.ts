import { describe, expect, it } from 'vitest';
import { renderCosts } from '../../vm/emulated/costs-table.ts';

describe('the table of what a packet takes', () => {
  it('compares round by round with plain forwarding and with one rule', () => {
    const lines = renderCosts([
      { name: 'plain', known: [10, 20, 30], first: [10, 10, 10] },
      { name: 'one rule', known: [20, 20, 20], first: [20, 20, 20] },
      { name: 'ours', known: [5, 30, 15], first: [30, 30, 10] },
    ]).split('\n');

    expect(lines[0]).toMatch(/known connection, µs +\| of plain \| of one rule \| first packet, µs/);
    expect(lines[2]).toMatch(/^\| plain +\| 20\.0 \(10\.0 to 30\.0\) +\| 1\.00 +\| 1\.00 .* \| 0\.50 +\|$/);
    expect(lines[4]).toMatch(
      /^\| ours +\| 15\.0 \(5\.0 to 30\.0\) +\| 0\.50 +\| 0\.75 +\| 30\.0 \(10\.0 to 30\.0\) +\| 1\.50 +\|$/,
    );
  });
});

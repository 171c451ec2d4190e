import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../simulation/format-duration.ts';
import { drawOutages } from '../../simulation/outage-chart.ts';
import { summarise } from '../../simulation/outage-statistics.ts';
import { renderMarkdownTable } from '../../simulation/outage-table.ts';

const sample = (outageMs: number, kind = 'instance-terminated', seed = outageMs) => ({
  kind,
  seed,
  outageMs,
});

describe('outage figures', () => {
  it('are nearest-rank percentiles over all schedules of a kind, harmless ones too', () => {
    const samples = Array.from({ length: 200 }, (_, nth) => sample(nth < 120 ? 0 : nth));

    expect(summarise(samples)).toEqual([
      {
        kind: 'instance-terminated',
        schedules: 200,
        offline: 80,
        medianMs: 0,
        p99Ms: 197,
        worstMs: 199,
        worstSeed: 199,
      },
    ]);
  });

  it('of one sample are that sample, of none are none, and kinds keep their order', () => {
    const rows = summarise([sample(7, 'b'), sample(9, 'a')]);

    expect(rows.map(({ kind, medianMs, p99Ms, worstMs }) => [kind, medianMs, p99Ms, worstMs])).toEqual([
      ['b', 7, 7, 7],
      ['a', 9, 9, 9],
    ]);
    expect(summarise([])).toEqual([]);
  });

  it.each([
    [0, '0.0 s'],
    [440, '0.4 s'],
    [45_600, '46 s'],
    [125_000, '2 min 05 s'],
    [3_600_000 + 600_000, '1 h 10 min'],
    [59_700, '1 min 00 s'],
    [3_599_800, '1 h 00 min'],
  ])('%i ms read as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('are a table in Markdown, with a dash where nobody was offline', () => {
    const table = renderMarkdownTable(summarise([sample(0, 'pause'), sample(61_000, 'host-lost')]));

    expect(table.split('\n')).toHaveLength(5);
    expect(table).toMatch(/\| pause +\| +1 \| +0 % \| +— \| +— \| +— \|/);
    expect(table).toMatch(/\| host lost +\| +1 \| +100 % \| 1 min 01 s \|/);
  });

  it('are drawn: one row for each kind, the same picture for the same figures', () => {
    const rows = summarise([sample(0, 'pause'), sample(61_000, 'host-lost'), sample(400, 'a<b')]);
    const chart = drawOutages(rows, { title: 'Outages & more', subtitle: 'x' });

    expect(chart).toBe(drawOutages(rows, { title: 'Outages & more', subtitle: 'x' }));
    expect(chart).toContain('Outages &amp; more');
    expect(chart).toContain('a&lt;b');
    expect(chart.match(/class="row"/g)).toHaveLength(3);
    expect((chart.match(/<[a-z]/g) ?? []).length).toBe((chart.match(/<\/|\/>/g) ?? []).length);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RowOutcome, renderBrief, renderTable } from '../../lab/table/render.ts';
import { countsOf } from '../../lab/table/traffic.ts';
import { putBetweenMarks } from '../../lab/table/write-table.ts';

const basis = { connections: 1_000, pace: 'an instance forwards after 25 s', load: 0.25 };

const played = (setup: string, seen: readonly string[]): RowOutcome => ({
  kind: 'played',
  figures: {
    setup,
    event: 'hang',
    says: 'hangs',
    must: '5 s',
    publicIp: '203.0.113.7',
    movedAfterMs: 30_000,
    requests: { sent: 700, lost: 3, longestStallMs: 1_240, seen },
    connections: [
      { name: 'sends', total: 400, survivors: 400, longestStallMs: 1_000, ends: {} },
      { name: 'listens', total: 500, survivors: 12, longestStallMs: 0, ends: {} },
      { name: 'listens, keep-alive', total: 100, survivors: 100, longestStallMs: 0, ends: {} },
    ],
  },
});

describe('the table of the lab', () => {
  it('says what was lost, what went on and whom the server saw, by setup', () => {
    const text = renderTable([played('one', ['203.0.113.7'])], basis);

    expect(text).toContain('One zone');
    expect(text).not.toContain('Two zones');
    const row = text.split('\n').find((line) => line.startsWith('| hangs'));
    expect(row?.split('|').map((cell) => cell.trim())).toEqual([
      '',
      'hangs',
      '3 of 700',
      '1.2 s',
      '5 s',
      '400 of 400',
      '12 of 500',
      '100 of 100',
      'the same',
      '',
    ]);
  });

  it('says which other address the server saw, and where it saw none', () => {
    const text = renderTable([played('one', ['203.0.113.7', '198.51.100.9']), played('two', [])], basis);

    expect(text).toContain('203.0.113.7, then 198.51.100.9');
    expect(text).toContain('nothing came through');
    expect(text).not.toContain('| the same');
  });

  it('says of an event that was not played to its end why', () => {
    const text = renderTable(
      [{ kind: 'failed', setup: 'one', says: 'hangs', why: 'not within 600 s' }],
      basis,
    );

    expect(text).toContain('did not come to its end: not within 600 s');
  });

  it('has a short form: one zone, and a neighbour that stands in', () => {
    const text = renderBrief([
      played('one', ['203.0.113.7']),
      played('two', ['203.0.113.7']),
      played('neighbour', ['198.51.100.9']),
    ]);

    const [, , ...rows] = text.trim().split('\n');
    expect(rows.map((row) => row.split('|').map((cell) => cell.trim()))).toEqual([
      ['', 'hangs', '1.2 s, 3 lost, 512 of 1000 go on', '1.2 s, 3 lost, 512 of 1000 go on, 198.51.100.9', ''],
    ]);
  });

  it.each(['README.md', 'docs/reliability.md'])(
    'has its place in %s, and takes no more than that',
    (name) => {
      const page = readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
      const written = putBetweenMarks(page, 'the table\n', name);

      expect(written.match(/^the table$/gm)).toHaveLength(1);
      expect(putBetweenMarks(written, 'the table\n', name)).toBe(written);
      expect(written.endsWith(page.split('<!-- /lab -->')[1] ?? 'nothing')).toBe(true);
      expect(() => putBetweenMarks('no marks', 'the table', name)).toThrow(`${name} has no part between`);
    },
  );

  it('holds as many connections as it says, of every kind', () => {
    const counts = Object.values(countsOf(1_000));

    expect(2 * counts.reduce((sum, count) => sum + count)).toBe(1_000);
    expect(Math.min(...Object.values(countsOf(2)))).toBe(1);
  });
});

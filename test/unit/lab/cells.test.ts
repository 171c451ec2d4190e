import { describe, expect, it } from 'vitest';
import { allCells, type Cell, cellsOf, nameOf } from '../../lab/connections/cells.ts';
import { figuresOf } from '../../lab/connections/figures.ts';
import { judge } from '../../lab/connections/goals.ts';
import { connectionsOf, heldInAll, heldInPairs } from '../../lab/connections/mix.ts';
import { type CellOutcome, inOneLine, renderCells } from '../../lab/connections/render.ts';
import type { HeldOutcome } from '../../lab/programs/held-protocol.ts';

const cells = allCells();
const clients = (count: number) => Array.from({ length: count }, (_, index) => `10.0.100.${11 + index}`);

describe('the experiments of the table of connections', () => {
  it('are every combination, each under a name of its own', () => {
    expect(cells).toHaveLength(2 * (3 * 4 * 2 * 2 + 3 * 2));
    expect(new Set(cells.map(nameOf)).size).toBe(cells.length);
    expect(cells.map(nameOf)).toContain('copy/all/27s/40/clients');
  });

  it('are chosen by words of their names, all of one and one of several', () => {
    expect(cellsOf(cells, [])).toHaveLength(cells.length);
    expect(cellsOf(cells, ['new,senders,27s', 'copy/all/2s/4/open']).map(nameOf)).toEqual([
      'new/senders/27s/4/open',
      'new/senders/27s/4/clients',
      'new/senders/27s/4/instances',
      'new/senders/27s/40/open',
      'new/senders/27s/40/clients',
      'copy/all/2s/4/open',
    ]);
  });

  it.each([4, 40])('hold as many connections of each of %i clients, some in pairs with one port', (count) => {
    const held = connectionsOf(clients(count), (_, isPaired) => (isPaired ? 5_000 : 9_000));
    const portsOf = (client: string) => held.filter((one) => one.client === client).map(({ port }) => port);
    const timesUsed = Map.groupBy(held, ({ port }) => port);

    expect(held).toHaveLength(heldInAll);
    for (const client of clients(count)) {
      expect(portsOf(client)).toHaveLength(heldInAll / count);
      expect(new Set(portsOf(client)).size).toBe(heldInAll / count);
    }
    const pairs = [...timesUsed.values()].filter(({ length }) => length > 1);
    expect(pairs.flat()).toHaveLength(heldInPairs);
    expect(pairs.every(({ length }) => length === 2)).toBe(true);
    expect(held.filter(({ graceMs }) => graceMs === 5_000)).toEqual(pairs.flat());
  });
});

const held = (changes: Partial<HeldOutcome>): HeldOutcome => ({
  kind: 'stream',
  client: '10.0.100.11',
  port: 33_000,
  seenPort: 33_000,
  goesOn: true,
  longestStallMs: 500,
  ...changes,
});

/** A hundred streams that nobody else has the port of, twenty downloads, which go on, and twenty of every other kind. */
const outcomesWith = (streams: number, others = 20) =>
  (['echo', 'upload', 'idle', 'long poll', 'download', 'stream'] as const).flatMap((kind, nth) =>
    Array.from({ length: kind === 'stream' ? 100 : 20 }, (_, index) => {
      const goesOn = kind === 'download' || index < (kind === 'stream' ? streams : others);
      const port = 34_000 + 100 * nth + index;
      return held({ kind, port, seenPort: port, goesOn, ...(!goesOn && { end: 'silent' }) });
    }),
  );

describe('what came of connections', () => {
  it('is told apart by what became of their port', () => {
    const figures = figuresOf([
      held({ longestStallMs: 700 }),
      held({ port: 33_001, seenPort: 33_001, goesOn: false, longestStallMs: 9_000, end: 'silent' }),
      held({ port: 33_002, seenPort: 33_002 }),
      held({ port: 33_002, seenPort: 1_234, client: '10.0.100.12', goesOn: false, end: 'ECONNRESET' }),
    ]);

    expect(figures.own.stream).toEqual({ total: 2, goOn: 1, longestStallMs: 700, ends: { silent: 1 } });
    expect(figures.own.echo.total).toBe(0);
    expect(figures.kept).toMatchObject({ total: 1, goOn: 1 });
    expect(figures.changed).toMatchObject({ total: 1, goOn: 0, ends: { ECONNRESET: 1 } });
  });

  const cell: Cell = { successor: 'new', keep: 'all', outageMs: 27_000, clients: 4, groups: 'open' };

  it.each([
    ['paged', cell, 99, 20, true],
    ['paged, one more lost', cell, 98, 20, false],
    ['paged, one that sends is lost', cell, 100, 19, false],
    ['paged after another outage', { ...cell, outageMs: 60_000 }, 0, 20, true],
    ['without paging', { ...cell, keep: 'senders' }, 0, 20, true],
    ['without paging, one that sends is lost', { ...cell, keep: 'senders' }, 100, 19, false],
    ['with a copy', { ...cell, successor: 'copy' }, 98, 20, true],
    ['with a copy, more lost', { ...cell, successor: 'copy' }, 97, 20, false],
  ] as const)('is what was to be reached, or not: %s', (_, where, streams, others, ok) => {
    expect(judge(where, figuresOf(outcomesWith(streams, others)))?.ok).toBe(ok);
  });
});

const played = (cell: Partial<Cell>, outcomes: readonly HeldOutcome[]): CellOutcome => ({
  kind: 'played',
  cell: { successor: 'new', keep: 'senders', outageMs: 2_000, clients: 4, groups: 'open', ...cell },
  figures: figuresOf(outcomes),
});

const rowsOf = (outcomes: readonly CellOutcome[]) =>
  renderCells(outcomes, { atOnce: 6, load: 0.5 })
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| carried'))
    .map((line) => line.split('|').map((text) => text.trim()))
    .slice(1);

describe('the table of connections', () => {
  it('has one row for experiments that came to the same, whoever the clients are', () => {
    const rows = rowsOf([
      played({}, outcomesWith(0)),
      played({ groups: 'clients' }, outcomesWith(0)),
      played({ clients: 40 }, outcomesWith(0)),
      played({ clients: 40, groups: 'clients' }, outcomesWith(0)),
      played({ outageMs: 5_000 }, outcomesWith(100)),
      played({ outageMs: 5_000, groups: 'clients' }, outcomesWith(50)),
    ]);

    expect(rows.map((row) => row.slice(1, 6))).toEqual([
      ['a new instance', 'senders', '2 s', '4, 40', 'none; clients'],
      ['a new instance', 'senders', '5 s', '4', 'none'],
      ['a new instance', 'senders', '5 s', '4', 'clients'],
    ]);
    expect(rows.map((row) => row[10])).toEqual(['none', 'all, 0.5 s', '50 of 100, 0.5 s']);
  });

  it('keeps apart what is all in one and not in the other', () => {
    const rows = rowsOf([
      played({}, outcomesWith(100)),
      played({ groups: 'clients' }, outcomesWith(0)),
      played({ clients: 40 }, outcomesWith(100)),
      played({ clients: 40, groups: 'clients' }, outcomesWith(0)),
    ]);

    expect(rows.map((row) => row.slice(4, 6))).toEqual([
      ['4, 40', 'none'],
      ['4, 40', 'clients'],
    ]);
  });

  it('says what was missed, and what was not played to its end', () => {
    const failed: CellOutcome = {
      kind: 'failed',
      cell: { successor: 'copy', keep: 'all', outageMs: 2_000, clients: 4, groups: 'open' },
      why: 'no copy',
    };
    const missed = played({ successor: 'copy' }, outcomesWith(90));
    const [first, second] = rowsOf([missed, failed]);

    expect(first?.at(-2)).toBe('missed: 99 % of all (95 %)');
    expect(second?.[6]).toBe('did not come to its end: no copy');
    expect(second).toHaveLength(first?.length ?? 0);
    expect(inOneLine(failed)).toBe('copy/all/2s/4/open: did not come to its end: no copy');
    expect(inOneLine(missed)).toContain('copy/senders/2s/4/open: echo all, 0.5 s');
  });
});

import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../lab/options.ts';

const known = {
  scenarios: ['healing', 'ring'],
  rows: ['one/hang', 'two/hang'],
  cells: ['new/senders/2s/4/open', 'copy/senders/27s/40/clients'],
};

describe('the command line of the lab', () => {
  it('plays all scenarios unless some are named, and in CI the quick way', () => {
    expect(parseCommandLine([], known, false)).toMatchObject({
      kind: 'run',
      options: { scenarios: [], quick: false, connections: 200 },
    });
    expect(parseCommandLine(['--scenario', 'ring'], known, true)).toMatchObject({
      kind: 'run',
      options: { scenarios: ['ring'], quick: true },
    });
  });

  it('plays the table at the real pace, in CI too, with a thousand connections', () => {
    expect(parseCommandLine(['--table', '--row', 'one/hang', '--json'], known, true)).toMatchObject({
      kind: 'table',
      options: { rows: ['one/hang'], quick: false, connections: 1_000, json: true, write: false },
    });
  });

  it('plays what becomes of connections, in all experiments or in some, several at once', () => {
    expect(parseCommandLine(['--survivors', '--write'], known, true)).toMatchObject({
      kind: 'survivors',
      options: { only: [], atOnce: 6, write: true, json: false },
    });
    expect(parseCommandLine(['--survivors', '--only', 'copy,27s', '--json'], known, false)).toMatchObject({
      kind: 'survivors',
      options: { only: ['copy,27s'], json: true, write: false },
    });
    expect(parseCommandLine(['--survivors', '--cell', 'new/senders/2s/4/open'], known, false)).toMatchObject({
      kind: 'cell',
      name: 'new/senders/2s/4/open',
    });
  });

  it.each([
    [['--scenario', 'hang'], 'there is no scenario "hang": healing, ring'],
    [['--quick', '--full'], '--quick and --full exclude each other'],
    [['--write'], '--row and --write go with --table'],
    [['--table', '--row', 'hang'], 'there is no row "hang": one/hang, two/hang'],
    [['--table', '--scenario', 'ring'], '--table goes with neither --scenario nor --full'],
    [['--table', '--full'], '--table goes with neither --scenario nor --full'],
    [
      ['--table', '--write', '--row', 'one/hang'],
      '--write takes the whole table, at the real pace: neither --quick nor --row',
    ],
    [['--survivors', '--only', 'copy,2s'], 'no cell is "copy,2s": they are named like new/senders/2s/4/open'],
    [['--survivors', '--cell', 'new'], 'there is no cell "new": they are named like new/senders/2s/4/open'],
    [['--survivors', '--write', '--only', 'copy'], '--write takes the whole table: without --only'],
    [['--survivors', '--at-once', '99'], '--at-once is "99": a whole number from 1 to 12'],
    [
      ['--survivors', '--quick'],
      '--survivors goes with --only, --at-once, --cell, --json, --write and --nat-files alone',
    ],
    [['--only', 'copy'], '--only, --at-once and --cell go with --survivors'],
    [['--connections', 'many'], '--connections is "many": a whole number from 1 to 5000'],
  ])('%j is wrong', (args, message) => {
    expect(parseCommandLine(args, known, false)).toEqual({ kind: 'wrong', message });
  });
});

import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../lab/options.ts';

const known = { scenarios: ['healing', 'ring'], rows: ['one/hang', 'two/hang'] };

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
    [['--connections', 'many'], '--connections is "many": a whole number from 1 to 5000'],
  ])('%j is wrong', (args, message) => {
    expect(parseCommandLine(args, known, false)).toEqual({ kind: 'wrong', message });
  });
});

import { describe, expect, it } from 'vitest';
import { parseCommandLine, usage } from '../../vm/options.ts';

const names = ['plain', 'reboot'];

describe('the command line of test:vm', () => {
  it('plays all cases unless some are named', () => {
    expect(parseCommandLine([], names)).toEqual({ kind: 'play', names: [], json: false });
    expect(parseCommandLine(['--case', 'reboot', '--json'], names)).toEqual({
      kind: 'play',
      names: ['reboot'],
      json: true,
    });
  });

  it('makes the image alone', () => {
    expect(parseCommandLine(['--image'], names)).toEqual({ kind: 'image' });
  });

  it.each([
    [['--case', 'other'], 'there is no case "other": plain, reboot'],
    [['--fast'], "Unknown option '--fast'"],
    [['plain'], 'Unexpected argument'],
  ])('refuses %j', (args, message) => {
    expect(parseCommandLine(args, names)).toEqual({
      kind: 'wrong',
      message: expect.stringContaining(message),
    });
  });

  it('tells every case', () => {
    expect(usage([{ name: 'plain', about: 'the defaults' }])).toContain('  plain        the defaults\n');
  });
});

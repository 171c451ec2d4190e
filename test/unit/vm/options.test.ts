import { describe, expect, it } from 'vitest';
import { parseCommandLine, usage } from '../../vm/options.ts';

const named = (name: string) => ({ name, about: `about ${name}` });
const known = { containers: [named('plain'), named('reboot')], machines: [named('kernel')] };

describe('the command line of test:vm', () => {
  it('plays all cases in containers unless some are named', () => {
    const play = { kind: 'play', isEmulated: false, json: false };
    expect(parseCommandLine([], known)).toEqual({ ...play, names: [] });
    expect(parseCommandLine(['--case', 'reboot', '--json'], known)).toEqual({
      ...play,
      names: ['reboot'],
      json: true,
    });
  });

  it('plays in emulated machines, times boots there, or makes an image alone', () => {
    expect(parseCommandLine(['--qemu', '--case', 'kernel'], known)).toMatchObject({
      kind: 'play',
      isEmulated: true,
      names: ['kernel'],
    });
    expect(parseCommandLine(['--qemu', '--boots', '5', '--write'], known)).toEqual({
      kind: 'boots',
      isEmulated: true,
      boots: 5,
      json: false,
      write: true,
    });
    expect(parseCommandLine(['--qemu', '--cost', '5'], known)).toEqual({
      kind: 'cost',
      isEmulated: true,
      rounds: 5,
      json: false,
      write: false,
    });
    expect(parseCommandLine(['--image', '--qemu'], known)).toEqual({ kind: 'image', isEmulated: true });
  });

  it.each([
    [['--case', 'kernel'], 'there is no case "kernel": plain, reboot'],
    [['--case', 'plain', '--qemu'], 'there is no case "plain" with --qemu: kernel'],
    [['--boots', '5'], '--boots goes with --qemu'],
    [['--boots', '0', '--qemu'], '--boots is "0": a whole number from 1 to 20'],
    [['--boots', '5', '--qemu', '--case', 'kernel'], '--boots goes without --case'],
    [['--cost', '5'], '--cost goes with --qemu'],
    [['--cost', 'all', '--qemu'], '--cost is "all": a whole number from 1 to 20'],
    [['--cost', '5', '--boots', '5', '--qemu'], '--boots goes without --cost'],
    [['--write'], '--write goes with --boots or --cost'],
    [['--fast'], "unknown option '--fast'"],
    [['plain'], 'unexpected argument'],
  ])('refuses %j', (args, message) => {
    expect(parseCommandLine(args, known)).toEqual({
      kind: 'wrong',
      message: expect.stringContaining(message),
    });
  });

  it('tells every case', () => {
    expect(usage(known)).toContain('  plain        about plain\n');
    expect(usage(known)).toContain('  kernel       about kernel\n');
  });
});

import { describe, expect, it } from 'vitest';
import { CommandLineError, parseOptions, wholeNumber } from '../../../scripts/command-line.ts';
import { mistyped } from '../../../shared/mistyped.ts';

const options = { runs: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

describe('the options of a script', () => {
  it('are as Node.js reads them', () => {
    expect(parseOptions({ args: ['--runs', '3'], options }).values).toEqual({ runs: '3', json: false });
  });

  it.each([
    [['--no-such-option'], "unknown option '--no-such-option'"],
    [['--runs'], "option '--runs <value>' argument missing"],
    [['--runs', '--json'], "option '--runs' argument is ambiguous"],
    [['--json=no'], "option '--json' does not take an argument"],
    [['twice'], "unexpected argument 'twice'"],
  ])('refuse %j with one short sentence', (args, says) => {
    const reading = () => parseOptions({ args, options });

    expect(reading).toThrow(CommandLineError);
    expect(reading).toThrow(new RegExp(`^${says}$`));
  });

  it('leave a mistake of ours as it is', () => {
    const wrong: string = 'number';

    expect(() => parseOptions({ args: [], options: { runs: { type: wrong as 'string' } } })).toThrow(
      TypeError,
    );
  });
});

describe('a whole number', () => {
  it.each([
    ['15', 15],
    ['040', 40],
  ])('is read from %s', (text, value) => {
    expect(wholeNumber('--runs', text, 15, 40)).toBe(value);
  });

  it.each(['14', '41', '', 'many', '1e1', '-20', '20.5', '0x14'])('is not %j', (text) => {
    expect(() => wholeNumber('--runs', text, 15, 40)).toThrow(
      `--runs is "${text}": a whole number from 15 to 40`,
    );
  });
});

describe('what was mistyped', () => {
  it.each([
    ["error: unknown option '--x'\n(Did you mean --y?)\n", "unknown option '--x' (Did you mean --y?)"],
    ['--out goes with one function.', '--out goes with one function'],
  ])('is said in one line: %j', (problem, sentence) => {
    expect(mistyped('build', problem, 'npm run build -- --help')).toBe(
      `build: ${sentence}; see "npm run build -- --help"\n`,
    );
  });
});

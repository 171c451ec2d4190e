import { describe, expect, it } from 'vitest';
import { Problems } from '../../../shared/config/problems.ts';
import {
  oneOf,
  optional,
  type Reader,
  text,
  vpcId,
  wholeNumber,
  zeroIsNone,
} from '../../../shared/config/readers.ts';

function read<T>(reader: Reader<T>, raw: string) {
  const problems = new Problems();
  const value = reader.read(raw, 'X', problems);
  return problems.found.length === 0 ? value : problems.found;
}

describe('a text', () => {
  it('matches its pattern, or is told what is expected', () => {
    expect(read(text(/^[a-z]+$/, 'letters'), 'abc')).toBe('abc');
    expect(read(text(/^[a-z]+$/, 'letters'), 'a1')).toEqual(['X: expected letters, got "a1"']);
  });
});

describe('a whole number', () => {
  const seconds = wholeNumber(120, 3600, 1_000);

  it('is within its limits, in the units of the setting', () => {
    expect(['120', '3600'].map((raw) => read(seconds, raw))).toEqual([120_000, 3_600_000]);
    expect(seconds.range).toEqual({ min: 120, max: 3600, unit: 1_000 });
  });

  it.each(['119', '3601', '120.5', '+120', ' 120', '0x80', '2e2', '-120', '', '1200000000000'])(
    'is not "%s"',
    (raw) =>
      expect(read(seconds, raw)).toEqual([expect.stringMatching(/a whole number from 120 to 3600, got/)]),
  );

  it('of 0 is none where 0 stands for no limit', () => {
    expect(read(zeroIsNone(wholeNumber(0, 365)), '0')).toBeUndefined();
    expect(read(zeroIsNone(wholeNumber(0, 365)), '30')).toBe(30);
    expect(read(zeroIsNone(wholeNumber(0, 365)), '366')).toHaveLength(1);
  });
});

describe('one of several words', () => {
  it('is one of them, or is told which there are', () => {
    expect(read(oneOf(['web', 'all']), 'all')).toBe('all');
    expect(read(oneOf(['web', 'all']), 'none')).toEqual(['X: expected web, all, got "none"']);
  });
});

describe('an optional value', () => {
  it('is absent where nothing is given, and read like any other where something is', () => {
    const word = optional(oneOf(['web', 'all']));

    expect(read(word, '')).toBeUndefined();
    expect(read(word, 'web')).toBe('web');
    expect(read(word, 'none')).toHaveLength(1);
  });
});

describe('an id', () => {
  it('has the shape of its kind', () => {
    expect(read(vpcId, 'vpc-00000001')).toBe('vpc-00000001');
    expect(read(vpcId, 'subnet-00000001')).toEqual(['X: expected vpc-…, got "subnet-00000001"']);
  });
});

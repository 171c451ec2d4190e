import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../../shared/core/model/quote.ts';

/**
 * What a terminal obeys, or a reader does not see. Named here one by one: the source has it from Unicode's categories, and
 * the same pattern in the test would have the same mistake.
 */
const obeyed: readonly (readonly [from: number, to: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x890, 0x891],
  [0x8e2, 0x8e2],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0x110bd, 0x110bd],
  [0x110cd, 0x110cd],
  [0x13430, 0x1343f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
];
const anyObeyed = fc
  .constantFrom(...obeyed)
  .chain(([from, to]) => fc.integer({ min: from, max: to }))
  .map((codePoint) => String.fromCodePoint(codePoint));
/** Half of a pair, which no encoding can write. */
const anyHalf = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));
const harmless = fc.constantFrom('a', 'Z', '0', ' ', '"', '\\', '-', '„', 'é', '東', '😀');
const isObeyed = (character: string) => {
  const code = character.codePointAt(0) ?? 0;
  const isHalf = character.length === 1 && code >= 0xd800 && code <= 0xdfff;
  return isHalf || obeyed.some(([from, to]) => code >= from && code <= to);
};
const escapeOf = (character: string) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

const anyText = fc
  .array(fc.oneof({ weight: 4, arbitrary: harmless }, anyObeyed, anyHalf), { maxLength: 80, size: 'max' })
  .map((characters) => characters.join(''));

describe('a text from outside', () => {
  it('is left as it is where it is harmless', () => {
    expect(quote('Zone „a“: i-0123 → eni-4567, 東京')).toBe('Zone „a“: i-0123 → eni-4567, 東京');
  });

  it('cannot clear, colour or turn a terminal', () => {
    expect(quote('\u001b[2Jgone\r\n\u202etxt\u009b')).toBe('\\u001b[2Jgone\\u000d\\u000a\\u202etxt\\u009b');
  });

  it('is cut to a sane length, which is said', () => {
    expect(quote('x'.repeat(1_000_000))).toBe(`${'x'.repeat(500)}… (1000000 characters)`);
    expect(quote('x'.repeat(500))).toBe('x'.repeat(500));
  });

  it('shows what is obeyed or invisible by its number, and all else as it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = [...text].map((character) => (isObeyed(character) ? escapeOf(character) : character));
        expect(quote(text)).toBe(shown.join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('is cut wherever that falls, and shows no half of a pair', () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 90 }), (text, maxLength) => {
        const shown = quote(text, maxLength);
        expect([...shown].filter(isObeyed)).toEqual([]);
        if (text.length > maxLength) {
          const marked = `… (${text.length} characters)`;
          expect(shown).toBe(`${quote(text.slice(0, maxLength), maxLength)}${marked}`);
        } else {
          expect(shown).toBe(quote(text, text.length));
        }
      }),
      { numRuns: 300 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../../../shared/core/model/quote.ts';

/**
 * Half of them from the first blocks, where most of what terminals obey is. fast-check's own strings of any character
 * tabulate all of them first.
 */
const codePoint = fc.oneof(fc.nat({ max: 0x10ffff }), fc.nat({ max: 0x20ff }));

describe('a text from outside', () => {
  it('is left as it is where it is harmless', () => {
    expect(quote('Zone „a“: i-0123 → eni-4567, 東京')).toBe('Zone „a“: i-0123 → eni-4567, 東京');
  });

  it('cannot clear, colour or turn a terminal', () => {
    expect(quote('\u001b[2Jgone\r\n\u202etxt\u009b')).toBe('\\u001b[2Jgone\\u000d\\u000a\\u202etxt\\u009b');
  });

  it('is cut to a sane length, which is said', () => {
    expect(quote('x'.repeat(1_000_000))).toBe(`${'x'.repeat(500)}… (1000000 characters)`);
  });

  it('whatever it is, has no control character and at most a few thousand characters', () => {
    fc.assert(
      // Some longer than the 500 characters that are shown, which is all that more length would try.
      fc.property(fc.array(codePoint, { maxLength: 700, size: 'max' }), (codePoints) => {
        const shown = quote(String.fromCodePoint(...codePoints));
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(shown.length).toBeLessThan(3_100);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import type { BootWord } from '../../../../shared/core/model/boot-word.ts';
import { id, judge, snapshotOf } from '../a-snapshot.ts';

/** The words that there are have their table in boot-word.test.ts. */
describe('a word of a boot that is not known', () => {
  it('is a mistake of ours, and never trust', () => {
    const odd = { kind: 'odd' } as unknown as BootWord;
    const snapshot = { ...snapshotOf(), bootWords: new Map([[id('instance', 'a1'), odd]]) };

    expect(() => judge(snapshot)).toThrow(InvariantViolation);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { invariantNames, noAddressIsLost } from '../../../simulation/checker/invariants.ts';
import type { Picture } from '../../../simulation/checker/picture.ts';
import { formerMistakes } from '../../../simulation/mutants/former-mistakes.ts';
import { changesOf, mutants } from '../../../simulation/mutants/mutants.ts';

/** They are killed by `npm run test:simulation -- --mutants`; here only that they are still what they say. */
describe('the mutants', () => {
  it.each(
    [...mutants, ...formerMistakes].flatMap((mutant) =>
      changesOf(mutant).map((change) => ({ ...change, name: mutant.name })),
    ),
  )('$name changes something that is there once', ({ file, find, replace }) => {
    const source = readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8');

    expect(source.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('break every invariant, but for those that no call of ours could break', () => {
    // What random schedules hardly ever break is broken in one that is kept.
    const broken = new Set([...mutants, ...formerMistakes].flatMap(({ killedBy }) => killedBy));
    const unbroken = ['no-address-is-lost'];

    expect(invariantNames.filter((name) => !broken.has(name))).toEqual(unbroken);
  });

  it('leave the release of an Elastic IP to a picture of it', () => {
    const empty = new Map<string, never>();
    const picture = {
      instances: empty,
      interfaces: empty,
      addresses: empty,
      routeTables: empty,
      rest: empty,
    };
    const address = { id: 'eipalloc-1', publicIp: '203.0.113.1', tags: {} };
    const before = { ...picture, addresses: new Map([[address.id, address]]) };
    const check = (after: Picture) => noAddressIsLost({ before, after });

    expect(check({ ...picture, addresses: new Map() })).toBe('eipalloc-1 was released');
    expect(check(before)).toBeUndefined();
  });
});

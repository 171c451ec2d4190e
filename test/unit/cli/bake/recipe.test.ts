import { describe, expect, it } from 'vitest';
import { readBakeWord, tailOf } from '../../../../cli/bake/bake-word.ts';
import { builderScript } from '../../../../cli/bake/builder-script.ts';
import { imageName, makeRecipe, ownSelector, tagsOf } from '../../../../cli/bake/recipe.ts';
import { userDataLimitBytes } from '../../../../infra/user-data.ts';
import { parseImageChoice } from '../../../../shared/config/parse-image-choice.ts';
import { id } from '../../core/a-snapshot.ts';

const base = { id: id('image', 'ba5e'), name: 'al2023-…', selector: 'al2023', rootDeviceName: '/dev/xvda' };
const recipeOf = (over: object = {}, script = 'echo @HASH@') =>
  makeRecipe({ stack: 'prod', architecture: 'arm64', base, ...over }, script);
const at = Date.UTC(2026, 10, 27, 20, 15, 9);

/** EC2's wildcards in a filter. */
function matches(selector: string, name: string): boolean {
  const pattern = selector.slice(selector.indexOf(':') + 1);
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name);
}

describe('the hash', () => {
  it('is of base, architecture and script, and not of the stack: the same goes into the image', () => {
    const { hash } = recipeOf();

    expect(recipeOf({ stack: 'other' }).hash).toBe(hash);
    expect(recipeOf({ base: { ...base, id: id('image', 'ba5f') } }).hash).not.toBe(hash);
    expect(recipeOf({ architecture: 'x86_64' }).hash).not.toBe(hash);
    expect(recipeOf({}, 'echo @HASH@ more').hash).not.toBe(hash);
  });

  it('is what the builder says when it is done', () => {
    const { hash, userData } = recipeOf({}, builderScript());

    expect(userData).toContain(`say "complete ${hash}"`);
    expect(readBakeWord(`…\r\nphoenat bake: complete ${hash}\r\n[  90.1] reboot: Power down`)).toEqual({
      kind: 'complete',
      hash,
    });
  });
});

describe('the names of images', () => {
  const stacks = ['prod', 'prod-eu', 'p', 'x'.repeat(128), `${'x'.repeat(127)}y`];

  it.each(stacks)('are matched by the selector of their own stack, and of no other: %s', (stack) => {
    const name = imageName(stack, 'arm64', at);

    expect(stacks.filter((other) => matches(ownSelector(other), name))).toEqual([stack]);
  });

  it.each(stacks)('are such as EC2 and AmiSelector take: %s', (stack) => {
    expect(imageName(stack, 'x86_64', at)).toMatch(/^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/);
    expect(parseImageChoice(ownSelector(stack))).toMatchObject({ kind: 'custom', owner: 'self' });
  });

  it('tell when and for what', () => {
    expect(imageName('prod', 'arm64', at)).toBe('phoenat/prod/20261127T201509Z-arm64');
  });
});

describe('the tags', () => {
  it('are none that the controller takes for its own', () => {
    expect(tagsOf(recipeOf()).map(({ Key }) => Key)).not.toContain('phoenat:stack');
  });

  it('leave out a selector that is too long for a tag', () => {
    const selector = `self:${'x'.repeat(256)}`;

    expect(tagsOf(recipeOf({ base: { ...base, selector } })).map(({ Key }) => Key)).not.toContain(
      'phoenat:bake-selector',
    );
  });
});

describe('what a builder is given', () => {
  it('fits into the user data', () => {
    const bytes = Buffer.byteLength(recipeOf({}, builderScript()).userData);

    expect(bytes).toBeLessThan(userDataLimitBytes);
    expect(builderScript()).not.toContain('@FILES@');
  });
});

describe('what a builder says', () => {
  it.each([
    ['', { kind: 'unknown', why: 'its console is empty' }],
    ['[    0.0] Linux', { kind: 'silent' }],
    ['phoenat bake: failed: no \u001b[31mroute\r\nmore', { kind: 'failed', why: 'no  [31mroute' }],
    ['phoenat bake: failed: x\nphoenat bake: complete abc\n', { kind: 'complete', hash: 'abc' }],
    ['phoenat bake: complete abc\nphoenat bake: failed: x', { kind: 'failed', why: 'x' }],
  ])('%j', (output, word) => {
    expect(readBakeWord(output)).toEqual(word);
  });

  it('is quoted line by line, without what a terminal would obey', () => {
    expect(tailOf('a\r\n\r\n\u001b]0;gotcha\u0007b\r\nc', 2)).toEqual([']0;gotcha b', 'c']);
  });
});

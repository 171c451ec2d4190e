import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { packedLinks } from '../../../../scripts/release/packed-links.ts';
import { terraformModule } from '../../../../scripts/release/terraform-module.ts';

const root = join(import.meta.dirname, '../../../..');

function targetsOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

describe('a link of a packed README', () => {
  const packed = (text: string) => packedLinks(text, 'deploy/cdk', ['dist/index.js', 'variables.tf']);

  it.each([
    ['[docs/migrating.md](../../docs/migrating.md)', '`docs/migrating.md` in the source'],
    ['[a table](../../docs/sizing.md#how-many) of it', 'a table, `docs/sizing.md` in the source of it'],
    ['[`lib/options.ts`](lib/options.ts)', '`deploy/cdk/lib/options.ts` in the source'],
  ])('%s that leads out of the package becomes a name', (link, name) => {
    expect(packed(link)).toBe(name);
  });

  it.each([
    '[below](#what-is-tested)',
    '[`variables.tf`](variables.tf)',
    '[as built](./dist/index.js#L1)',
    '[AWS](https://aws.amazon.com/)',
  ])('%s stays', (link) => {
    expect(packed(link)).toBe(link);
  });
});

describe('the packed Terraform module', () => {
  it('has a README whose links lead to files in it', () => {
    const files = unzipSync(Buffer.from(terraformModule(root, '0.0.0', []).content));
    const targets = targetsOf(new TextDecoder().decode(files['README.md']));

    expect(targets).toContain('variables.tf');
    expect(targets.filter((target) => !target.startsWith('#') && !(target in files))).toEqual([]);
  });
});

describe('the README of the CDK package', () => {
  it('has no link left that leads out of it', () => {
    const text = readFileSync(join(root, 'deploy/cdk/README.md'), 'utf8');

    expect(targetsOf(text)).toContain('../../docs/migrating.md');
    expect(targetsOf(packedLinks(text, 'deploy/cdk', []))).toEqual(['#what-is-tested']);
  });
});

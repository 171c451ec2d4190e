import { resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { besideSource } from '../../../../scripts/release/beside-source.ts';
import { commandPackage } from '../../../../scripts/release/command-package.ts';

const root = resolve(import.meta.dirname, '../../../..');
const text = (content: Uint8Array | string | undefined) =>
  new TextDecoder().decode(Buffer.from(content ?? ''));

describe("the command's package", async () => {
  const files = new Map((await commandPackage(root)).map(({ name, content }) => [name, text(content)]));

  it('is made from our package.json, in a scope, and private', () => {
    const {
      name,
      private: isPrivate,
      bin,
      engines,
      dependencies,
    } = JSON.parse(files.get('package.json') ?? '');

    expect({ name, isPrivate, bin, engines, dependencies }).toEqual({
      name: '@phoenat/cli',
      isPrivate: true,
      bin: { phoenat: 'dist/phoenat.js' },
      engines: { node: '>=22' },
      dependencies: undefined,
    });
  });

  it('holds JavaScript, what that reads, and no source', () => {
    expect([...files.keys()].filter((name) => !/^dist\/[\w-]+\.js$/.test(name)).toSorted()).toEqual([
      'LICENSE',
      'NOTICES',
      'README.md',
      'infra/own-image/build.sh',
      'infra/own-image/first.sh',
      'infra/own-image/phoenat-first.service',
      'package.json',
    ]);
  });

  it('names the licence of every package that is in it', () => {
    const notices = files.get('NOTICES') ?? '';

    expect(notices).toMatch(/^commander \S+ \(MIT\)$/m);
    expect(notices).toMatch(/^@aws-sdk\/client-ec2 \S+ \(Apache-2\.0\)$/m);
    expect(notices).toContain('Copyright (c) 2011 TJ Holowaychuk');
  });

  it('cannot be made where a source reads files that nobody has named', async () => {
    const making = build({
      absWorkingDir: root,
      entryPoints: ['cli/bake/builder-script.ts'],
      plugins: [besideSource(root, {})],
      bundle: true,
      platform: 'node',
      write: false,
      logLevel: 'silent',
    });

    await expect(making).rejects.toThrow('cli/bake/builder-script.ts reads files');
  });
});

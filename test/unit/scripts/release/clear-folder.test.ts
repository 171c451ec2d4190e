import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearFolder } from '../../../../scripts/release/clear-folder.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phoenat-release-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('clearFolder', () => {
  it('makes the folder where there is none', async () => {
    await clearFolder(join(folder, 'dist/release'));

    expect(readdirSync(folder, { recursive: true })).toEqual(['dist', 'dist/release']);
  });

  it('removes an earlier release', async () => {
    const names = ['phoenat.template.yaml', 'phoenat-0.0.9-probe-abc.zip', 'phoenat-cli-0.0.9.tgz'];
    for (const name of [...names, 'SHA256SUMS', 'CHANGELOG.md']) writeFileSync(join(folder, name), '');

    await clearFolder(folder);

    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes nothing where anything else lies there, such as in a checkout', async () => {
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, 'SHA256SUMS'), '');

    await expect(clearFolder(folder)).rejects.toThrow('has .git in it, which is of no release');
    expect(readdirSync(folder)).toEqual(['.git', 'SHA256SUMS']);
  });
});

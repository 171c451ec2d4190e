import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearFolder, makeFolder } from '../../../scripts/folder.ts';

const ours = /\.zip$|^SHA256SUMS$/;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phoenat-release-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('clearFolder', () => {
  it('makes the folder where there is none', async () => {
    await clearFolder(join(folder, 'dist/release'), ours);

    expect(readdirSync(folder, { recursive: true })).toEqual(['dist', 'dist/release']);
  });

  it('removes what an earlier time has left', async () => {
    for (const name of ['phoenat-0.0.9-probe-abc.zip', 'SHA256SUMS']) writeFileSync(join(folder, name), '');

    await clearFolder(folder, ours);

    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes nothing where anything else lies there, such as in a checkout', async () => {
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, 'SHA256SUMS'), '');

    await expect(clearFolder(folder, ours)).rejects.toThrow('has .git in it, which was not made here');
    expect(readdirSync(folder)).toEqual(['.git', 'SHA256SUMS']);
  });
});

describe('makeFolder', () => {
  it.each([
    ['/proc/phoenat', /^\/proc\/phoenat cannot be written to: [\w ,-]+$/],
    ['/proc/phoenat/release', /^\/proc\/phoenat\/release cannot be written to: /],
    ['package.json', /^package\.json cannot be written to: it is a file, not a folder$/],
    ['package.json/release', /^package\.json\/release cannot be written to: \S+\/package\.json is a file/],
  ])('says in one sentence why there can be no %s', async (named, says) => {
    await expect(makeFolder(named)).rejects.toThrow(says);
  });
});

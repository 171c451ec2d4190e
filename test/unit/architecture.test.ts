import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const longestFile = 320;

function filesUnder(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap(([, name]) => name ?? []);
}

/** The code without its comments: they may speak of what the code must not do. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

describe('the core', () => {
  it.each(filesUnder('shared/core'))(
    '%s imports nothing from outside, and knows no clock, chance or I/O',
    (file) => {
      expect(importsOf(file).filter((name) => !/^\.{1,2}\/([a-z]+\/)?[\w-]+\.ts$/.test(name))).toEqual([]);
      expect(codeOf(file)).not.toMatch(
        /Date\.now|new Date\(\)|Math\.random|\bprocess\.|\basync\b|\bawait\b|\bfetch\(/,
      );
    },
  );
});

describe('what is deployed', () => {
  it.each(filesUnder('functions', 'shared', 'infra'))('%s imports no test, demo or script', (file) => {
    expect(importsOf(file).filter((name) => /\/(test|demo|scripts)\//.test(name))).toEqual([]);
  });
});

describe('every file', () => {
  it.each(filesUnder('functions', 'shared', 'infra', 'demo', 'scripts'))(
    `%s is at most ${longestFile} lines`,
    (file) => {
      expect(readFileSync(join(root, file), 'utf8').split('\n').length).toBeLessThanOrEqual(longestFile);
    },
  );
});

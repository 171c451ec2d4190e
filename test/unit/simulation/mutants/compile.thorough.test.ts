import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { formerMistakes } from '../../../simulation/mutants/former-mistakes.ts';
import { changesOf, type Mutant, mutants } from '../../../simulation/mutants/mutants.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
mkdirSync(join(root, 'dist'), { recursive: true });
const folder = mkdtempSync(join(root, 'dist/mutants-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The broken files alone, each mutant's in a folder of its own. Gives their paths. */
function write(mutant: Mutant): string[] {
  const sources = new Map<string, string>();
  for (const { file, find, replace } of changesOf(mutant)) {
    const source = sources.get(file) ?? readFileSync(join(root, file), 'utf8');
    sources.set(
      file,
      source.replace(find, () => replace),
    );
  }
  return [...sources].map(([file, source]) => {
    const path = join(folder, mutant.name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
    return path;
  });
}

/**
 * All of them are checked in one go: what a broken file imports from beside it is found, by `rootDirs`, in its own folder
 * or else in the repository. A name that nobody uses any more is no fault of a mutant.
 */
function complaints(all: readonly Mutant[]): string[] {
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDirs: [root, ...all.map(({ name }) => join(folder, name))],
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
    include: [],
    files: all.flatMap(write),
  };
  const project = join(folder, 'tsconfig.json');
  writeFileSync(project, JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
  });
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
}

/** One that does not compile dies of that, and says nothing about the invariants. */
describe('the mutants and former mistakes', () => {
  it('are valid TypeScript, each by itself', () => {
    expect(complaints([...mutants, ...formerMistakes])).toEqual([]);
  });

  it('are noticed where they are not', () => {
    const [mutant] = mutants;
    if (mutant === undefined) throw new Error('there are mutants');
    const nameless = { ...mutant, name: 'nameless', replace: `${mutant.replace} ClientToken: nobodyKnows,` };

    expect(complaints([nameless])).toEqual([
      expect.stringMatching(/^nameless\/.*: error TS2304: Cannot find name 'nobodyKnows'/),
    ]);
  });
});

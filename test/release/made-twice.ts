import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseFiles } from '../../scripts/release/make-release.ts';
import type { Story } from '../deploy/checklist.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { run } from './run.ts';

type Place = { readonly root: string; readonly directory: string };

/** What is not a source, and no part of what a release is made of. */
const notCopied = ['.git', '.venv', '.aws-sam', 'coverage', 'dist'];

/**
 * Makes a release here, and another one from a copy of the sources: in a folder whose name is no single word, in another
 * time zone and language, with other rights for new files. Gives the folder of the first.
 */
export async function madeTwice({ root, directory }: Place, story: Story): Promise<string> {
  const release = join(directory, 'release');
  const elsewhere = join(directory, "somebody's own clone");
  const other = join(directory, 'another release');
  await rm(elsewhere, { recursive: true, force: true });
  await mkdir(elsewhere, { recursive: true });
  for (const entry of (await readdir(root)).filter((name) => !notCopied.includes(name))) {
    // Hard links where npm's packages lie, which are hundreds of megabytes and are only read.
    if (entry === 'node_modules' || entry === 'deploy') {
      await run('cp', ['-al', join(root, entry), elsewhere], { cwd: root });
    } else {
      await cp(join(root, entry), join(elsewhere, entry), { recursive: true });
    }
  }
  const first = await run('npm', ['run', '--silent', 'release', '--', '--out', release], { cwd: root });
  const line = `umask 077; TZ=Pacific/Auckland LC_ALL=C npm run --silent release -- --out '${other}'`;
  const second = await run('bash', ['-c', line], { cwd: elsewhere });
  for (const { code, out, err } of [first, second]) {
    if (code !== 0) throw new SetUpError(`npm run release failed:\n${out}${err}`);
  }
  await rm(elsewhere, { recursive: true, force: true });
  await compare(release, other, story);
  const sums = await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: release });
  story.holds('sha256sum finds it whole', sums.code === 0, 'exit code 0', `${sums.out}${sums.err}`);
  const listed = (await readFile(join(release, 'SHA256SUMS'), 'utf8')).match(/\S+$/gm) ?? [];
  const names = await readdir(release);
  const files = names.filter((name) => name !== 'SHA256SUMS');
  story.is('SHA256SUMS lists every file, in the order of the names', listed, files.toSorted());
  story.is(
    'the next release may go where this one is',
    names.filter((name) => !releaseFiles.test(name)),
    [],
  );
  return release;
}

async function compare(release: string, other: string, story: Story): Promise<void> {
  const names = await readdir(release);
  story.is('both have the same files', await readdir(other), names);
  const differing: string[] = [];
  for (const name of names) {
    const [one, two] = await Promise.all([readFile(join(release, name)), readFile(join(other, name))]);
    if (!one.equals(two)) differing.push(name);
  }
  story.is('made in two places, they have the same bytes', differing, []);
}

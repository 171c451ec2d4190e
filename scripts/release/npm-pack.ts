import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Made } from './made.ts';

const execute = promisify(execFile);

/** A package's tarball, by `npm pack`, which sets the times: the same files give the same bytes. */
export async function npmPack(files: readonly Made[]): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), 'phoenat-pack-'));
  try {
    const source = join(folder, 'package');
    for (const { name, content } of files) {
      await mkdir(dirname(join(source, name)), { recursive: true });
      await writeFile(join(source, name), content);
      // npm packs the mode that a file has, which may come from the person's umask.
      await chmod(join(source, name), 0o644);
    }
    await npm(['pack', source, '--pack-destination', folder, '--ignore-scripts', '--offline'], folder);
    const [name] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
    if (name === undefined) throw new Error('npm pack has written no tarball');
    return { name, content: await readFile(join(folder, name)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By the npm that runs this, if one does; otherwise by that of the path. What it prints is shown where it fails. */
export async function npm(args: readonly string[], cwd: string): Promise<void> {
  const own = process.env['npm_execpath'];
  await (own === undefined ? execute('npm', [...args], { cwd }) : runNode([own, ...args], cwd));
}

export async function runNode(args: readonly string[], cwd: string): Promise<void> {
  try {
    await execute(process.execPath, [...args], { cwd });
  } catch (error) {
    const { stdout = '', stderr = '' }: { stdout?: string; stderr?: string } = Object(error);
    throw new Error(`${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

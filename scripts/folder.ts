import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandLineError } from './command-line.ts';

/**
 * Makes a folder that somebody has named, and those above it. One at a time: Node.js's own way ends never where a file system
 * says of a folder that is there that there is none, as /proc does.
 *
 * @throws CommandLineError in one sentence, where it cannot be made or nothing can be written into it
 */
export async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(folder); !(await isFolder(at, folder)); at = dirname(at)) missing.push(at);
  try {
    for (const path of missing.toReversed()) await mkdir(path);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new CommandLineError(`${folder} cannot be written to: ${reasonOf(error)}`, { cause: error });
  }
}

/** False where nothing is there. @throws CommandLineError where something else is. */
async function isFolder(path: string, named: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    const code = codeOf(error);
    // ENOTDIR: what lies in the way is above, and is come to.
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new CommandLineError(`${named} cannot be written to: ${reasonOf(error)}`, { cause: error });
  }
  const what = path === resolve(named) ? 'it' : path;
  throw new CommandLineError(`${named} cannot be written to: ${what} is a file, not a folder`);
}

/**
 * Makes a folder for what is made anew each time, without what `ours` says an earlier time has left there.
 *
 * @throws CommandLineError where anything else is in it: somebody has named a folder of theirs, such as a checkout or a home
 */
export async function clearFolder(folder: string, ours: RegExp): Promise<void> {
  await makeFolder(folder);
  const names = await readdir(folder);
  const other = names.find((name) => !ours.test(name));
  if (other !== undefined) {
    throw new CommandLineError(
      `${folder} has ${other} in it, which was not made here: nothing was removed or written; name another folder with --out`,
    );
  }
  for (const name of names) await rm(join(folder, name), { force: true });
}

/** Why something could not be written, in words. */
export function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOENT':
      return 'there is no such folder, and none can be made';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

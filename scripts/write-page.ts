import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CommandLineError } from './command-line.ts';
import { makeFolder, reasonOf } from './folder.ts';

/**
 * Writes a page that takes seconds to make to a file that somebody has named. What is there is theirs: it is replaced where
 * that is asked for, and not else.
 *
 * @throws CommandLineError in one sentence, before the page is made where that can be known
 */
export async function writePage(file: string, force: boolean, make: () => Promise<string>): Promise<string> {
  if (existsSync(file)) {
    if (statSync(file).isDirectory()) throw new CommandLineError(`${file} cannot be written: it is a folder`);
    if (!force) throw new CommandLineError(`${file} is there already; --force replaces it`);
  }
  await makeFolder(dirname(resolve(file)));
  const page = await make();
  try {
    await writeFile(file, page, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw new CommandLineError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
  return page;
}

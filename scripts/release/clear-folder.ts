import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Of an earlier release: what may go without a question. */
const ours = /^(?:phoenat\.template\.yaml|phoenat-.+\.(?:zip|tgz)|SHA256SUMS|CHANGELOG\.md)$/;

/**
 * Makes the folder, without what an earlier release left there.
 *
 * @throws Error where anything else is in it: somebody has named a folder of theirs, such as a checkout or a home
 */
export async function clearFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  const other = names.find((name) => !ours.test(name));
  if (other !== undefined) {
    throw new Error(
      `${folder} has ${other} in it, which is of no release: nothing was removed or written; name another folder with --out`,
    );
  }
  for (const name of names) await rm(join(folder, name));
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../lab/commands.ts';
import type { Image } from '../image.ts';
import { userDataOf } from '../launch.ts';
import { findOwnDisk } from './own-image.ts';

/** What boots: a version of the project on an image. */
export type Version = {
  readonly name: string;
  readonly userData: Buffer;
  readonly disk: string;
  /** Of the version before, at most so much; by the project's goals. */
  readonly goal?: number;
};

/** The last one whose instances forward only when cloud-init has come to its end and a package is installed. */
export const before = 'b1f40c7';

/** `folder`: an empty one to be, for what has to be made first. */
export async function versionsOn(image: Image, folder: string): Promise<Version[]> {
  const disk = join(image.folder, 'disk.qcow2');
  return [
    { name: `stock image, ${before}`, userData: await userDataAt(before, image), disk },
    { name: 'stock image', userData: userDataOf({}), disk, goal: 0.5 },
    {
      name: "image of one's own",
      userData: userDataOf({}),
      disk: await findOwnDisk(image, folder),
      goal: 0.4,
    },
  ];
}

/** The user data of an older version, by its own code. */
async function userDataAt(commit: string, image: Image): Promise<Buffer> {
  const root = join(import.meta.dirname, '../../..');
  const there = join(image.folder, `phoenat-${commit}`);
  if (!existsSync(there)) {
    const archive = spawnSync('git', ['-C', root, 'archive', commit, 'infra', 'shared'], { maxBuffer: 1e9 });
    if (archive.status !== 0) {
      throw new Error(`commit ${commit} is not in this clone: git fetch --unshallow`);
    }
    const partial = `${there}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    spawnSync('tar', ['-x', '-C', partial], { input: archive.stdout });
    await run('mv', [partial, there]);
  }
  const program = join(import.meta.dirname, '../programs/render.ts');
  return Buffer.from(await run(process.execPath, [program, there]), 'base64');
}

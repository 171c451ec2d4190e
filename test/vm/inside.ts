import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from '../lab/commands.ts';
import { cgroups } from './container.ts';
import type { ImageKind } from './image.ts';

const mark = 'PHOENAT_VM_INSIDE';
const netns = '/run/netns';

/**
 * Runs this command line again, in namespaces of mounts and processes of its own: however it ends, every process, mount and
 * network namespace that it made ends with it.
 */
export function enter(): number {
  if (!existsSync(netns)) mkdirSync(netns);
  const namespaces = [
    '--mount',
    '--propagation',
    'private',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const command = [...namespaces, process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [mark]: `${process.pid}` };
  return spawnSync('unshare', command, { env, stdio: 'inherit' }).status ?? 1;
}

export const isInside = () => process.env[mark] !== undefined;

/** The number of the process that has entered: unlike our own in here, nobody else has it. */
export const runNumber = () => process.env[mark] ?? '';

/** What the namespaces are for. Resolves to a folder for what is made here: in memory, or on disk for whole disks. */
export async function furnish(kind: ImageKind): Promise<string> {
  await run('mount', ['-t', 'tmpfs', 'tmpfs', netns]);
  // Alone, so that a container has the one hierarchy that Amazon Linux 2023 has.
  await run('mount', ['-t', 'cgroup2', 'none', cgroups]);
  const folder = mkdtempSync(join(kind === 'machine' ? '/var/tmp' : tmpdir(), 'phoenat-vm-'));
  if (kind === 'container') await run('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  return folder;
}

export async function clear(folder: string): Promise<void> {
  await attempt('umount', ['--recursive', folder]);
  rmSync(folder, { recursive: true, force: true });
}

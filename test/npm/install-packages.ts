import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpError } from '../python/set-up-error.ts';

/**
 * Installs what a folder's own lockfile names, unless it has been installed from the same lockfile.
 * @throws SetUpError when it cannot be installed.
 */
export function installPackages(folder: string, say: (line: string) => void): void {
  const stamp = join(folder, 'node_modules/.installed-from.sha256');
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (readIfThere(stamp) === hash) {
    return;
  }
  say(`installing the packages of ${folder}`);
  const { status, error, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    throw new SetUpError(`the packages of ${folder} could not be installed: ${error?.message ?? stderr}`);
  }
  // Written last: an installation that was broken off is not taken for a whole one.
  writeFileSync(stamp, hash);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

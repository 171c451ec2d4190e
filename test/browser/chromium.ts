import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of an installed browser; `CHROMIUM` names another. Undefined: this machine has none. */
export function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const candidates = [
    ...(env['CHROMIUM'] === undefined ? [] : [env['CHROMIUM']]),
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
  ];
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

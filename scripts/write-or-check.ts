import { readFile, writeFile } from 'node:fs/promises';
import { parseOptions, readCommandLine, type Script } from './command-line.ts';

/** A page or a source that is made from others. */
export type Made = { readonly file: URL; readonly text: string };

const root = new URL('../', import.meta.url);

/**
 * The command line of a script that makes files: writes them, or with `--check` names those that are not as they would be
 * written, and ends with exit code 1 then.
 */
export async function writeOrCheck(
  told: Script & { readonly madeFrom: string },
  make: () => Promise<readonly Made[]>,
): Promise<void> {
  const { check } = readCommandLine(told, readCheck);
  for (const { file, text } of await make()) {
    if (!check) {
      await writeFile(file, text);
    } else if ((await readIfWritten(file)) !== text) {
      const name = file.pathname.slice(root.pathname.length);
      console.error(`${name} is not what ${told.madeFrom}; write it with: npm run ${told.script}`);
      process.exitCode = 1;
    }
  }
}

/** Of whatever makes files: whether they are only compared. */
export function readCheck(args: string[]): { readonly check: boolean } {
  return parseOptions({ args, options: { check: { type: 'boolean', default: false } } }).values;
}

async function readIfWritten(file: URL): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

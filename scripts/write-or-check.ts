import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/** A page or a source that is made from others. */
export type Made = { readonly file: URL; readonly text: string };

const root = new URL('../', import.meta.url);

/**
 * The command line of a script that makes files: writes them, or with `--check` names those that are not as they would be
 * written, and ends with exit code 1 then.
 */
export async function writeOrCheck(
  told: { readonly usage: string; readonly madeFrom: string; readonly script: string },
  make: () => Promise<readonly Made[]>,
): Promise<void> {
  const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(told.usage);
    return;
  }
  for (const { file, text } of await make()) {
    if (!values.check) {
      await writeFile(file, text);
    } else if ((await readIfWritten(file)) !== text) {
      const name = file.pathname.slice(root.pathname.length);
      console.error(`${name} is not what ${told.madeFrom}; write it with: npm run ${told.script}`);
      process.exitCode = 1;
    }
  }
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

import { readFile, writeFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { CliError } from '../session.ts';
import { parametersFile } from './printing/parameters-file.ts';

export const parametersFileName = 'phoenat.parameters.yaml';

/**
 * Keeps the parameters of the command in a file, and gives the command that reads them from it.
 * @throws CliError where the file is there and says otherwise, or cannot be read or written.
 */
export async function writeParameters(
  command: readonly string[],
  file: string,
): Promise<{ readonly command: readonly string[]; readonly sentence: string }> {
  if (!/\.ya?ml$/.test(file)) {
    throw new CliError(
      `${file}: sam deploy tells by its name what a file holds; choose one that ends in .yaml`,
      2,
    );
  }
  const first = command.indexOf('--parameter-overrides') + 1;
  const answer = parametersFile(command.slice(first), await textOf(file));
  switch (answer.kind) {
    case 'unreadable':
      throw new CliError(
        `${file} is there and is no list of parameters: nothing was written; choose another file`,
        2,
      );
    case 'other':
      throw new CliError(
        `${file} is there and says otherwise, so nothing was written: move it away, correct it, or choose another file\n${answer.differences.map((line) => `  ${line}`).join('\n')}`,
        2,
      );
    case 'new':
      await attempt(file, () => writeFile(file, answer.text, { flag: 'wx' }));
  }
  return {
    command: [
      ...command.slice(0, first),
      `file://${isAbsolute(file) ? file : `./${file}`.replace(/^(?:\.\/)+/, './')}`,
    ],
    sentence:
      answer.kind === 'new'
        ? `Wrote the parameters to ${file}. Add others there, such as "AlarmEmail=…".`
        : `${file} has these parameters already, and was left as it is.`,
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw failed(file, error);
  }
}

async function attempt(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw failed(file, error);
  }
}

function failed(file: string, error: unknown): CliError {
  return new CliError(`${file}: ${error instanceof Error ? error.message : String(error)}`, 1);
}

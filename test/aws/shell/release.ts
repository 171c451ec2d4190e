import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read } from '../../../scripts/template-value.ts';
import { runProgram } from '../../deploy/programs.ts';
import type { Archive } from './bucket.ts';

export type Release = {
  readonly template: string;
  readonly archives: readonly Archive[];
  /** Of the template. */
  readonly parameters: readonly string[];
};

const keys = ['ControllerCodeKey', 'LifecycleCodeKey', 'ProbeCodeKey'];

/** The packaged template and what it names, of the sources as they are, made in `directory`. */
export async function makeRelease(
  root: string,
  directory: string,
  signal: AbortSignal,
  logFile: string,
): Promise<Release> {
  const program = join(root, 'scripts/release/main.ts');
  const { code, out, err } = await runProgram(
    process.execPath,
    [program, '--without-cdk', '--out', directory],
    {
      cwd: root,
      env: plainEnvironment(),
      logFile,
      timeoutMs: 180_000,
      signal,
    },
  );
  if (code !== 0) throw new Error(`npm run release failed: ${out}${err}`);
  const template = await readFile(join(directory, 'phoenat.template.yaml'), 'utf8');
  const parsed = parseTemplate(template);
  const archives = keys.map((parameter) => {
    const key = String(read(parsed, ['Parameters', parameter, 'Default']));
    return { key, file: join(directory, basename(key)) };
  });
  const parameters = entriesOf(read(parsed, ['Parameters'])).map(([name]) => name);
  return { template, archives, parameters };
}

/** What a child process may know: all that this one does, for whose user it works. */
export function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

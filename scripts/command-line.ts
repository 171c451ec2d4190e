import { type ParseArgsConfig, parseArgs } from 'node:util';
import { errorMessage } from '../shared/core/model/error-message.ts';
import { mistyped } from '../shared/mistyped.ts';

/** What the person has to put right in the command line, in one sentence. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** As Node.js's own. @throws CommandLineError that names what is no option, or lacks its value. */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^ERR_PARSE_ARGS/.test(String(error.code))))
      throw error;
    // Node.js goes on to tell how to give an argument that begins with a dash.
    const [sentence = ''] = error.message.split(/\. |\.?\n/);
    throw new CommandLineError(sentence.charAt(0).toLowerCase() + sentence.slice(1), { cause: error });
  }
}

/** @throws CommandLineError where the text that was given for the option is none within these bounds. */
export function wholeNumber(option: string, text: string, min: number, max?: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > (max ?? Number.MAX_SAFE_INTEGER)) {
    const bounds = max === undefined ? `${min} on` : `${min} to ${max}`;
    throw new CommandLineError(`${option} is "${text}": a whole number from ${bounds}`);
  }
  return value;
}

/** What `npm run SCRIPT` is, and what it says of itself. `help`: how that is asked for, where it is no npm script. */
export type Script = { readonly script: string; readonly usage: string; readonly help?: string };

/**
 * The command line of this process, as `read` makes it of the arguments. It ends the process itself: with the usage where
 * that is asked for, and with exit code 2 and one line where what was typed is wrong.
 */
export function readCommandLine<T>({ script, usage, help }: Script, read: (args: string[]) => T): T {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage.trimEnd()}\n`);
    process.exit(0);
  }
  try {
    return read(args);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    return refuseCommandLine(script, error.message, help);
  }
}

/** What ended a script, in one line, and the exit code: 2 where the command line was wrong, as a file that it names. */
export function tellFailure(script: string, error: unknown): void {
  process.stderr.write(`${script}: ${errorMessage(error)}\n`);
  process.exitCode = error instanceof CommandLineError ? 2 : 1;
}

/** Ends the process. */
export function refuseCommandLine(
  script: string,
  problem: string,
  help = `npm run ${script} -- --help`,
): never {
  process.stderr.write(mistyped(script, problem, help));
  process.exit(2);
}

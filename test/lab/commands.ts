import { execFile } from 'node:child_process';

/** A command of the lab that ended with another code than 0; the message carries what it wrote to stderr. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end, whatever its exit code; -1 where it was killed or could not be started. */
export function attempt(command: string, args: readonly string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      const why = error !== null && stderr === '' ? error.message : stderr;
      resolve({ code: error === null ? 0 : codeOf(error), stdout, stderr: why });
    });
    // A command that ends without reading its input closes the pipe: its exit code says what happened.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/**
 * Runs a command and gives its output.
 * @throws CommandFailed with the command's stderr.
 */
export async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args, input);
  if (code !== 0) {
    throw new CommandFailed(`${command} ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
  }
  return stdout;
}

function codeOf(error: { readonly code?: unknown }): number {
  return typeof error.code === 'number' ? error.code : -1;
}

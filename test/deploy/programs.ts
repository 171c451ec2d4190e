import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

export type ProgramOptions = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it prints is added here. */
  readonly logFile: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/**
 * Runs a program to its end, in a process group of its own, which is ended as a whole when the time is up or the run is
 * broken off.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, logFile, timeoutMs, signal }: ProgramOptions,
): Promise<Ended> {
  signal.throwIfAborted();
  const child = spawn(program, [...args], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => {
    if (child.pid !== undefined) endGroup(child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', end, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeoutMs);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part.replaceAll('\r', '');
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part;
  });
  try {
    const [code]: unknown[] = await once(child, 'close');
    const line = `$ ${[program, ...args].join(' ')}\n${out}${err}\n`;
    await appendFile(logFile, line);
    signal.throwIfAborted();
    if (isLate) err += `\nended after ${timeoutMs / 1000} s without an end of its own`;
    return { code: typeof code === 'number' ? code : 1, out, err };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** The process and all that it started. */
export function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Local = {
  readonly root: string;
  readonly directory: string;
  /** Of this cloud and no other. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
};

export type Ended = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly run: string;
};

export type RunOptions = {
  readonly name: string;
  readonly args: readonly string[];
  /** Once this is printed, the signal is sent, so many milliseconds later. */
  readonly when?: { readonly says: RegExp; readonly send: NodeJS.Signals; readonly afterMs?: number };
};

/** It has not ended in its time; the message says what it was at. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** A whole run takes under two minutes on two cores of which it has one. */
const limitMs = 5 * 60_000;
const reminderMs = 60_000;
/** After the first signal it begins to remove; here nobody needs that, the cloud ends with the test. */
const graceMs = 3_000;

/**
 * The command as a process of its own, without a terminal, in a folder of its own. What it prints is added to a file there.
 * @throws TooLate, or the reason for which the test is broken off.
 */
export async function testAws(local: Local, { name, args, when }: RunOptions): Promise<Ended> {
  const { root, directory, env, signal, say } = local;
  signal.throwIfAborted();
  const child = spawn(process.execPath, [join(root, 'test/aws/main.ts'), ...args, ...placesOf(local, name)], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  let isSent = false;
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part;
    if (isSent || when === undefined || !when.says.test(err)) return;
    isSent = true;
    setTimeout(() => child.kill(when.send), when.afterMs ?? 0);
  });
  // The first signal ends what it has started itself.
  const end = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const lastSaid = () => err.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const beganMs = Date.now();
  let isLate = false;
  const reminder = setInterval(() => {
    const seconds = Math.round((Date.now() - beganMs) / 1_000);
    say(`waiting for test:aws (${name}) for ${seconds} s; it said last: ${lastSaid()}`);
  }, reminderMs);
  const late = setTimeout(() => {
    isLate = true;
    end();
  }, limitMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    const [code]: unknown[] = await once(child, 'close');
    await writeFile(join(directory, `${name}.log`), `${out}${err}`, { flag: 'a' });
    signal.throwIfAborted();
    if (isLate) {
      throw new TooLate(
        `test:aws ${args.join(' ')} had not ended after ${limitMs / 1_000} s; it said last: ${lastSaid()}`,
      );
    }
    return {
      code: typeof code === 'number' ? code : -1,
      out,
      err,
      run: /phoenat-test-[a-z0-9]{6}/.exec(err)?.[0] ?? '',
    };
  } finally {
    clearInterval(reminder);
    clearTimeout(late);
    signal.removeEventListener('abort', end);
  }
}

function placesOf(local: Local, name: string): string[] {
  return ['--journals', join(local.directory, name), '--report', reportOf(local, name)];
}

export function reportOf({ directory }: Local, name: string): string {
  return join(directory, `${name}.md`);
}

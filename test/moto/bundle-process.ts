import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that runs a built bundle and tells what comes of it by messages. */
export type BundleProcess = {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** What it has written so far: it belongs to the output of a test only where something goes wrong. */
  log(): string;
};

export function startBundle(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): BundleProcess {
  const child = fork(file, [...args], {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part: Buffer) => {
      log += part.toString();
    });
  }
  return { child, ended: once(child, 'close'), log: () => log };
}

/** What the handler returned. Throws what it threw. */
export function resultOf(answer: unknown, log: string): unknown {
  if (typeof answer === 'object' && answer !== null) {
    if ('error' in answer && typeof answer.error === 'string') throw new Error(answer.error);
    if ('result' in answer) return answer.result;
  }
  throw new Error(`the bundle ended without an answer. Its log:\n${log}`);
}

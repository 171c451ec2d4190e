import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from '../../../shared/core/report/report.ts';

/** A process that runs the built controller, as Lambda keeps one. */
export type LambdaEnvironment = {
  /** Rejects with what the handler rejected with. */
  invoke(event: object): Promise<Report>;
  stop(): Promise<void>;
};

export function startEnvironment(env: Readonly<Record<string, string>>): LambdaEnvironment {
  const child = fork(join(import.meta.dirname, 'function-process.ts'), [], {
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
  const ended = once(child, 'close');
  return {
    invoke: async (event) => {
      const answered = once(child, 'message').then(([message]: unknown[]) => message);
      child.send(event);
      const said = await Promise.race([answered, ended.then(() => undefined)]);
      return reportOf(said, log);
    },
    stop: () => stop(child, ended),
  };
}

function reportOf(said: unknown, log: string): Report {
  if (typeof said === 'object' && said !== null) {
    if ('error' in said && typeof said.error === 'string') throw new Error(said.error);
    // The one cast: the parent believes the child that the bundle gave a report.
    if ('result' in said) return said.result as Report;
  }
  throw new Error(`the function ended without an answer. Its log:\n${log}`);
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill();
  await ended;
}

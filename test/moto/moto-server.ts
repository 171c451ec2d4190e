import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../deploy/free-ports.ts';
import { SetUpError } from '../python/set-up-error.ts';

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const endTimeoutMs = 5_000;
const pollMs = 100;

export type MotoServer = { readonly endpoint: string; stop(): Promise<void> };

/**
 * Starts a moto server on a free loopback port and waits until it answers. `program` is one in Python that takes the place
 * of moto_server.
 * @throws SetUpError with the end of its log when it does not.
 */
export async function startMotoServer(
  programs: string,
  logFile: string,
  program = join(programs, 'moto_server'),
): Promise<MotoServer> {
  const port = await freePort(host);
  const log = await open(logFile, 'w');
  const server = spawn(join(programs, 'python'), [program, '-H', host, '-p', String(port)], {
    stdio: ['ignore', log.fd, log.fd],
    // Without these moto launches any image id and any instance type.
    env: {
      ...process.env,
      MOTO_ENABLE_AMI_VALIDATION: 'true',
      MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: 'true',
    },
  });
  const failure = new Promise<Error>((resolve) => {
    server.once('error', resolve);
  });
  await log.close();
  const endpoint = `http://${host}:${port}`;
  const ready = answers(endpoint, server);
  const outcome = await Promise.race([ready, failure]);
  if (outcome !== true) {
    await stop(server);
    const why = outcome instanceof Error ? outcome.message : await endOf(logFile);
    throw new SetUpError(`the moto server did not start; ${logFile} ends with: ${why}`);
  }
  return { endpoint, stop: () => stop(server) };
}

async function answers(endpoint: string, server: ChildProcess): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += pollMs) {
    if (server.exitCode !== null) return false;
    try {
      const answer = await fetch(`${endpoint}/moto-api/data.json`);
      if (answer.ok) return true;
    } catch {
      // Nobody listens yet.
    }
    await sleep(pollMs);
  }
  return false;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  const hardly = setTimeout(() => server.kill('SIGKILL'), endTimeoutMs);
  await ended;
  clearTimeout(hardly);
}

async function endOf(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n');
  return lines.slice(-3).join(' | ') || '(nothing)';
}

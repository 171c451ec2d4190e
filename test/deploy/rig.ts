import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { LocalCloud } from './local-cloud.ts';
import { type Ended, runProgram } from './programs.ts';

const secondMs = 1_000;

/** What every story has at hand. */
export type Rig = {
  readonly cloud: LocalCloud;
  readonly account: Account;
  /** A copy of the project's sources, built, below a folder with a space in its name. */
  readonly project: string;
  readonly root: string;
  readonly samPrograms: string;
  /** Where programs' output goes. */
  readonly directory: string;
  readonly functionLogs: string;
  readonly signal: AbortSignal;
};

export type Tool = Pick<Rig, 'samPrograms' | 'directory' | 'signal'> & {
  readonly env: Readonly<Record<string, string>>;
};

/** A line for a shell, as the documents and outputs have it, with the SAM CLI on the path. */
export async function shell(
  line: string,
  cwd: string,
  { env, samPrograms, directory, signal }: Tool,
): Promise<Ended> {
  return await runProgram('bash', ['-c', line], {
    cwd,
    env: { ...samEnvironment(samPrograms, directory), ...env },
    logFile: join(directory, 'commands.log'),
    timeoutMs: 300 * secondMs,
    signal,
  });
}

function samEnvironment(samPrograms: string, directory: string): Record<string, string> {
  return {
    PATH: `${samPrograms}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    // How often it asks for the stack's events; 5 s by itself.
    SAM_CLI_POLL_DELAY: '1',
    COLUMNS: '200',
  };
}

/** The SAM CLI in the built copy, with words that hold no quotes. */
export async function sam(rig: Rig, line: string): Promise<Ended> {
  return await shell(`sam ${line}`, rig.project, toolOf(rig));
}

export function toolOf({ samPrograms, directory, signal, cloud }: Rig): Tool {
  return { samPrograms, directory, signal, env: cloud.env };
}

/** The real command, as a process of its own. */
export async function phoenat(rig: Rig, ...args: string[]): Promise<Ended> {
  return await runProgram(process.execPath, [join(rig.root, 'cli/main.ts'), ...args], {
    cwd: rig.directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: rig.directory,
      NO_COLOR: '1',
      COLUMNS: '120',
      ...rig.cloud.env,
    },
    logFile: join(rig.directory, 'commands.log'),
    timeoutMs: 240 * secondMs,
    signal: rig.signal,
  });
}

/** Looks until there is something to give. @throws when there is nothing for too long, saying what was waited for. */
export async function waitFor<T>(
  rig: Pick<Rig, 'signal'>,
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    rig.signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`waited ${timeoutMs / secondMs} s in vain for ${what}`);
    await sleep(secondMs / 2, undefined, { signal: rig.signal });
  }
}

export type LogLine = Readonly<Record<string, unknown>>;

/** What a function of a stack has written to its log so far. */
export async function linesOf({ functionLogs }: Rig, functionPrefix: string): Promise<LogLine[]> {
  const names = (await readdir(functionLogs)).filter((name) => name.startsWith(functionPrefix));
  const texts = await Promise.all(names.map((name) => readFile(join(functionLogs, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').flatMap(parseLine));
}

function parseLine(line: string): LogLine[] {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : [];
  } catch {
    return [];
  }
}

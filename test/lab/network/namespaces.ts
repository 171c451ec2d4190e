import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, type Outcome, run } from '../commands.ts';

const prefix = 'phoenat-lab-';
const ownPrefix = `${prefix}${process.pid}-`;

let closed = false;

/** From now on no namespace is made: the run was interrupted, and what is there is being removed. */
export function closeLab(): void {
  closed = true;
}

/** A network namespace of this run. Its name carries the process id, so that two labs can run side by side. */
export type Namespace = { readonly name: string };

/** A directory of this run, for the files of one instance or server. */
export function scratchDir(name: string): string {
  const dir = join(tmpdir(), `${ownPrefix}files`, name);
  mkdirSync(dir, { recursive: true });
  return dir;
}

export async function addNamespace(name: string): Promise<Namespace> {
  if (closed) throw new Error('the lab is being removed');
  const namespace = { name: ownPrefix + name };
  await run('ip', ['netns', 'add', namespace.name]);
  await run('ip', ['-n', namespace.name, 'link', 'set', 'lo', 'up']);
  return namespace;
}

/** With the processes in it and the devices that begin or end there. */
export async function deleteNamespace({ name }: Namespace): Promise<void> {
  const { stdout } = await attempt('ip', ['netns', 'pids', name]);
  for (const pid of stdout.split('\n').filter((line) => line !== '')) kill(Number(pid));
  await attempt('ip', ['netns', 'delete', name]);
}

/** Runs a command inside. */
export function runIn({ name }: Namespace, command: readonly string[], input = ''): Promise<string> {
  return run('ip', ['netns', 'exec', name, ...command], input);
}

export function attemptIn({ name }: Namespace, command: readonly string[], input = ''): Promise<Outcome> {
  return attempt('ip', ['netns', 'exec', name, ...command], input);
}

/** Several `ip` commands in one process: devices, addresses, routes. */
export async function configure({ name }: Namespace, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run('ip', ['-n', name, '-batch', '-'], `${lines.join('\n')}\n`);
}

export async function setSysctl(
  namespace: Namespace,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  const settings = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  await runIn(namespace, ['sysctl', '--quiet', '--write', ...settings]);
}

/** The packets of a named counter in a table; `lab` is the table of the lab's own counters. */
export async function readCounter(namespace: Namespace, name: string, table = 'lab'): Promise<number> {
  const text = await runIn(namespace, ['nft', 'list', 'counter', 'ip', table, name]);
  return Number(/packets (\d+)/.exec(text)?.[1]);
}

/** Removes what this run made. */
export async function removeOwn(): Promise<void> {
  await removeWhere((pid) => pid === process.pid);
}

/** Removes what runs left behind that did not come to their end. */
export async function removeLeftovers(): Promise<void> {
  await removeWhere((pid) => pid === process.pid || !isLab(pid));
}

async function removeWhere(isToGo: (pid: number) => boolean): Promise<void> {
  const names = (await run('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
  const mine = names.filter((name) => belongsTo(name, isToGo));
  await Promise.all(mine.map((name) => deleteNamespace({ name })));
  for (const name of readdirSync(tmpdir()).filter((entry) => belongsTo(entry, isToGo))) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function belongsTo(name: string, isToGo: (pid: number) => boolean): boolean {
  const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
  return !Number.isNaN(pid) && isToGo(pid);
}

/** Whether a process is a lab or a bench: its number may be another's since, and a zombie has no command line. */
function isLab(pid: number): boolean {
  try {
    return /\b(lab\/main|bench\/[a-z]+)\.ts\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

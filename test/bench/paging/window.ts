import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { run } from '../../lab/commands.ts';
import { readCounter, runIn } from '../../lab/network/namespaces.ts';
import type { Topology } from '../nat/topology.ts';

const files = join(import.meta.dirname, '../../../infra/nat-instance');

/** The NAT's own address on its way out, which orphaned packets come to. */
export const natAddress = '198.51.100.1';

/** So many private addresses behind the client. */
export function addresses(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `10.0.${2 + Math.floor(index / 250)}.${1 + (index % 250)}`,
  );
}

/** Who has been seen, and the other addresses that may be clients, in parts that are asked one after the other. */
export type Asked = { readonly seen: readonly string[]; readonly rest: readonly (readonly string[])[] };

/** The rules that ship. */
export async function openWindow({ nat }: Topology, asked: Asked): Promise<void> {
  const rules = `print(paging.ruleset("uplink", "tcp 443 0.0.0.0/0", "10.0.0.0/16", zones, 300))`;
  await runIn(nat, ['nft', '-f', '-'], await run('python3', ['-c', `${prelude}${rules}`, ...args(asked)]));
}

/** The program that ships holds what has to wait. */
export async function holdBack({ nat }: Topology, asked: Asked): Promise<ChildProcess> {
  const serve = `one = paging.Paging.__new__(paging.Paging)
one.loaded = zones
link = held.log()
print("ready", flush=True)
held.serve(link, one.asks, threading.Lock())`;
  const command = ['netns', 'exec', nat.name, 'python3', '-c', `${prelude}${serve}`, ...args(asked)];
  const holding = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holding.stdout, 'data');
  return holding;
}

const prelude = `import sys, json, threading; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True; import held, paging
zones = json.loads(sys.argv[2])
`;

function args({ seen, rest }: Asked): readonly string[] {
  return [files, JSON.stringify({ own: [natAddress, seen, rest] })];
}

export async function closeWindow({ nat }: Topology): Promise<void> {
  await runIn(nat, ['nft', '-f', '-'], 'table ip phoenat_paging\ndelete table ip phoenat_paging\n');
}

/** What the window's rules have counted. */
export function counted({ nat }: Topology, counter: 'pages' | 'copies'): Promise<number> {
  return readCounter(nat, counter, 'phoenat_paging');
}

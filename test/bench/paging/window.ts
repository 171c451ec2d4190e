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

/** The rules that ship, with these clients as lately seen. */
export async function openWindow({ nat }: Topology, clients: readonly string[]): Promise<void> {
  const zones = JSON.stringify({ own: [natAddress, clients, []] });
  const program = `import sys, json; sys.path.insert(0, sys.argv[1]); sys.dont_write_bytecode = True; import paging
print(paging.ruleset("uplink", "tcp 443 0.0.0.0/0", "10.0.0.0/16", json.loads(sys.argv[2]), 300))`;
  await runIn(nat, ['nft', '-f', '-'], await run('python3', ['-c', program, files, zones]));
}

export async function closeWindow({ nat }: Topology): Promise<void> {
  await runIn(nat, ['nft', '-f', '-'], 'table ip phoenat_paging\ndelete table ip phoenat_paging\n');
}

/** What the window's rules have counted. */
export function counted({ nat }: Topology, counter: 'pages' | 'copies'): Promise<number> {
  return readCounter(nat, counter, 'phoenat_paging');
}

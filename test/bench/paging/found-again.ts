import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Namespace, runIn } from '../../lab/network/namespaces.ts';
import { serverAddress, type Topology } from '../nat/topology.ts';
import { type Asked, addresses, closeWindow, counted, holdBack, openWindow } from './window.ts';

const program = join(import.meta.dirname, 'streams.ts');
const port = 443;

export type FoundAgain = {
  readonly clients: number;
  /** Those that nobody has been seen at; 0: the clients have been seen. */
  readonly addresses: number;
  /** Whether it is told which of them are in use: the clients'. */
  readonly isTold: boolean;
  readonly streams: number;
  /** Seconds after the takeover until so many in 100 are known again; absent: not within the time. */
  readonly secondsTo: ReadonlyMap<number, number>;
  readonly known: number;
  /** Of the streams, at the end, by what their clients heard. */
  readonly alive: number;
  readonly pages: number;
  readonly copies: number;
};

/** As infra/nat-instance/paging.py makes them of what it is told to be in use, and what it knows of the subnets. */
function restOf(addressCount: number, inUse: readonly string[]): Asked['rest'] {
  const used = new Set(inUse);
  const parts = [inUse, addresses(addressCount).filter((address) => !used.has(address))];
  return parts.filter((part) => part.length > 0);
}

type Limits = {
  readonly streams: number;
  readonly outageSeconds: number;
  readonly atMostSeconds: number;
};

let firstPort = 33_000;

export const shares = [50, 90, 99] as const;

/** Streams that only listen, spread over so many clients, through a death without a word and without a copy. */
export async function measureFoundAgain(
  topology: Topology,
  clientCount: number,
  {
    streams,
    outageSeconds,
    atMostSeconds,
    addressCount = 0,
    isTold = false,
  }: Limits & { addressCount?: number; isTold?: boolean },
): Promise<FoundAgain> {
  const clients = addresses(clientCount);
  const server = start(topology.server, ['serve', `${port}`]);
  const children = [server];
  try {
    await lineOf(server);
    // What the last ones had may not be free yet.
    firstPort = firstPort + streams > 55_000 ? 33_000 : firstPort + streams;
    const from = [serverAddress, `${port}`, `${firstPort}`, `${streams}`, ...clients];
    const listeners = start(topology.client, ['listen', ...from]);
    children.push(listeners);
    await lineOf(listeners);
    await runIn(topology.nat, ['nft', '-f', '-'], dead);
    await sleep(outageSeconds * 1_000);
    await runIn(topology.nat, ['conntrack', '-F']);
    const asked: Asked =
      addressCount > 0
        ? { seen: [], rest: restOf(addressCount, isTold ? clients : []) }
        : { seen: clients, rest: [] };
    await openWindow(topology, asked);
    children.push(await holdBack(topology, asked));
    await runIn(topology.nat, ['nft', 'delete', 'table', 'ip', 'dead']);
    const { secondsTo, known } = await watchCount(topology.nat, streams, atMostSeconds);
    await sleep(3_000);
    listeners.stdin?.end();
    const alive = Number(await lineOf(listeners));
    const [pages, copies] = [await counted(topology, 'pages'), await counted(topology, 'copies')];
    return {
      clients: clientCount,
      addresses: addressCount,
      isTold,
      streams,
      secondsTo,
      known,
      alive,
      pages,
      copies,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await closeWindow(topology);
    await runIn(topology.nat, ['conntrack', '-F']);
  }
}

/** Each connection that the NAT knows is one whose client has answered: nobody else speaks. */
async function watchCount(nat: Namespace, streams: number, atMostSeconds: number) {
  const secondsTo = new Map<number, number>();
  const began = performance.now();
  let known = 0;
  while (secondsTo.size < shares.length && performance.now() - began < atMostSeconds * 1_000) {
    known = Number(await runIn(nat, ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
    for (const share of shares) {
      if (known < (streams * share) / 100 || secondsTo.has(share)) continue;
      secondsTo.set(share, (performance.now() - began) / 1_000);
    }
    await sleep(200);
  }
  return { secondsTo, known };
}

function start({ name }: Namespace, args: readonly string[]): ChildProcess {
  const command = ['netns', 'exec', name, process.execPath, program, ...args];
  return spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function lineOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const ended = once(child, 'exit').then(() => {
    throw new Error('a program of the bench ended before its time');
  });
  const [chunk] = await Promise.race([once(child.stdout, 'data'), ended]);
  return String(chunk).trim();
}

/** The instance has died: nothing passes, and nobody is told. */
const dead = `table ip dead {
  chain everything {
    type filter hook prerouting priority -400; policy drop;
  }
}
`;

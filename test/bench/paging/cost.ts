import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { runIn } from '../../lab/network/namespaces.ts';
import { forge } from '../../lab/programs/forged.ts';
import { startServers } from '../nat/measure.ts';
import { serverAddress, type Topology } from '../nat/topology.ts';
import { addresses, closeWindow, counted, holdBack, natAddress, openWindow } from './window.ts';

export const orphansPerSecond = 1_000;

/** With so many clients seen. */
export type Cost = {
  readonly clients: number;
  /** Throughput with the window open and orphans coming, to that without either, right before and after. */
  readonly toNone: number[];
  /** The same to that with orphans that are dropped: who sends them takes CPU time of this machine, too. */
  readonly toDropped: number[];
  orphans: number;
  copies: number;
  /** Of the CPU time from a packet's sending to its end: what the open window adds to it. */
  addedCpuSeconds: number;
};

const phaseMs = 1_000;

/** Throughput of one stream that never ends, with the window open and closed in turn. */
export async function measureCosts(
  topology: Topology,
  clientCounts: readonly number[],
  rounds: number,
): Promise<readonly Cost[]> {
  const costs = clientCounts.map(
    (clients): Cost => ({ clients, toNone: [], toDropped: [], orphans: 0, copies: 0, addedCpuSeconds: 0 }),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const cost of costs) await measureCpu(topology, cost);
  }
  const servers = await startServers(topology);
  const args = ['iperf3', '--client', serverAddress, '--port', '443', '--time', '3600'];
  const stream = spawn('ip', ['netns', 'exec', topology.client.name, ...args], { stdio: 'ignore' });
  try {
    await sleep(1_500);
    let before = await throughput(topology);
    for (let round = 0; round < rounds; round += 1) {
      for (const cost of costs) before = await compare(topology, cost, before);
    }
  } finally {
    stream.kill('SIGKILL');
    servers.stop();
  }
  return costs;
}

/** Returns the throughput after it, with nothing beside the stream. */
async function compare(topology: Topology, cost: Cost, before: number): Promise<number> {
  const coming = orphans(topology, (4 * phaseMs) / 1_000);
  await sleep(300);
  const dropped = await throughput(topology);
  const asked = { seen: addresses(cost.clients), rest: [] };
  await openWindow(topology, asked);
  const holding = await holdBack(topology, asked);
  await sleep(300);
  const pages = await counted(topology, 'pages');
  const open = await throughput(topology);
  // On a machine that is too busy they end before their time.
  const isWhole = (await counted(topology, 'pages')) - pages > 0.8 * orphansPerSecond;
  await coming;
  holding.kill('SIGKILL');
  await closeWindow(topology);
  const after = await throughput(topology);
  if (isWhole) {
    cost.toNone.push((2 * open) / (before + after));
    cost.toDropped.push(open / dropped);
  }
  return after;
}

/** Where nothing else is sent, and each packet is delivered, and copied, by whoever sends it. */
async function measureCpu(topology: Topology, cost: Cost): Promise<void> {
  const closed = await orphans(topology, 1);
  await openWindow(topology, { seen: addresses(cost.clients), rest: [] });
  const open = await orphans(topology, 1);
  cost.orphans += open.sent;
  cost.copies += await counted(topology, 'copies');
  cost.addedCpuSeconds += open.cpuSeconds - closed.cpuSeconds;
  await closeWindow(topology);
}

/** Many servers' connections are orphaned at once. */
function orphans({ server }: Topology, seconds: number) {
  return forge(server, {
    sources: Array.from({ length: 20 }, (_, index) => `198.51.100.${100 + index}`),
    sourcePort: 443,
    destination: natAddress,
    port: 40_000,
    ports: 1_000,
    flags: ['ack', 'psh'],
    perSecond: orphansPerSecond,
    seconds,
  });
}

/** Bytes a second that leave towards the server. */
async function throughput({ nat }: Topology): Promise<number> {
  const read = async () => {
    const bytes = Number(await runIn(nat, ['cat', '/sys/class/net/uplink/statistics/tx_bytes']));
    return { bytes, at: performance.now() };
  };
  const first = await read();
  await sleep(phaseMs);
  const last = await read();
  return (last.bytes - first.bytes) / (last.at - first.at);
}

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { field } from '../../../shared/events/fields.ts';
import { type Namespace, runIn } from '../../lab/network/namespaces.ts';
import { serverAddress, type Topology } from './topology.ts';

export const measures = {
  stream: { title: 'throughput, 1 stream', unit: 'Gbit/s' },
  streams: { title: 'throughput, 4 streams', unit: 'Gbit/s' },
  connections: { title: 'new connections', unit: 'per second' },
} as const;

export type MeasureName = keyof typeof measures;
export const measureNames = ['stream', 'streams', 'connections'] as const satisfies readonly MeasureName[];

/** Ports of the web, which every forwarder lets through. */
const iperfPort = 443;
const acceptPort = 80;

export type Servers = { stop(): void };

/** An iperf3 server and one that takes connections. */
export async function startServers({ server }: Topology): Promise<Servers> {
  const children = [
    start(server, ['iperf3', '--server', '--port', String(iperfPort)]),
    start(server, [process.execPath, join(import.meta.dirname, 'accept-server.ts'), String(acceptPort)]),
  ];
  await sleep(500);
  return {
    stop: () => {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}

function start({ name }: Namespace, command: readonly string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', name, ...command], { stdio: 'ignore' });
}

/** One figure, in the measure's unit. */
export async function measureOnce(name: MeasureName, { client }: Topology, seconds: number): Promise<number> {
  switch (name) {
    case 'stream':
      return await throughput(client, seconds, 1);
    case 'streams':
      return await throughput(client, seconds, 4);
    case 'connections':
      return await connectionsPerSecond(client, seconds);
  }
}

async function throughput(client: Namespace, seconds: number, streams: number): Promise<number> {
  const command = ['iperf3', '--client', serverAddress, '--port', String(iperfPort), '--json'];
  const output = await runIn(client, [...command, '--time', String(seconds), '--parallel', String(streams)]);
  const received = field(field(field(JSON.parse(output), 'end'), 'sum_received'), 'bits_per_second');
  if (typeof received !== 'number') throw new Error(`iperf3 told no throughput: ${output.slice(0, 500)}`);
  return received / 1e9;
}

async function connectionsPerSecond(client: Namespace, seconds: number): Promise<number> {
  const program = join(import.meta.dirname, 'connect-load.ts');
  const load = [process.execPath, program, serverAddress, String(acceptPort), String(seconds), '64'];
  const answer: unknown = JSON.parse(await runIn(client, load));
  const perSecond = field(answer, 'perSecond');
  if (typeof perSecond !== 'number' || perSecond === 0) {
    throw new Error(`no connection could be opened: ${JSON.stringify(answer)}`);
  }
  return perSecond;
}

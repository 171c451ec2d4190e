import Table from 'cli-table3';
import { parseOptions, readCommandLine, wholeNumber } from '../../scripts/command-line.ts';
import { attempt } from '../lab/commands.ts';
import { removeLeftovers, removeOwn } from '../lab/network/namespaces.ts';
import { judgeMachine } from '../lab/requirements.ts';
import { type MeasureName, measureNames, measureOnce, measures, startServers } from './nat/measure.ts';
import { type Memory, measureMemory } from './nat/memory.ts';
import {
  buildTopology,
  type ForwarderName,
  forwarderNames,
  forwarders,
  type Topology,
} from './nat/topology.ts';

const usage = `How fast packets get through the NAT instance's rules, side by side with plain forwarding and with the rule that
fck-nat 1.4 installs: npm run bench:nat -- [--runs N] [--seconds N] [--json]   (root on Linux)

  --runs N      runs of each measure and forwarder, interleaved (default 5)
  --seconds N   how long each takes (default 2)
  --json        the figures for machines
  --help        this text`;

type Figures = Readonly<Record<MeasureName, Readonly<Record<ForwarderName, readonly number[]>>>>;

function read(args: string[]) {
  const { values } = parseOptions({
    args,
    options: {
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    runs: wholeNumber('--runs', values.runs, 1),
    seconds: wholeNumber('--seconds', values.seconds, 1),
    json: values.json,
  };
}

async function main(): Promise<void> {
  const { runs, seconds, json } = readCommandLine({ script: 'bench:nat', usage }, read);
  const unfit = await whyNotHere();
  if (unfit !== undefined) {
    console.log(`bench:nat  skipped: ${unfit}`);
    return;
  }
  await removeLeftovers();
  const topology = await buildTopology();
  const figures = await measureAll(topology, runs, seconds);
  const memory = await measureMemory(topology);
  console.log(json ? JSON.stringify({ figures, memory }) : render(figures, memory, runs));
}

async function whyNotHere(): Promise<string | undefined> {
  const fitness = await judgeMachine();
  if (fitness.kind !== 'fit') return fitness.why;
  for (const tool of ['iperf3', 'iptables', 'conntrack']) {
    if ((await attempt('sh', ['-c', `command -v ${tool}`])).code !== 0) {
      return `there is no ${tool}; on Debian: apt-get install iperf3 iptables conntrack`;
    }
  }
  return undefined;
}

/** Interleaved, and each round begins with another forwarder: what else the machine does hits all of them alike. */
async function measureAll(topology: Topology, runs: number, seconds: number): Promise<Figures> {
  const empty = (): Record<ForwarderName, number[]> => ({ plain: [], phoenat: [], 'fck-nat': [] });
  const taken = { stream: empty(), streams: empty(), connections: empty() };
  const servers = await startServers(topology);
  try {
    for (let round = 0; round < runs; round += 1) {
      for (let turn = 0; turn < forwarderNames.length; turn += 1) {
        const name = forwarderNames[(round + turn) % forwarderNames.length] ?? 'plain';
        await forwarders[name].install(topology);
        for (const measure of measureNames) {
          taken[measure][name].push(await measureOnce(measure, topology, seconds));
        }
      }
    }
  } finally {
    servers.stop();
  }
  return taken;
}

function render(figures: Figures, memory: Memory, runs: number): string {
  const table = new Table({
    head: ['', ...forwarderNames.map((name) => forwarders[name].title), 'to plain', 'to fck-nat'],
    style: { head: [], border: [] },
  });
  table.push(
    ...measureNames.map((measure) => [
      `${measures[measure].title}, ${measures[measure].unit}`,
      ...forwarderNames.map((name) => spread(figures[measure][name])),
      `× ${pairedRatio(figures[measure], 'plain').toFixed(2)}`,
      `× ${pairedRatio(figures[measure], 'fck-nat').toFixed(2)}`,
    ]),
  );
  const filter =
    memory.nameFilterKiB === undefined
      ? 'Squid is not installed here'
      : `${(memory.nameFilterKiB / 1024).toFixed(0)} MiB (Squid, PSS)`;
  return [
    `Medians of ${runs} interleaved runs (least to most); ratios are medians of the paired runs.`,
    table.toString(),
    `Memory that Phoenat adds: ${memory.residentProcesses} resident processes; with the name filter ${filter}.`,
  ].join('\n');
}

function spread(values: readonly number[]): string {
  const digits = median(values) < 1_000 ? 2 : 0;
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} (${least} to ${most})`;
}

function pairedRatio(figures: Figures[MeasureName], to: ForwarderName): number {
  return median(figures.phoenat.map((value, run) => value / (figures[to][run] ?? Number.NaN)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

process.once('SIGINT', () => {
  void removeOwn().finally(() => process.exit(130));
});
try {
  await main();
} finally {
  await removeOwn().catch(() => undefined);
}

import Table from 'cli-table3';
import { parseOptions, readCommandLine, wholeNumber } from '../../scripts/command-line.ts';
import { attempt } from '../lab/commands.ts';
import { configure, removeLeftovers, removeOwn, runIn } from '../lab/network/namespaces.ts';
import { judgeMachine } from '../lab/requirements.ts';
import { buildTopology, forwarders } from './nat/topology.ts';
import { type Cost, measureCosts, orphansPerSecond } from './paging/cost.ts';
import { type FoundAgain, measureFoundAgain, shares } from './paging/found-again.ts';
import { addresses } from './paging/window.ts';

const usage = `What it costs to ask clients whose a packet of an unknown connection is (KeepConnections=all), and how soon their
connections are found again: npm run bench:paging -- [options]   (root on Linux)

  --rounds N    rounds of each throughput, some twenty seconds each; 0: none (default 6)
  --streams N   streams whose clients only listen (default 1000)
  --outage N    seconds before another instance takes over (default 5)
  --at-most N   seconds that they are waited for (default 90)
  --help        this text`;

const clientCounts = [10, 100, 1_000] as const;

function read(args: string[]) {
  const number = (value: string) => ({ type: 'string', default: value }) as const;
  const options = {
    rounds: number('6'),
    streams: number('1000'),
    outage: number('5'),
    'at-most': number('90'),
  };
  const { rounds, streams, outage, 'at-most': atMost } = parseOptions({ args, options }).values;
  return {
    rounds: wholeNumber('--rounds', rounds, 0),
    streams: wholeNumber('--streams', streams, 1),
    outageSeconds: wholeNumber('--outage', outage, 1),
    atMostSeconds: wholeNumber('--at-most', atMost, 1),
  };
}

async function main(): Promise<void> {
  const { rounds, ...limits } = readCommandLine({ script: 'bench:paging', usage }, read);
  const unfit = await whyNotHere();
  if (unfit !== undefined) {
    console.log(`bench:paging  skipped: ${unfit}`);
    return;
  }
  await removeLeftovers();
  const topology = await buildTopology();
  await forwarders.phoenat.install(topology);
  // As in a VPC, where one router is next to all of them.
  await configure(topology.nat, ['route add 10.0.0.0/16 via 10.0.1.10']);
  if (rounds > 0) {
    await runIn(topology.client, ['nft', '-f', '-'], sink);
    console.log(renderCosts(await measureCosts(topology, clientCounts, rounds)));
    await runIn(topology.client, ['nft', 'flush', 'ruleset']);
  }
  await runIn(topology.client, ['nft', '-f', '-'], securityGroup);
  const all = addresses(Math.max(...clientCounts));
  await configure(
    topology.client,
    all.map((address) => `address add ${address}/32 dev eth0`),
  );
  const found: FoundAgain[] = [];
  for (const count of clientCounts) found.push(await measureFoundAgain(topology, count, limits));
  for (const count of clientCounts) {
    found.push(await measureFoundAgain(topology, count, { ...limits, addressCount: 1_000 }));
  }
  for (const count of clientCounts) {
    found.push(await measureFoundAgain(topology, count, { ...limits, addressCount: 1_000, isTold: true }));
  }
  console.log(
    `\n${limits.streams} streams that only listen, ${limits.outageSeconds} s without an instance, no copy`,
  );
  console.log(renderFound(found));
}

async function whyNotHere(): Promise<string | undefined> {
  const fitness = await judgeMachine();
  if (fitness.kind !== 'fit') return fitness.why;
  for (const tool of ['iperf3', 'conntrack', 'python3']) {
    if ((await attempt('sh', ['-c', `command -v ${tool}`])).code !== 0) {
      return `there is no ${tool}; on Debian: apt-get install iperf3 conntrack python3`;
    }
  }
  return undefined;
}

function renderCosts(costs: readonly Cost[]): string {
  const head = ['clients', 'to none', 'to dropped', 'asked about', 'CPU for each', 'for each copy'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { clients, toNone, toDropped, orphans, copies, addedCpuSeconds } of costs) {
    const asked = copies / clients;
    table.push([
      `${clients}`,
      spread(toNone),
      spread(toDropped),
      `${((100 * asked) / orphans).toFixed(0)} %`,
      `${((addedCpuSeconds / asked) * 1e6).toFixed(0)} us`,
      `${((addedCpuSeconds / copies) * 1e6).toFixed(2)} us`,
    ]);
  }
  return [
    `Throughput of one stream beside ${orphansPerSecond} packets a second of connections that nobody knows: with the window`,
    'open, to none of these packets, and to packets that are dropped; medians, quarters, and how many',
    table.toString(),
  ].join('\n');
}

function renderFound(rows: readonly FoundAgain[]): string {
  const head = [
    'clients',
    'seen',
    ...shares.map((share) => `${share} % after`),
    'known',
    'alive',
    'packets',
    'copies',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { clients, addresses: of, isTold, streams, secondsTo, known, alive, pages, copies } of rows) {
    const after = shares.map((share) => {
      const seconds = secondsTo.get(share);
      return seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
    });
    const seen = of === 0 ? 'all' : `none, of ${of} addresses${isTold ? `, ${clients} told` : ''}`;
    table.push([`${clients}`, seen, ...after, `${known} of ${streams}`, `${alive}`, `${pages}`, `${copies}`]);
  }
  return table.toString();
}

function spread(ratios: readonly number[]): string {
  const [first, middle, last] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
  return `× ${middle} (${first} to ${last}), ${ratios.length}`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Copies end where they arrive: whose CPU takes them further is a client's. */
const sink = `table netdev sink {
  chain everything {
    type filter hook ingress device "eth0" priority 0;
    ip daddr 10.0.1.10 accept
    ip daddr 10.0.0.0/16 drop
  }
}
`;

/** Clients answer only to what they have asked for. */
const securityGroup = `table ip group {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established accept
  }
}
`;

process.once('SIGINT', () => {
  void removeOwn().finally(() => process.exit(130));
});
try {
  await main();
} finally {
  await removeOwn().catch(() => undefined);
}

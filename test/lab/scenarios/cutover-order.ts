import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, Lab } from '../network/lab.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import {
  type ConnectionKind,
  type ConnectionsArgument,
  type ConnectionsResult,
  connectionKinds,
} from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { LabScenario } from './lab-scenario.ts';

/** What is done first, and how long after it the other; `together`: both at once. */
type Order = { readonly first: 'routes' | 'address' | 'together'; readonly delayMs: number };

type Trial = Order & {
  /** Whether the candidate still speaks with a public address of its own until it gets the Elastic IP. */
  readonly ownAddress: boolean;
  /** How long the old instance has been dead before the cutover; absent: it lives. */
  readonly deadForMs?: number;
};

const orders: readonly Order[] = [
  { first: 'routes', delayMs: 0 },
  { first: 'routes', delayMs: 50 },
  { first: 'routes', delayMs: 500 },
  { first: 'address', delayMs: 50 },
  { first: 'together', delayMs: 0 },
];

const trials: readonly Trial[] = [
  ...orders.map((order) => ({ ...order, ownAddress: false })),
  ...orders.map((order) => ({ ...order, ownAddress: true })),
  { first: 'together', delayMs: 0, ownAddress: false, deadForMs: 3_000 },
  { first: 'routes', delayMs: 500, ownAddress: false, deadForMs: 3_000 },
];

/** The best order that was found: what the controller does in a planned cutover. */
const isPlannedCutover = ({ first, delayMs, ownAddress, deadForMs }: Trial) =>
  first === 'routes' && delayMs === 0 && !ownAddress && deadForMs === undefined;

/** Two NAT instances and one host for each trial: which order and timing of a cutover connections outlive. */
export const cutoverOrder: LabScenario = {
  name: 'order',
  about: 'in which order and how far apart routes and address may move',
  isLong: true,
  play: async (lab, section) => {
    const results: { readonly trial: Trial; readonly result: ConnectionsResult }[] = [];
    for (let first = 0; first < trials.length; first += lab.hosts.length) {
      const batch = trials.slice(first, first + lab.hosts.length);
      const nth = await Promise.all(
        batch.map(async (trial, index) => ({ trial, stand: await setUp(lab, trial, index) })),
      );
      await allowAll(
        lab,
        nth.map(({ stand }) => stand),
      );
      const played = nth.map(async ({ trial, stand }) => ({ trial, result: await play(lab, trial, stand) }));
      results.push(...(await Promise.all(played)));
      await Promise.all(nth.flatMap(({ stand }) => [stand.old.destroy(), stand.candidate.destroy()]));
    }
    const kinds = connectionKinds.filter((kind) => kind !== 'keepalive');
    const rows = results.map(({ trial, result }) => [
      ...nameOf(trial),
      ...kinds.map((kind) => told(result, kind)),
    ]);
    const head = ['moves', "candidate's own address", 'old one', ...kinds];
    section.table('Survivors, longest stall, and how the others ended', head, rows);
    for (const { result } of results.filter(({ trial }) => isPlannedCutover(trial))) {
      for (const kind of ['echo', 'upload', 'idle'] as const) {
        const { total = 0, survivors = 0 } = result[kind] ?? {};
        section.check(
          `routes, then the address: ${kind}`,
          total > 0 && survivors === total,
          told(result, kind),
        );
      }
    }
  },
};

/** What one trial has for itself. */
type Stand = {
  readonly host: Host;
  readonly old: NatInstance;
  readonly candidate: NatInstance;
  readonly elasticIp: string;
  readonly ownAddress: string | undefined;
};

async function setUp(lab: Lab, trial: Trial, index: number): Promise<Stand> {
  const host = lab.hosts[index];
  if (host === undefined) throw new Error('more trials at once than hosts');
  const old = await lab.bootNat([`10.0.0.${10 + index}`]);
  const candidate = await lab.bootNat([`10.0.0.${20 + index}`]);
  await old.connect();
  await candidate.connect();
  await aim(lab, host, old);
  const ownAddress = trial.ownAddress ? `203.0.113.${20 + index}` : undefined;
  return { host, old, candidate, elasticIp: `203.0.113.${10 + index}`, ownAddress };
}

async function allowAll(lab: Lab, stands: readonly Stand[]): Promise<void> {
  const pairs = stands.flatMap(({ old, candidate, elasticIp, ownAddress }): [string, string][] => [
    [elasticIp, addressOf(old)],
    ...(ownAddress === undefined ? [] : [[ownAddress, addressOf(candidate)] satisfies [string, string]]),
  ]);
  await lab.setPolicy({ elastic: new Map(pairs), checked: new Map(), dead: new Set() });
}

async function play(lab: Lab, trial: Trial, stand: Stand): Promise<ConnectionsResult> {
  const held: ConnectionsArgument = {
    counts: { echo: 20, upload: 4, download: 4, stream: 4, idle: 4 },
    echoEveryMs: 100,
    graceMs: 5_000,
  };
  const holder = await Worker.start<ConnectionsResult>(stand.host.namespace, 'connections', held);
  await sleep(1_000);
  if (trial.deadForMs !== undefined) {
    await stand.old.cutOff();
    await sleep(trial.deadForMs);
  }
  await cutOver(lab, trial, stand);
  await sleep(1_000);
  return holder.finish();
}

async function cutOver(lab: Lab, { first, delayMs }: Trial, stand: Stand): Promise<void> {
  const { host, old, candidate, elasticIp, ownAddress } = stand;
  const moveRoutes = () => aim(lab, host, candidate);
  const givenUp = ownAddress === undefined ? {} : { givenUp: ownAddress };
  const [from, to] = [addressOf(old), addressOf(candidate)];
  const moveAddress = () => lab.router.moveAddress({ publicIp: elasticIp, from, to, ...givenUp });
  switch (first) {
    case 'routes':
      await moveRoutes();
      await sleep(delayMs);
      await moveAddress();
      return;
    case 'address':
      await moveAddress();
      await sleep(delayMs);
      await moveRoutes();
      return;
    case 'together':
      await Promise.all([moveRoutes(), moveAddress()]);
  }
}

async function aim(lab: Lab, { plan }: Host, nat: NatInstance): Promise<void> {
  await lab.router.setRoutes([{ plan, via: { address: addressOf(nat), device: nat.device } }]);
}

function addressOf({ addresses }: NatInstance): string {
  return addresses[0] ?? '';
}

function nameOf({ first, delayMs, ownAddress, deadForMs }: Trial): string[] {
  const other = first === 'routes' ? 'address' : 'routes';
  const moves = first === 'together' ? 'both together' : `${first}, ${delayMs} ms later ${other}`;
  return [moves, ownAddress ? 'yes' : 'no', deadForMs === undefined ? 'alive' : `dead for ${deadForMs} ms`];
}

function told(result: ConnectionsResult, kind: ConnectionKind): string {
  const { total = 0, survivors = 0, longestStallMs = 0, ends = {} } = result[kind] ?? {};
  const others = Object.entries(ends).map(([end, count]) => ` ${count} ${end}`);
  return `${survivors}/${total} ${longestStallMs} ms${others.join('')}`;
}

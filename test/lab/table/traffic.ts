import { secondMs } from '../../../shared/core/model/time.ts';
import type { Lab } from '../network/lab.ts';
import {
  type ConnectionKind,
  type ConnectionsArgument,
  type ConnectionsResult,
  connectionKinds,
  type RequestsArgument,
  type RequestsResult,
} from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';

/** What came of the requests and connections of zone a's hosts, and of the requests of zone b's. */
export type TrafficResult = {
  readonly requests: RequestsResult;
  readonly connections: readonly Survivors[];
  /** Requests of zone b that were lost, where zone b is served. */
  readonly lostInB?: number;
};

export type Survivors = {
  readonly name: ConnectionGroup;
  readonly total: number;
  readonly survivors: number;
  readonly longestStallMs: number;
  /** Why the others ended, with their number, by kind. */
  readonly ends: Readonly<Record<string, number>>;
};

export const connectionGroups = ['sends', 'listens', 'listens, keep-alive'] as const;
export type ConnectionGroup = (typeof connectionGroups)[number];

const groupOf: Readonly<Record<ConnectionKind, ConnectionGroup>> = {
  echo: 'sends',
  upload: 'sends',
  idle: 'sends',
  download: 'listens',
  stream: 'listens',
  keepalive: 'listens, keep-alive',
};

export const requestsEveryMs = 50;
export const patienceMs = 4 * secondMs;
const pacing: RequestsArgument = { everyMs: requestsEveryMs, patienceMs };
const slower: RequestsArgument = { everyMs: 200, patienceMs };

/** Of a thousand, by kind; a few move as much as they can. */
const mix: Readonly<Record<ConnectionKind, number>> = {
  echo: 300,
  upload: 8,
  download: 8,
  stream: 500,
  keepalive: 100,
  idle: 84,
};

/** How many of each kind one of two hosts holds. */
export function countsOf(connections: number): Readonly<Record<ConnectionKind, number>> {
  const share = (kind: ConnectionKind) => Math.max(1, Math.round((mix[kind] * connections) / 2_000));
  return {
    echo: share('echo'),
    upload: share('upload'),
    download: share('download'),
    stream: share('stream'),
    keepalive: share('keepalive'),
    idle: share('idle'),
  };
}

/**
 * Requests and held connections of every zone's hosts, from ports that their kernels choose: a few of zone a's two hosts
 * are the same. The scenarios `table` and `copy` play two hosts that have all of them in common.
 */
export class Traffic {
  readonly #asker: Worker<RequestsResult>;
  readonly #other: Worker<RequestsResult> | undefined;
  readonly #holders: readonly Worker<ConnectionsResult>[];

  private constructor(
    asker: Worker<RequestsResult>,
    other: Worker<RequestsResult> | undefined,
    holders: readonly Worker<ConnectionsResult>[],
  ) {
    this.#asker = asker;
    this.#other = other;
    this.#holders = holders;
  }

  static async start(
    lab: Lab,
    { connections, hasB }: { connections: number; hasB: boolean },
  ): Promise<Traffic> {
    const held: ConnectionsArgument = {
      counts: countsOf(connections),
      echoEveryMs: 250,
      graceMs: 5 * secondMs,
    };
    const holders = await Promise.all(
      ['a1', 'a2'].map((name) =>
        Worker.start<ConnectionsResult>(lab.host(name).namespace, 'connections', held),
      ),
    );
    const asker = await Worker.start<RequestsResult>(lab.host('a2').namespace, 'requests', pacing);
    const other = hasB
      ? await Worker.start<RequestsResult>(lab.host('b2').namespace, 'requests', slower)
      : undefined;
    return new Traffic(asker, other, holders);
  }

  async finish(): Promise<TrafficResult> {
    const [requests, other] = await Promise.all([this.#asker.finish(), this.#other?.finish()]);
    // TCP's next retransmission after an outage is as far away as the outage was long, and two minutes at most.
    const graceMs = Math.min(125 * secondMs, 5 * secondMs + 1.2 * requests.longestStallMs);
    for (const holder of this.#holders) holder.send(String(Math.round(graceMs)));
    const held = await Promise.all(this.#holders.map((holder) => holder.finish()));
    return {
      requests,
      connections: connectionGroups.map((name) => survivorsOf(name, held)),
      ...(other && { lostInB: other.lost }),
    };
  }
}

function survivorsOf(name: ConnectionGroup, held: readonly ConnectionsResult[]): Survivors {
  const kinds = connectionKinds.filter((kind) => groupOf[kind] === name);
  const results = held.flatMap((result) => kinds.flatMap((kind) => result[kind] ?? []));
  return {
    name,
    total: results.reduce((sum, { total }) => sum + total, 0),
    survivors: results.reduce((sum, { survivors }) => sum + survivors, 0),
    longestStallMs: Math.max(0, ...results.map(({ longestStallMs }) => longestStallMs)),
    ends: endsOf(kinds, held),
  };
}

function endsOf(
  kinds: readonly ConnectionKind[],
  held: readonly ConnectionsResult[],
): Readonly<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const kind of kinds) {
    for (const [end, count] of held.flatMap((result) => Object.entries(result[kind]?.ends ?? {}))) {
      const name = `${kind}: ${end}`;
      ends[name] = (ends[name] ?? 0) + count;
    }
  }
  return ends;
}

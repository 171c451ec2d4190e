import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './connection.ts';
import {
  type ConnectionKind,
  type ConnectionsArgument,
  type ConnectionsResult,
  connectionKinds,
  type KindResult,
} from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** Holds connections of several kinds through whatever happens. Started in a private host's namespace. */
const { counts, echoEveryMs, firstPort, ...argument } = readArgument<ConnectionsArgument>();
let { graceMs } = argument;

const connections = connectionKinds.flatMap((kind) =>
  Array.from(
    { length: counts[kind] ?? 0 },
    (_, index) => new Connection(kind, echoEveryMs, (index % 16) / 16),
  ),
);

async function openAll(): Promise<void> {
  for (let first = 0; first < connections.length; first += 50) {
    const batch = connections.slice(first, first + 50);
    const portOf = (index: number) => (firstPort === undefined ? undefined : firstPort + first + index);
    await Promise.all(batch.map((connection, index) => connection.open(portOf(index))));
  }
}

/** A connection is alive if something comes through after the order to end; the slowest retransmission is waited for. */
async function conclude(): Promise<ConnectionsResult> {
  const askedAt = performance.now();
  for (const connection of connections) connection.resume();
  while (performance.now() < askedAt + graceMs && connections.some((one) => one.mayStillCome(askedAt))) {
    await sleep(20);
  }
  return Object.fromEntries(
    connectionKinds.filter((kind) => counts[kind]).map((kind) => [kind, resultOf(kind, askedAt)]),
  );
}

function resultOf(kind: ConnectionKind, askedAt: number): KindResult {
  const own = connections.filter((connection) => connection.kind === kind);
  const survivors = own.filter((connection) => connection.hasComeSince(askedAt));
  const ends: Record<string, number> = {};
  for (const connection of own.filter((one) => !survivors.includes(one))) {
    const end = connection.failure ?? 'silent';
    ends[end] = (ends[end] ?? 0) + 1;
  }
  const longestStallMs = Math.round(Math.max(0, ...survivors.map((connection) => connection.longestStallMs)));
  return { total: own.length, survivors: survivors.length, longestStallMs, ends };
}

await openAll();
// An order is another grace, where it shows only later how long it must be.
await serveOrders((order) => {
  graceMs = Number(order);
}, conclude);

import { type Held, type HeldKind, heldKinds } from '../programs/held-protocol.ts';

/** Of two hundred, by kind. Half only listens, half sends. */
const mix: Readonly<Record<HeldKind, number>> = {
  echo: 40,
  upload: 20,
  idle: 20,
  'long poll': 40,
  stream: 60,
  download: 20,
};

/** One pair in twenty connections is from the same port of two clients, to the same server: the NAT changes one. */
const everyNthIsPair = 20;
const firstPort = 33_000;

export const heldInAll = Object.values(mix).reduce((sum, count) => sum + count, 0);
export const heldInPairs = (2 * heldInAll) / everyNthIsPair;

/** How long after the outage such a connection is waited for; one of a pair has a port that another client has too. */
type GraceMs = (kind: HeldKind, isPaired: boolean) => number;

/** The connections of a cell, spread evenly over its clients. */
export function connectionsOf(clients: readonly string[], graceMs: GraceMs): readonly Held[] {
  const kinds = heldKinds.flatMap((kind) => Array.from({ length: mix[kind] }, () => kind));
  return kinds.map((kind, index) => {
    const fromPair = (index % everyNthIsPair) - (everyNthIsPair - 2);
    return {
      kind,
      client: clients[index % clients.length] ?? '',
      port: firstPort + (fromPair === 1 ? index - 1 : index),
      graceMs: graceMs(kind, fromPair >= 0),
    };
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { HeldConnection } from './held-connection.ts';
import { type HeldClientsArgument, type HeldClientsResult, sharedNow } from './held-protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** Holds the connections of a subnet's clients through an outage. Started in their host's namespace. */
const connections = readArgument<HeldClientsArgument>().connections.map((held) => new HeldConnection(held));

/** Those that go on say so by what comes from now on; the rest is waited for, so long and no longer. */
async function conclude(): Promise<HeldClientsResult> {
  const askedAt = sharedNow();
  for (const connection of connections) connection.resume();
  while (connections.some((one) => one.mayStillCome(askedAt))) await sleep(20);
  return { outcomes: connections.map((connection) => connection.outcome(askedAt)) };
}

for (let first = 0; first < connections.length; first += 20)
  await Promise.all(connections.slice(first, first + 20).map((connection) => connection.open()));

// The order to conclude is answered with a line; the connections stay, for what the server has still to see of them.
await serveOrders(
  () => {
    conclude().then((result) => process.stdout.write(`${JSON.stringify(result)}\n`));
  },
  () => ({}),
);

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { callName } from '../../moto/recording-proxy.ts';
import type { Exchange } from './round-trips.ts';

export type DelayingProxy = {
  readonly endpoint: string;
  /** What has been answered since the last time, by the time of the question. */
  take(): Exchange[];
  close(): Promise<void>;
};

/**
 * Hands each request on to `target` after the same delay, however many are under way: as far as it is to a Region. What
 * it notes of each call is all that the benchmark knows of the function.
 */
export async function startDelayingProxy(target: string, delayMs: number): Promise<DelayingProxy> {
  let exchanges: Exchange[] = [];
  const server = createServer((incoming, outgoing) => {
    handOn(target, incoming, outgoing, delayMs).then(
      (exchange) => exchanges.push(exchange),
      (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy got no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    take: () => {
      const taken = exchanges.toSorted((one, other) => one.askedAt - other.askedAt);
      exchanges = [];
      return taken;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handOn(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  delayMs: number,
): Promise<Exchange> {
  const askedAt = performance.now();
  const body = await buffer(incoming);
  await sleep(delayMs);
  const { method, headers, url = '/' } = incoming;
  const onward = request(`${target}${url}`, { ...(method && { method }), headers });
  onward.end(body);
  const [answer] = await once(onward, 'response');
  const content = await buffer(answer);
  // Noted before it is sent: what the function asks next is then never earlier than this answer.
  const answeredAt = performance.now();
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.end(content);
  return { call: callName(incoming, body), askedAt, answeredAt };
}

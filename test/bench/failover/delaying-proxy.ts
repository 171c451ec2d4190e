import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { askOnward, type LoopbackServer, listenOnLoopback } from '../../moto/loopback-server.ts';
import { callName } from '../../moto/recording-proxy.ts';
import type { Corrections } from './corrections.ts';
import type { Exchange } from './round-trips.ts';

export type DelayingProxy = LoopbackServer & {
  /** What has been answered since the last time, by the time of the question. */
  take(): Exchange[];
  /** Settles when such a call has been answered and no call is under way, or when the proxy is closed. */
  quietAfter(call: string): Promise<void>;
};

const pollMs = 10;

/** Beside the delay. */
export type ProxyOptions = {
  readonly delayMs: number;
  readonly corrections: Corrections;
  /** What a probe that is invoked says: moto runs no functions. */
  readonly probe: (payload: Buffer) => Promise<object>;
};

/**
 * Hands each request on to `target` after the same delay, however many are under way: as far as it is to a Region. What
 * it notes of each call is all that the benchmark knows of the function.
 */
export async function startDelayingProxy(target: string, options: ProxyOptions): Promise<DelayingProxy> {
  let exchanges: Exchange[] = [];
  let underWay = 0;
  let isClosed = false;
  const server = await listenOnLoopback(async (incoming, outgoing) => {
    underWay += 1;
    exchanges.push(
      await handOn(target, incoming, outgoing, options).finally(() => {
        underWay -= 1;
      }),
    );
  });
  return {
    ...server,
    take: () => {
      const taken = exchanges.toSorted((one, other) => one.askedAt - other.askedAt);
      exchanges = [];
      return taken;
    },
    quietAfter: async (wanted) => {
      while (!isClosed && (underWay > 0 || !exchanges.some(({ call }) => call === wanted)))
        await sleep(pollMs);
    },
    close: () => {
      isClosed = true;
      return server.close();
    },
  };
}

async function handOn(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { delayMs, corrections, probe }: ProxyOptions,
): Promise<Exchange> {
  const askedAt = performance.now();
  const body = await buffer(incoming);
  await sleep(delayMs);
  const call = callName(incoming, body);
  corrections.note(call, body);
  const { status, content, headers } =
    call === 'invocations'
      ? { status: 200, content: Buffer.from(JSON.stringify(await probe(body))), headers: {} }
      : await motoAnswer(target, incoming, body);
  const corrected = corrections.correct(call, content);
  // Noted before it is sent: what the function asks next is then never earlier than this answer.
  const answeredAt = performance.now();
  outgoing.writeHead(status, headers);
  outgoing.end(corrected);
  return { call, askedAt, answeredAt };
}

/** Without its length, which a correction may change. */
async function motoAnswer(target: string, incoming: IncomingMessage, body: Buffer) {
  const { head, content } = await askOnward(target, incoming, body);
  const { 'content-length': _length, ...headers } = head.headers;
  return { status: head.statusCode ?? 502, content, headers };
}

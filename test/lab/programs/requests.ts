import { request } from 'node:https';
import { service, servicePort, webNames } from '../network/address-plan.ts';
import type { RequestsArgument, RequestsResult } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** Asks the web server at a steady pace, each time on a new connection. Started in a private host's namespace. */
const { everyMs, patienceMs } = readArgument<RequestsArgument>();

const startedAt = performance.now();
const answeredAt: number[] = [];
const seen = new Set<string>();
const underWay = new Set<Promise<void>>();
let sent = 0;
let lost = 0;

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: service.web,
        port: servicePort,
        servername: webNames[0],
        // The certificate is checked where curl is used; here every request is for the time that it takes.
        rejectUnauthorized: false,
        agent: false,
        signal: AbortSignal.timeout(patienceMs),
      },
      (response) => {
        const address = response.headers['x-seen-address'];
        response.on('error', reject);
        response.on('end', () => {
          if (typeof address === 'string') seen.add(address);
          resolve();
        });
        response.resume();
      },
    );
    call.on('error', reject);
    call.end();
  });
}

function tick(): void {
  sent += 1;
  const one = ask().then(
    () => {
      answeredAt.push(performance.now());
    },
    () => {
      lost += 1;
    },
  );
  underWay.add(one);
  one.finally(() => underWay.delete(one));
}

function longestStallMs(endedAt: number): number {
  const times = [startedAt, ...answeredAt.toSorted((one, other) => one - other), endedAt];
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return Math.round(Math.max(...gaps));
}

const timer = setInterval(tick, everyMs);
await serveOrders(
  () => undefined,
  async (): Promise<RequestsResult> => {
    clearInterval(timer);
    const endedAt = performance.now();
    await Promise.all(underWay);
    return { sent, lost, longestStallMs: longestStallMs(endedAt), seen: [...seen] };
  },
);

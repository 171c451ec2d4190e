import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { service, servicePort } from '../network/address-plan.ts';
import { type HeldGreeting, type HeldOrder, type HeldServerResult, sharedNow } from './held-protocol.ts';
import { serveOrders } from './worker-program.ts';

/**
 * The other end of the held connections. Started in the internet's namespace. It tells every client first which port it sees,
 * and answers the long polls when it is ordered to.
 */
const streamEveryMs = 500;
/** A download is always under way, and paced so that two processors can carry it beside others. */
const downloadEveryMs = 50;
const message = Buffer.alloc(64, '.');
const chunk = Buffer.alloc(16_384, '.');

const polls = new Set<Socket>();
/** By the port that is seen here. */
const uploads = new Map<number, Upload>();

/** What comes, and when. A server that says nothing itself: its words would wait for another retransmission. */
class Upload {
  readonly graceMs: number;
  cameAt = sharedNow();
  longestStallMs = 0;

  constructor(graceMs: number) {
    this.graceMs = graceMs;
  }

  note(): void {
    const now = sharedNow();
    this.longestStallMs = Math.max(this.longestStallMs, now - this.cameAt);
    this.cameAt = now;
  }
}

function serve(socket: Socket): void {
  // A connection that was lost on its way ends here sooner or later: the client's side of it is what is measured.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => polls.delete(socket));
  socket.once('data', (line) => {
    const order: HeldOrder = JSON.parse(line.toString());
    const greeting: HeldGreeting = { port: socket.remotePort ?? 0 };
    socket.write(`${JSON.stringify(greeting)}\n`);
    begin(socket, order);
  });
}

function begin(socket: Socket, { kind, graceMs }: HeldOrder): void {
  switch (kind) {
    case 'echo':
    case 'idle':
      socket.pipe(socket);
      return;
    case 'upload':
      take(socket, graceMs);
      return;
    case 'long poll':
      polls.add(socket);
      return;
    case 'stream':
      sendEvery(socket, streamEveryMs, message);
      return;
    case 'download':
      sendEvery(socket, downloadEveryMs, chunk);
  }
}

function sendEvery(socket: Socket, everyMs: number, what: Buffer): void {
  // Not all of them in the same millisecond.
  const first = setTimeout(() => {
    const timer = setInterval(() => {
      if (!socket.writableNeedDrain) socket.write(what);
    }, everyMs);
    socket.on('close', () => clearInterval(timer));
  }, Math.random() * everyMs);
  socket.on('close', () => clearTimeout(first));
}

function take(socket: Socket, graceMs: number): void {
  const upload = new Upload(graceMs);
  uploads.set(socket.remotePort ?? 0, upload);
  socket.on('data', () => upload.note());
}

let orderedAt = 0;

/** The long polls are answered, and what comes from now on goes on. */
function answer(): void {
  orderedAt = sharedNow();
  for (const poll of polls) poll.write(`${orderedAt}\n`);
}

async function conclude(): Promise<HeldServerResult> {
  const all = [...uploads];
  const mayStillCome = ({ cameAt, graceMs }: Upload) =>
    cameAt <= orderedAt && sharedNow() < orderedAt + graceMs;
  while (all.some(([, upload]) => mayStillCome(upload))) await sleep(20);
  return {
    uploads: all.map(([port, { cameAt, longestStallMs }]) => ({
      port,
      goesOn: cameAt > orderedAt,
      longestStallMs: Math.round(longestStallMs),
    })),
  };
}

const server = createServer({ noDelay: true }, serve);
await new Promise<void>((resolve, reject) => {
  server.once('error', reject);
  server.listen({ host: service.held, port: servicePort, backlog: 4_096 }, resolve);
});
await serveOrders(answer, conclude);

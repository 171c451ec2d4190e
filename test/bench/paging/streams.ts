import { createServer, Socket } from 'node:net';

// Streams to clients that only listen. `streams.ts serve PORT` prints a line when it is ready, and writes a little to each
// every half second. `streams.ts listen ADDRESS PORT FIRST-PORT COUNT CLIENT...` opens COUNT connections, each from the next
// client and from a port of its own, prints a line when all are open, and at the end of its input how many of them have heard
// something in the last 3 seconds before.

const [, , mode = '', ...rest] = process.argv;
if (mode === 'serve') serve(Number(rest[0]));
else await listen();

function serve(port: number): void {
  createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    const timer = setInterval(() => {
      if (!socket.writableNeedDrain) socket.write('.'.repeat(32));
    }, 500);
    socket.on('close', () => clearInterval(timer));
  }).listen({ port, host: '0.0.0.0', backlog: 4_096 }, () => process.stdout.write('ready\n'));
}

async function listen(): Promise<void> {
  const [host = '', port = '', firstPort = '', count = '', ...clients] = rest;
  const heardAt: number[] = [];
  const opened: Promise<void>[] = [];
  for (let number = 0; number < Number(count); number += 1) {
    const socket = new Socket();
    const localAddress = clients[number % clients.length] ?? '';
    opened.push(
      new Promise((resolve, reject) => {
        socket.on('error', reject);
        socket.on('data', () => {
          heardAt[number] = performance.now();
          resolve();
        });
      }),
    );
    socket.connect({ host, port: Number(port), localAddress, localPort: Number(firstPort) + number });
    if (number % 50 === 49) await opened.at(-1);
  }
  await Promise.all(opened);
  process.stdout.write('open\n');
  process.stdin.on('end', () => {
    const since = performance.now() - 3_000;
    process.stdout.write(`${heardAt.filter((time) => time > since).length}\n`, () => process.exit(0));
  });
  process.stdin.resume();
}

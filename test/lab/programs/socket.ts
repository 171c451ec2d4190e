import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { SocketArgument } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** What a socket unit of systemd with Accept=yes does. Started in a NAT instance's namespace. */
const {
  port,
  command: [program = '', ...args],
} = readArgument<SocketArgument>();

const server = createServer((socket) => {
  const env = { ...process.env, REMOTE_ADDR: socket.remoteAddress ?? '' };
  const answering = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
  socket.on('error', () => socket.destroy());
  // It answers without reading all, or the instance is being taken down.
  answering.stdin.on('error', () => undefined);
  answering.on('error', () => socket.destroy());
  socket.pipe(answering.stdin);
  answering.stdout.pipe(socket);
});
await new Promise<void>((resolve) => server.listen(port, resolve));
await serveOrders(
  () => undefined,
  () => ({}),
);

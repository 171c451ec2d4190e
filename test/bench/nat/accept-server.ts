import { createServer } from 'node:net';

// Takes every connection and forgets it. Arguments: port.

createServer((socket) => {
  socket.on('error', () => undefined);
  socket.resume();
}).listen({ port: Number(process.argv[2]), host: '0.0.0.0', backlog: 4_096 });

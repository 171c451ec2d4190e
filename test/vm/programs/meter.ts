import { connect } from 'node:net';
import { internet } from '../network/addresses.ts';

// Sends a packet through the instance all the time, run in the client's namespace: the first of a connection, each from
// another port, to where nobody answers.

const everyMs = 40;

setInterval(() => {
  const socket = connect({ host: internet.meter, port: 443 });
  socket.on('error', () => undefined);
  // Before it is sent again.
  setTimeout(() => socket.destroy(), 500);
}, everyMs);
process.stdout.write('ready\n');

import { connect } from 'node:net';

// Opens connections as fast as it can for some seconds, each closed as soon as it stands, and prints how many there were.
// Arguments: address, port, seconds, how many at once.

const [, , host = '', port = '', seconds = '1', atOnce = '64'] = process.argv;
const end = Date.now() + Number(seconds) * 1_000;
let opened = 0;
let failed = 0;

function open(): void {
  if (Date.now() >= end) return;
  const socket = connect({ host, port: Number(port), noDelay: true });
  socket.once('connect', () => {
    opened += 1;
    // A reset leaves no TIME_WAIT behind, so that the client does not run out of ports.
    socket.resetAndDestroy();
  });
  socket.once('error', () => {
    failed += 1;
  });
  socket.once('close', open);
}

for (let n = 0; n < Number(atOnce); n += 1) open();
process.once('exit', () => {
  console.log(JSON.stringify({ perSecond: opened / Number(seconds), failed }));
});

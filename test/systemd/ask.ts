import { connect } from 'node:net';

// Clients of the health endpoint, run inside a machine's network or beside it: ask.ts MODE COUNT HOST [SOURCE]. Prints a
// line for each connection: the status of the answer, "closed" without one, or the error's code.
// ask: question and answer. open: nothing is sent. drip: a header now and then, without end.

const [mode = 'ask', count = '1', host = '127.0.0.1', localAddress] = process.argv.slice(2);

function talk(): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host, port: 8765, ...(localAddress === undefined ? {} : { localAddress }) });
    const dripping = mode === 'drip' ? setInterval(() => socket.write('X-slow: yes\r\n'), 900) : undefined;
    socket.setTimeout(25_000, () => socket.destroy());
    socket.on('connect', () => {
      if (mode === 'ask') socket.write('GET / HTTP/1.0\r\n\r\n');
      if (mode === 'drip') socket.write('GET / HTTP/1.0\r\n');
    });
    socket.on('data', (data) => {
      answer += data.toString();
    });
    let failure = '';
    socket.on('error', (error) => {
      failure = 'code' in error ? String(error.code) : error.message;
    });
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(answer === '' ? failure || 'closed' : (answer.split('\r\n')[0] ?? ''));
    });
  });
}

const outcomes = await Promise.all(Array.from({ length: Number(count) }, talk));
process.stdout.write(`${outcomes.join('\n')}\n`);

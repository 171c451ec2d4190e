import { connect } from 'node:net';

// Clients of the health endpoint, run in a namespace: ask.ts MODE COUNT ADDRESS. Prints a line for each connection: the
// status of the answer, "closed" without one, or the error's code. ask: question and answer. drip: a header now and then,
// without end.

const [mode = 'ask', count = '1', host = ''] = process.argv.slice(2);

function talk(): Promise<string> {
  return new Promise((resolve) => {
    let [answer, failure] = ['', ''];
    const socket = connect({ host, port: 8765 });
    const dripping = mode === 'drip' ? setInterval(() => socket.write('X-slow: yes\r\n'), 900) : undefined;
    socket.setTimeout(25_000, () => socket.destroy());
    socket.on('connect', () => socket.write(`GET / HTTP/1.0\r\n${mode === 'ask' ? '\r\n' : ''}`));
    socket.on('data', (data) => {
      answer += data.toString();
    });
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

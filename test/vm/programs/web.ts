import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { internet } from '../network/addresses.ts';

// The internet's web servers, run in its namespace: web.ts KEY CERTIFICATE. Each says whom it sees; /slow takes
// its time: a line now and then.

const [key = '', cert = ''] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));

const answer: RequestListener = (request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' });
  if (request.url === '/slow') drip(response);
  else response.end(`${request.socket.remoteAddress ?? ''}\n`);
};

const [lines, everyMs] = [400, 200];

function drip(response: ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    if (sent < lines) response.write(`${sent}\n`);
    else response.end('end\n', () => clearInterval(timer));
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}

const listening = [internet.web, internet.otherWeb, internet.elsewhere].flatMap((host) => [
  new Promise<void>((resolve) => createServer(answer).listen({ host, port: 80 }, resolve)),
  new Promise<void>((resolve) =>
    createSecureServer({ key, cert }, answer).listen({ host, port: 443 }, resolve),
  ),
]);
await Promise.all(listening);
process.stdout.write('ready\n');

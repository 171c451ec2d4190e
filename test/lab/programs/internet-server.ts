import { readFileSync } from 'node:fs';
import { createServer as createWebServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { service, servicePort } from '../network/address-plan.ts';
import type { InternetArgument, StreamOrder, WebFiles } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** The servers of the internet, each on an address of its own. Started in the internet's namespace. */
const { web } = readArgument<InternetArgument>();

const countIntervalMs = 100;

/** Says in a header whom it saw, so that `curl --head` shows the address that the NAT gave. */
const answerWeb: RequestListener = (request, response) => {
  const seen = request.socket.remoteAddress ?? '';
  response.writeHead(200, { 'content-type': 'text/plain', 'x-seen-address': seen, connection: 'close' });
  response.end(`${seen}\n`);
};

function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** Sends what the first line orders, and hears nothing more from the client than acknowledgements. */
function stream(socket: Socket): void {
  socket.once('data', (line) => {
    const { everyMs, bytes }: StreamOrder = JSON.parse(line.toString());
    const chunk = Buffer.alloc(bytes, '.');
    const timer = setInterval(() => {
      if (!socket.writableNeedDrain) socket.write(chunk);
    }, everyMs);
    socket.on('close', () => clearInterval(timer));
  });
}

/** Takes everything and says now and then how much has come. */
function sink(socket: Socket): void {
  let told = 0;
  socket.on('data', () => {
    if (socket.bytesRead === told) return;
    const now = performance.now();
    if (now - lastTold < countIntervalMs) return;
    lastTold = now;
    told = socket.bytesRead;
    socket.write(`${told}\n`);
  });
  let lastTold = 0;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4_096 }, resolve);
  });
}

function tcpServer(serve: (socket: Socket) => void): Server {
  return createServer({ noDelay: true }, (socket) => {
    // A connection that was lost on its way ends here sooner or later: the client's side of it is what is measured.
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
}

function serveWeb(files: WebFiles): Promise<void>[] {
  const tls = { key: readFileSync(files.keyFile), cert: readFileSync(files.certificateFile) };
  return [
    listen(createHttpsServer(tls, answerWeb), service.web, servicePort),
    listen(createWebServer(answerWeb), service.web, 80),
  ];
}

await Promise.all([
  ...(web === undefined ? [] : serveWeb(web)),
  listen(tcpServer(echo), service.echo, servicePort),
  listen(tcpServer(stream), service.download, servicePort),
  listen(tcpServer(sink), service.upload, servicePort),
]);
await serveOrders(
  () => undefined,
  () => ({}),
);

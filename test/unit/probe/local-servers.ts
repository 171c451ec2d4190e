import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type LookupFunction, type Server, type Socket } from 'node:net';

const certificates = new URL('../../fixtures/certificates/', import.meta.url);
const key = readFileSync(new URL('target.key.pem', certificates), 'utf8');
/** A certificate for `*.target.test` that only these tests trust. */
export const cert = readFileSync(new URL('target.cert.pem', certificates), 'utf8');

/** Every name is this machine. */
export const lookup: LookupFunction = (_name, _options, callback) => callback(null, '127.0.0.1', 4);

export type LocalServer = { readonly port: number; connections(): number };
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** Servers on this machine that are closed together. */
export class LocalServers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  https(behaviour: Behaviour): Promise<LocalServer> {
    return this.#listen(createHttpsServer({ key, cert }, behaviour));
  }

  http(behaviour: Behaviour): Promise<LocalServer> {
    return this.#listen(createHttpServer(behaviour));
  }

  /** Below HTTP and TLS. */
  tcp(behaviour: (socket: Socket) => void): Promise<LocalServer> {
    return this.#listen(createTcpServer(behaviour));
  }

  /** A port that nobody listens on. */
  async closedPort(): Promise<number> {
    const server = createTcpServer();
    const { port } = await this.#listen(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }

  #listen(server: Server): Promise<LocalServer> {
    let connections = 0;
    this.#servers.push(server);
    server.on('connection', (socket) => {
      connections += 1;
      this.#sockets.add(socket);
      // A client that gives up resets the connection.
      socket.on('error', () => undefined);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') {
          reject(new Error('the server has no port'));
        } else {
          resolve({ port: address.port, connections: () => connections });
        }
      });
    });
  }
}

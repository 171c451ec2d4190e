import { createServer, type Server, type Socket } from 'node:net';

/** A server on this machine that accepts connections and never ends an answer. */
export type SilentServer = { readonly endpoint: string; connections(): number; close(): Promise<void> };

/**
 * How it keeps its clients waiting: it says nothing; or sends the head of an answer and a part of its body, and then
 * nothing more; or sends a byte of a head, or of a body, now and then.
 */
export type Silence = 'nothing' | 'half an answer' | 'a trickling head' | 'a trickling body';

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n';
const tricklesEveryMs = 10;

export async function silentServer(silence: Silence = 'nothing'): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    // A client that gives up resets the connection.
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => answer(socket, silence));
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function answer(socket: Socket, silence: Silence): void {
  if (silence === 'nothing') {
    return;
  }
  socket.write(silence === 'a trickling head' ? head : `${head}content-length: 9000\r\n\r\n<Describe`);
  if (silence !== 'half an answer') {
    const timer = setInterval(() => socket.write('a'), tricklesEveryMs);
    socket.on('close', () => clearInterval(timer));
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('the server has no port'));
      } else {
        resolve(address.port);
      }
    });
  });
}

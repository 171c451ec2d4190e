import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { secondMs } from '../../shared/core/model/time.ts';
import { answerFault, type OnUnserved } from './answer-aws.ts';
import { type HttpRequest, ServiceFault } from './http-answer.ts';
import type { LivingAccount } from './living-account.ts';
import { failForm } from './protocols/query.ts';
import { BodyReader } from './read-body.ts';
import { respond, send } from './respond.ts';

export type ServedOptions = {
  readonly account: LivingAccount;
  readonly port: number;
  readonly onUnserved?: OnUnserved;
  /** A mistake of the simulation or of this server; it goes on all the same. */
  readonly onDefect: (error: unknown) => void;
};

export type Served = {
  /** What it listens on. */
  readonly address: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
};

/** Nothing else can reach it. */
export const loopback = '127.0.0.1';
const driveEveryMs = 50;
/** How long a client may take to send its request. */
const limits = {
  headersTimeout: 10 * secondMs,
  requestTimeout: 30 * secondMs,
  connectionsCheckingInterval: secondMs,
};

/** Serves the account on the loopback interface. Rejects where the port cannot be had. */
export async function serveAccount(options: ServedOptions): Promise<Served> {
  const { account, onDefect } = options;
  const bodies = new BodyReader();
  const server = createServer(limits, (incoming, response) => {
    answer(options, bodies, incoming, response).catch(onDefect);
  });
  server.on('clientError', refuseBroken);
  await listening(server, options.port);
  const driving = setInterval(() => {
    account.catchUp().catch(onDefect);
  }, driveEveryMs);
  // It listens on an address, and not on a pipe.
  const { address, port } = server.address() as AddressInfo;
  return {
    address,
    port,
    stop: () => {
      clearInterval(driving);
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  options: ServedOptions,
  bodies: BodyReader,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodies.read(incoming);
  if (body.kind === 'left') return;
  const request: HttpRequest = {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    headers: headersOf(incoming),
    body: body.kind === 'whole' ? body.text : '',
  };
  try {
    await respond(options, request, body.kind, response);
  } catch (error) {
    options.onDefect(error);
    const message = error instanceof Error ? error.message : String(error);
    send(options.account, response, answerFault(request, new ServiceFault('InternalFailure', message, 500)));
  }
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** What is no HTTP, or ends in its midst. Nothing tells which service it was for. */
function refuseBroken(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, said] = brokenRequests[error.code ?? ''] ?? [
    400,
    'InvalidRequest',
    'This is no whole HTTP request',
  ];
  const { text, headers } = failForm(new ServiceFault(code, said, status));
  const lines = Object.entries({
    ...headers,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${text}`);
}

const brokenRequests: Readonly<Record<string, readonly [status: number, code: string, said: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'RequestHeaderSectionTooLarge', 'The headers have more than 16 KB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'RequestTimeout', 'The request did not arrive in time'],
};

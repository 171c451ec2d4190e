import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerAws, type OnUnserved } from './answer-aws.ts';
import { breakAccount, listBreakages } from './breakages.ts';
import { type HttpAnswer, type HttpRequest, ServiceFault } from './http-answer.ts';
import type { LivingAccount } from './living-account.ts';

export type ServedOptions = {
  readonly account: LivingAccount;
  readonly port: number;
  readonly onUnserved?: OnUnserved;
  /** A mistake of the simulation or of this server; it goes on all the same. */
  readonly onDefect: (error: unknown) => void;
};

export type Served = { readonly port: number; readonly stop: () => Promise<void> };

/** Nothing else can reach it. */
export const loopback = '127.0.0.1';
const driveEveryMs = 50;
/** More than any request of AWS's clients here: a function's event is at most 6 MB (Lambda quotas), and the controller's some bytes. */
const maxBodyBytes = 1_000_000;
/** When Linux sends a SYN again that nobody answers (tcp(7), tcp_syn_retries). */
const synRetriesMs = [1_000, 3_000, 7_000, 15_000, 31_000, 63_000];

/** Serves the account on the loopback interface. Rejects where the port cannot be had. */
export async function serveAccount(options: ServedOptions): Promise<Served> {
  const { account, onDefect } = options;
  const server = createServer((request, response) => {
    respond(options, request, response).catch((error: unknown) => {
      onDefect(error);
      response.destroy();
    });
  });
  await listening(server, options.port);
  const driving = setInterval(() => {
    account.catchUp().catch(onDefect);
  }, driveEveryMs);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
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

async function respond(
  { account, onUnserved, onDefect }: ServedOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(incoming);
  const request: HttpRequest = {
    method: incoming.method ?? '',
    target: incoming.url ?? '/',
    headers: headersOf(incoming),
    body: body ?? '',
  };
  const path = request.target.split('?')[0] ?? '';
  if (body === undefined) {
    send(account, response, text(413, `A request here has at most ${maxBodyBytes} bytes.`));
  } else if (/^\/break(\/|$)/.test(path)) {
    send(account, response, answerBreak(account, request));
  } else if (path.startsWith('/from/')) {
    await answerFrom(account, path.slice('/from/'.length), response);
  } else if (account.switches.drops) {
    incoming.socket.destroy();
  } else {
    const answer = await answerAws(account, request, onUnserved);
    if (answer.status >= 500)
      onDefect(new Error(`${answer.status} for ${request.method} ${path}: ${answer.text}`));
    send(account, response, answer);
  }
}

/** Undefined: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= maxBodyBytes) chunks.push(part);
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString();
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The account's clock is AWS's: clients that ask for "the last hour" go by the answers' date. */
function send(account: LivingAccount, response: ServerResponse, answer: HttpAnswer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    date: new Date(account.harness.clock.now()).toUTCString(),
    'x-amzn-requestid': randomUUID(),
    ...answer.headers,
  });
  response.end(answer.text);
}

function answerBreak(account: LivingAccount, { target }: HttpRequest): HttpAnswer {
  const { pathname, searchParams } = new URL(`http://${loopback}${target}`);
  const what = searchParams.get('what') ?? pathname.slice('/break/'.length);
  if (what === '') return text(200, `what=… is one of, and zone=… the zone:\n${listBreakages().trimEnd()}`);
  try {
    return text(200, breakAccount(account, what, searchParams.get('zone') ?? 'a'));
  } catch (error) {
    if (error instanceof ServiceFault) return text(error.status, error.message);
    // The simulation says why it cannot be done now, such as to an instance that is stopped.
    return text(409, error instanceof Error ? error.message : String(error));
  }
}

/**
 * What a machine in the zone's first private subnet gets from https://checkip.amazonaws.com: the public address, once a
 * request gets through; until then nothing.
 */
async function answerFrom(account: LivingAccount, zone: string, response: ServerResponse): Promise<void> {
  const zones = account.zones();
  if (!zones.includes(zone)) {
    send(account, response, text(404, `there is no zone "${zone}": the zones are ${zones.join(', ')}`));
    return;
  }
  const from = account.present();
  let address = account.addressFrom(zone);
  for (const tryAt of synRetriesMs.map((afterMs) => from + afterMs)) {
    if (address !== undefined) break;
    while (account.harness.clock.now() < tryAt && !response.destroyed) {
      await new Promise((resolve) => setTimeout(resolve, driveEveryMs));
    }
    if (response.destroyed) return;
    address = account.addressFrom(zone);
  }
  if (address === undefined) response.destroy();
  else send(account, response, text(200, address));
}

function text(status: number, said: string): HttpAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, text: `${said.trimEnd()}\n` };
}

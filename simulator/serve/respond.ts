import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { refusalOf } from './admission.ts';
import { answerAws, answerFault, type OnUnserved } from './answer-aws.ts';
import { breakAccount, listBreakages } from './breakages.ts';
import { type HttpAnswer, type HttpRequest, ServiceFault } from './http-answer.ts';
import type { LivingAccount } from './living-account.ts';
import { type Body, maxBodyBytes } from './read-body.ts';

export type Responding = {
  readonly account: LivingAccount;
  readonly onUnserved?: OnUnserved;
  readonly onDefect: (error: unknown) => void;
};

const lookEveryMs = 50;
/** When Linux sends a SYN again that nobody answers (tcp(7), tcp_syn_retries). */
const synRetriesMs = [1_000, 3_000, 7_000, 15_000, 31_000, 63_000];

/** Answers a request whose body has come to its end, or to ours. */
export async function respond(
  { account, onUnserved, onDefect }: Responding,
  request: HttpRequest,
  body: Exclude<Body['kind'], 'left'>,
  response: ServerResponse,
): Promise<void> {
  const path = request.target.split('?')[0] ?? '';
  const refusal = refusalOf(request) ?? refusalOfBody(body);
  if (refusal !== undefined) {
    send(account, response, answerFault(request, refusal));
  } else if (/^\/break(\/|$)/.test(path)) {
    send(account, response, answerBreak(account, request));
  } else if (path.startsWith('/from/')) {
    await answerFrom(account, path.slice('/from/'.length), response);
  } else if (account.switches.drops) {
    response.destroy();
  } else {
    const answer = await answerAws(account, request, onUnserved);
    // A 503 is EC2's own: it throttles.
    if (answer.status === 500) {
      onDefect(new Error(`${answer.status} for ${request.method} ${path}: ${answer.text}`));
    }
    send(account, response, answer);
  }
}

function refusalOfBody(body: Exclude<Body['kind'], 'left'>): ServiceFault | undefined {
  switch (body) {
    case 'whole':
      return undefined;
    case 'too-long':
      return new ServiceFault(
        'RequestEntityTooLargeException',
        `A request here has at most ${maxBodyBytes} bytes`,
        413,
      );
    case 'no-room':
      return new ServiceFault('ServiceUnavailable', 'Too much is being sent at once: try again', 503);
  }
}

/** The account's clock is AWS's: clients that ask for "the last hour" go by the answers' date. */
export function send(account: LivingAccount, response: ServerResponse, answer: HttpAnswer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(answer.status, {
    date: new Date(account.harness.clock.now()).toUTCString(),
    'x-amzn-requestid': randomUUID(),
    'content-length': Buffer.byteLength(answer.text),
    ...answer.headers,
  });
  response.end(answer.text);
}

function answerBreak(account: LivingAccount, { method, target }: HttpRequest): HttpAnswer {
  const { pathname, searchParams } = new URL(`http://localhost${target}`);
  const what = searchParams.get('what') ?? pathname.slice('/break/'.length);
  if (what === '') return text(200, `what=… is one of, and zone=… the zone:\n${listBreakages().trimEnd()}`);
  if (method !== 'POST') {
    const refused = text(
      405,
      `Nothing was broken: this takes a POST, as with "curl -X POST", and not a ${method}.`,
    );
    return { ...refused, headers: { ...refused.headers, allow: 'POST' } };
  }
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
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
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

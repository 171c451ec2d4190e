import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { quote } from '../../shared/core/model/quote.ts';
import { unresolvedWords } from '../../shared/core/model/reading.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';

/** What came back: the status, and the body as far as it came. */
export type Answered = {
  readonly status: number;
  /** Until the status was there. */
  readonly tookMs: DurationMs;
  readonly body: string;
  /** Whether the body ended, and not the time or the bytes that it may take. */
  readonly isWhole: boolean;
};

export type RequestOptions = {
  readonly timeoutMs: DurationMs;
  /** Of that, for what comes after the status. */
  readonly bodyMs: DurationMs;
  readonly maxBytes: number;
  /** Gives up earlier. */
  readonly signal?: AbortSignal;
  readonly now: () => DurationMs;
  /** What is sent, with PUT instead of GET. */
  readonly put?: string;
  /** Whether an answer from this address counts; absent: every one does. */
  readonly counts?: (address: string) => boolean;
  /** In place of the system's resolver. */
  readonly lookup?: LookupFunction;
  /** In place of the certificate authorities that Node.js knows. */
  readonly ca?: string;
};

/** A status line and headers take a few hundred bytes. */
const maxHeaderBytes = 8_192;

/**
 * One request on a connection of its own. A connection that is used again proves nothing about a new one: the NAT may forward
 * what it knows and nothing else. No redirect is followed. Rejects where no status came; settles within its time always.
 */
export function oneRequest(url: URL, options: RequestOptions): Promise<Answered> {
  const { timeoutMs, bodyMs, maxBytes, signal, now } = options;
  const startedAt = now();
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    let tookMs = 0;
    let body = '';
    let bytes = 0;
    let isWhole = false;
    let isResolved = isIP(url.hostname) !== 0;
    const sent = send(url, options);
    sent.on('socket', (socket) => {
      socket.once('lookup', (error: Error | null) => {
        isResolved ||= error === null;
      });
      // A resolver that answers at once may have done so before the socket was ours to listen to.
      socket.once('connect', () => {
        isResolved = true;
        const { remoteAddress } = socket;
        // There is none where the connection is over already, which is told as such.
        if (remoteAddress !== undefined && options.counts?.(remoteAddress) === false) {
          end(
            `${quote(remoteAddress)} is no address of the internet: the way there does not go through the NAT`,
          );
        }
      });
    });
    const end = (why: string) => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      if (answer?.statusCode === undefined) {
        reject(new Error(why));
      } else {
        resolve({ status: answer.statusCode, tookMs, body, isWhole });
      }
      sent.destroy();
    };
    const giveUp = () => {
      const late = `no answer within ${Math.round(now() - startedAt)} ms`;
      end(isResolved ? late : `${late}: ${unresolvedWords[1]}`);
    };
    const timers = [setTimeout(giveUp, timeoutMs)];
    signal?.addEventListener('abort', giveUp);
    sent.on('error', (error) => end(describe(error)));
    sent.on('close', () => end('the connection was closed without an answer'));
    sent.on('response', (response) => {
      answer = response;
      tookMs = Math.round(now() - startedAt);
      timers.push(setTimeout(giveUp, bodyMs));
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        bytes += Buffer.byteLength(text);
        body += text;
        if (bytes > maxBytes) end('too long');
      });
      response.on('end', () => {
        isWhole = response.complete && bytes <= maxBytes;
        end('ended');
      });
      response.on('error', () => end('broke off'));
    });
    sent.end(options.put);
    if (signal?.aborted === true) giveUp();
  });
}

function send(url: URL, { put, lookup, ca }: RequestOptions): ClientRequest {
  const options = {
    method: put === undefined ? 'GET' : 'PUT',
    headers: {
      'user-agent': 'phoenat-probe',
      connection: 'close',
      ...(put === undefined ? {} : { 'content-length': Buffer.byteLength(put) }),
    },
    // No pool of connections, and no TLS session of an earlier one.
    agent: false,
    // The NAT translates IPv4; IPv6 has another way out.
    family: 4,
    maxHeaderSize: maxHeaderBytes,
    ...(lookup === undefined ? {} : { lookup }),
    ...(ca === undefined ? {} : { ca }),
  } as const;
  return url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
}

/** The system's code where there is one: it is what people search for. */
function describe(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' && !error.message.includes(code)
    ? `${code}: ${error.message}`
    : error.message;
}

import { Socket } from 'node:net';
import { service, servicePort } from '../network/address-plan.ts';
import {
  type Held,
  type HeldGreeting,
  type HeldOrder,
  type HeldOutcome,
  sharedNow,
} from './held-protocol.ts';

const echoEveryMs = 500;
const uploadEveryMs = 50;
const chunk = Buffer.alloc(16_384, '.');

/** One connection of a client, and when something last came through it. Times are those of `sharedNow`. */
export class HeldConnection {
  readonly held: Held;
  readonly #socket = new Socket();
  #seenPort = 0;
  /** Of an answer to a long poll, which is a line. */
  #said = '';
  #cameAt = 0;
  /** Since when something is due; undefined where nothing is. */
  #dueSince: number | undefined;
  #longestStallMs = 0;
  #end: string | undefined;

  constructor(held: Held) {
    this.held = held;
  }

  /** Resolves when the server has told which port it sees. @throws Error of the socket. */
  open(): Promise<void> {
    const { client, port, kind, graceMs } = this.held;
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#finish(error.code ?? error.message));
      this.#socket.on('close', () => this.#finish('closed'));
      const order: HeldOrder = { kind, graceMs };
      this.#socket.once('connect', () => this.#socket.write(`${JSON.stringify(order)}\n`));
      this.#socket.once('data', (greeting) => {
        const { port: seen }: HeldGreeting = JSON.parse(greeting.toString().split('\n')[0] ?? '');
        this.#seenPort = seen;
        this.#socket.on('data', (data) => this.#note(data));
        this.#begin();
        resolve();
      });
      this.#socket.setNoDelay(true);
      const from = { localAddress: client, localPort: port };
      this.#socket.connect({ host: service.held, port: servicePort, ...from });
    });
  }

  /** What has said nothing so far asks now. */
  resume(): void {
    if (this.held.kind !== 'idle' || this.#end !== undefined) return;
    this.#dueSince = sharedNow();
    this.#socket.write('still there?\n');
  }

  /** Of an upload, the server sees what comes. */
  mayStillCome(since: number): boolean {
    const { kind, graceMs } = this.held;
    if (kind === 'upload' || this.#end !== undefined || this.#cameAt > since) return false;
    return sharedNow() < since + graceMs;
  }

  outcome(since: number): HeldOutcome {
    const goesOn = this.#end === undefined && this.#cameAt > since;
    const { kind, client, port } = this.held;
    return {
      kind,
      client,
      port,
      seenPort: this.#seenPort,
      goesOn,
      longestStallMs: Math.round(this.#longestStallMs),
      ...(!goesOn && { end: this.#end ?? 'silent' }),
    };
  }

  #begin(): void {
    switch (this.held.kind) {
      case 'echo':
        this.#dueSince = sharedNow();
        this.#every(echoEveryMs, () => this.#socket.write('ping\n'));
        return;
      case 'upload':
        this.#every(uploadEveryMs, () => {
          if (!this.#socket.writableNeedDrain) this.#socket.write(chunk);
        });
        return;
      case 'stream':
      case 'download':
        this.#dueSince = sharedNow();
        return;
      case 'idle':
      case 'long poll':
        return;
    }
  }

  #note(data: Buffer): void {
    const now = sharedNow();
    this.#said += this.held.kind === 'long poll' ? data.toString() : '';
    // An instance that asks clients first hands them one byte of what had to wait.
    if (this.held.kind === 'long poll' && !this.#said.endsWith('\n')) return;
    // An answer to a long poll says when it was sent: nothing was due before.
    const since = this.held.kind === 'long poll' ? Number.parseFloat(this.#said) : this.#dueSince;
    if (since !== undefined) this.#longestStallMs = Math.max(this.#longestStallMs, now - since);
    this.#cameAt = now;
    const isAlwaysDue = this.held.kind !== 'idle' && this.held.kind !== 'long poll';
    this.#dueSince = isAlwaysDue ? now : undefined;
  }

  #every(intervalMs: number, act: () => void): void {
    // Not all of them in the same millisecond.
    setTimeout(() => {
      const timer = setInterval(() => {
        if (this.#end === undefined) act();
        else clearInterval(timer);
      }, intervalMs);
      act();
    }, Math.random() * intervalMs);
  }

  #finish(end: string): void {
    this.#end ??= end;
    this.#socket.destroy();
  }
}

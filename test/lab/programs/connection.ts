import { Socket } from 'node:net';
import { service, servicePort } from '../network/address-plan.ts';
import type { ConnectionKind, StreamOrder } from './protocol.ts';

const upload = { everyMs: 20, bytes: 16_384 };
const download: StreamOrder = { everyMs: 5, bytes: 32_768 };
/** Messages from a server now and then, as event streams have them. */
const stream: StreamOrder = { everyMs: 400, bytes: 64 };

/** How long a connection may be silent before TCP asks whether the other end is still there. */
const keepaliveAfterMs = 1_000;

const addressOf: Readonly<Record<ConnectionKind, string>> = {
  echo: service.echo,
  idle: service.echo,
  upload: service.upload,
  download: service.download,
  stream: service.download,
  keepalive: service.download,
};

/** One TCP connection, and when something last came through it. All times are milliseconds of `performance.now()`. */
export class Connection {
  readonly kind: ConnectionKind;
  /** The error's code. */
  failure: string | undefined;
  longestStallMs = 0;
  readonly #socket = new Socket();
  readonly #echoEveryMs: number;
  readonly #phase: number;
  #cameAt = 0;
  #expectedSince: number | undefined;
  #sent = 0;
  #received = 0;

  /** `phase`: where in the interval it speaks, from 0 to 1. */
  constructor(kind: ConnectionKind, echoEveryMs: number, phase: number) {
    this.kind = kind;
    this.#echoEveryMs = echoEveryMs;
    this.#phase = phase;
  }

  /** From that port, where one is given. Resolves when the first answer has come. @throws Error of the socket. */
  open(localPort?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
      this.#socket.on('close', () => this.#end('closed'));
      this.#socket.on('data', (chunk) => {
        this.#note(chunk);
        resolve();
      });
      this.#socket.once('connect', () => this.#begin());
      this.#socket.setNoDelay(true);
      this.#socket.setKeepAlive(this.kind === 'keepalive', keepaliveAfterMs);
      const to = { host: addressOf[this.kind], port: servicePort };
      this.#socket.connect(localPort === undefined ? to : { ...to, localPort });
    });
  }

  /** An idle connection speaks again. */
  resume(): void {
    if (this.kind !== 'idle' || this.failure !== undefined) return;
    this.#expectedSince ??= performance.now();
    this.#say();
  }

  hasComeSince(time: number): boolean {
    return this.failure === undefined && this.#cameAt > time;
  }

  mayStillCome(since: number): boolean {
    return this.failure === undefined && this.#cameAt <= since;
  }

  #begin(): void {
    switch (this.kind) {
      case 'echo':
        this.#say();
        this.#every(this.#echoEveryMs, () => this.#say());
        return;
      case 'idle':
        this.#say();
        return;
      case 'upload': {
        const chunk = Buffer.alloc(upload.bytes, '.');
        this.#every(upload.everyMs, () => {
          if (!this.#socket.writableNeedDrain) this.#socket.write(chunk);
        });
        return;
      }
      case 'download':
        this.#socket.write(`${JSON.stringify(download)}\n`);
        return;
      case 'stream':
      case 'keepalive':
        this.#socket.write(`${JSON.stringify(stream)}\n`);
    }
  }

  #say(): void {
    const text = `${String(this.#sent).padStart(15, '0')}\n`;
    this.#sent += 1;
    this.#socket.write(text);
  }

  #note(chunk: Buffer): void {
    const now = performance.now();
    // An idle connection stalls from the moment on when it has asked for something.
    const since = this.kind === 'idle' ? this.#expectedSince : this.#cameAt;
    if (this.#cameAt > 0 && since !== undefined)
      this.longestStallMs = Math.max(this.longestStallMs, now - since);
    this.#expectedSince = undefined;
    this.#cameAt = now;
    if (this.kind === 'echo' || this.kind === 'idle') this.#checkEcho(chunk);
  }

  /** What comes back must be what was sent: sixteen bytes a message, numbered. */
  #checkEcho(chunk: Buffer): void {
    for (const byte of chunk) {
      const message = `${String(Math.floor(this.#received / 16)).padStart(15, '0')}\n`;
      if (message.charCodeAt(this.#received % 16) !== byte) this.#end('garbled');
      this.#received += 1;
    }
  }

  #every(intervalMs: number, act: () => void): void {
    // Connections that all spoke in the same millisecond would all miss, or all hit, a gap of a few milliseconds.
    setTimeout(() => {
      const timer = setInterval(() => {
        if (this.failure === undefined) act();
        else clearInterval(timer);
      }, intervalMs);
      act();
    }, this.#phase * intervalMs);
  }

  #end(failure: string): void {
    this.failure ??= failure;
    this.#socket.destroy();
  }
}

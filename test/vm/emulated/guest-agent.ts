import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../lab/commands.ts';

type Status = {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly 'out-data'?: string;
  readonly 'err-data'?: string;
};

/** Runs commands on a machine by its qemu-guest-agent, one after another. */
export class GuestAgent {
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether it answers. */
  async isThere(): Promise<boolean> {
    try {
      await this.#ask('guest-ping', {}, 5_000);
      return true;
    } catch {
      return false;
    }
  }

  async run(command: string): Promise<Outcome> {
    try {
      const started = {
        path: '/bin/bash',
        arg: ['--norc', '-c', command],
        env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        'capture-output': true,
      };
      const { pid } = await this.#ask<{ pid: number }>('guest-exec', started);
      for (let pause = 50; ; pause = Math.min(1_000, pause * 1.5)) {
        const status = await this.#ask<Status>('guest-exec-status', { pid });
        if (status.exited) return outcomeOf(status);
        await sleep(pause);
      }
    } catch (error) {
      return { code: -1, stdout: '', stderr: String(error) };
    }
  }

  /** The answer to one question; questions wait for one another, for the agent has one line. */
  #ask<Answer>(execute: string, args: object, limitMs = 60_000): Promise<Answer> {
    const answer = this.#last.then(() => this.#talk<Answer>(execute, args, limitMs));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #talk<Answer>(execute: string, args: object, limitMs: number): Promise<Answer> {
    const socket = connect(this.#path);
    socket.setTimeout(limitMs, () => socket.destroy(new Error(`the guest agent does not answer ${execute}`)));
    try {
      this.#asked += 1;
      const id = Date.now() * 100 + (this.#asked % 100);
      // What an earlier question was answered too late ends before the mark.
      socket.write(
        `\xff${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })}\n`,
        'latin1',
      );
      await untilLine(socket, (line) => line.startsWith('\xff') && line.includes(String(id)));
      socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
      const line = await untilLine(socket, () => true);
      const { return: answer, error } = JSON.parse(line);
      if (error !== undefined) throw new Error(`${execute}: ${JSON.stringify(error)}`);
      return answer;
    } finally {
      socket.destroy();
    }
  }
}

function untilLine(socket: Socket, isIt: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (data: Buffer) => {
      text += data.toString('latin1');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (!isIt(line)) continue;
        socket.off('data', onData);
        resolve(line);
        return;
      }
    };
    socket.on('data', onData);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the guest agent has hung up')));
  });
}

function outcomeOf(status: Status): Outcome {
  const text = (data = '') => Buffer.from(data, 'base64').toString();
  return {
    code: status.exitcode ?? -1,
    stdout: text(status['out-data']),
    stderr: text(status['err-data']),
  };
}

import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { connectionsPort, requestsPort } from '../core/far-end-template.ts';
import type { Rig } from './rig.ts';
import { runCommand, waitUntilManaged } from './run-command.ts';

/** Of all instances that have it: the client keeps its program and its log there. */
const folder = '/var/tmp/phoenat-client';
const program = `${folder}/client.py`;
const minuteMs = 60_000;

/** The client on its instance, and what has been read of its log. */
export class Client {
  readonly #rig: Rig;
  readonly #instanceId: string;
  #log = '';
  #offset = 0;

  constructor(rig: Rig, instanceId: string) {
    this.#rig = rig;
    this.#instanceId = instanceId;
  }

  /** From now on it sends, for so many seconds at most, whether or not anybody can reach it. */
  async start(source: string, farEnd: string, seconds: number): Promise<void> {
    const packed = Buffer.from(source).toString('base64');
    const run = `python3 ${program} run ${folder} ${farEnd}:${requestsPort} ${farEnd}:${connectionsPort} ${seconds}`;
    await waitUntilManaged(this.#rig, this.#instanceId, 10 * minuteMs);
    await runCommand(this.#rig, this.#instanceId, [
      'set -e',
      `mkdir -p ${folder}`,
      `echo ${packed} | base64 -d > ${program}`,
      // A session of its own: the agent waits for whatever holds its pipes, and ends what is in its group.
      `setsid nohup ${run} </dev/null >${folder}/output 2>&1 &`,
      `for _ in $(seq 20); do [ -s ${folder}/log ] && exit 0; sleep 0.5; done; cat ${folder}/output >&2; exit 1`,
    ]);
  }

  /** In the client's own log, on the client's own clock: now something is done. */
  async mark(name: string): Promise<void> {
    await runCommand(this.#rig, this.#instanceId, [`python3 ${program} mark ${folder} ${name}`]);
  }

  /** All that it has written so far; reads what is new. */
  async readLog(): Promise<string> {
    for (;;) {
      const text = await runCommand(this.#rig, this.#instanceId, [
        `python3 ${program} read ${folder} ${this.#offset}`,
      ]);
      const part = printed.parse(JSON.parse(text));
      this.#log += gunzipSync(Buffer.from(part.data, 'base64')).toString();
      const isEnd = part.next === this.#offset || part.next >= part.size;
      this.#offset = part.next;
      if (isEnd) return this.#log;
    }
  }

  /** What was read last, where nothing more can be. */
  get knownLog(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    await runCommand(this.#rig, this.#instanceId, [`python3 ${program} stop ${folder}`]);
  }
}

const printed = z.object({ next: z.number(), size: z.number(), data: z.string() });

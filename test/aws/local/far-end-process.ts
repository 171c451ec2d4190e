import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const program = join(import.meta.dirname, '../programs/far_end.py');

/** Python starts in less than one second, and has others beside it. */
const startMs = 20_000;

/** The far end as a process here. It is what goes down where an instance would: no packet passes an emulated one. */
export class FarEndProcess {
  readonly ports: { readonly requests: number; readonly connections: number };
  #process: ChildProcess | undefined;
  #isClosed = false;

  constructor(ports: FarEndProcess['ports']) {
    this.ports = ports;
  }

  async start(): Promise<void> {
    const { requests, connections } = this.ports;
    const child = spawn('python3', [program, '127.0.0.1', String(requests), String(connections)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error('the far end has ended at its start'))),
      sleep(startMs, undefined, { ref: false }).then(() =>
        Promise.reject(new Error(`the far end has said nothing for ${startMs / 1_000} s`)),
      ),
    ]);
  }

  /** Silent for so long, and then as if nothing had been: whoever waits is answered, and connections go on. */
  async fallSilent(ms: number): Promise<void> {
    this.#process?.kill('SIGSTOP');
    await sleep(ms);
    this.#process?.kill('SIGCONT');
  }

  /** Down for so long, with every connection. */
  async goDown(ms: number): Promise<void> {
    await this.#end();
    await sleep(ms);
    if (!this.#isClosed) await this.start();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line that the server prints of what happens in its account. */
export type Happened = Readonly<Record<string, unknown>> & { readonly kind: string };

/** `npm run demo -- --serve`, as a process of its own. */
export class ServedDemo {
  readonly happened: Happened[] = [];
  readonly #process: ReturnType<typeof spawn>;
  #errors = '';

  constructor(root: string, args: readonly string[]) {
    const child = spawn(process.execPath, ['demo/main.ts', '--serve', '--json', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.happened.push(JSON.parse(line)));
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      this.#errors += part;
    });
  }

  /** What it has said of mistakes of its own. */
  get errors(): string {
    return this.#errors;
  }

  /** The first line from the place `from` on that fits. Rejects where it does not come, or the server has ended. */
  async next(what: string, fits: (happened: Happened) => boolean, from = 0): Promise<Happened> {
    const until = Date.now() + maxWaitMs;
    for (;;) {
      const found = this.happened.slice(from).find(fits);
      if (found !== undefined) return found;
      if (this.#process.exitCode !== null || Date.now() > until) {
        throw new Error(`not within ${maxWaitMs / 1000} s: ${what}. ${this.#errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** As with Ctrl-C. Gives the exit code. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGINT');
      await once(this.#process, 'exit');
    }
    return this.#process.exitCode;
  }
}

const maxWaitMs = 60_000;

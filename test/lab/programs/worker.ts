import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandFailed } from '../commands.ts';
import type { Namespace } from '../network/namespaces.ts';

/**
 * One of the lab's programs, running in a namespace. It prints a line when it is ready, takes orders on its standard input,
 * one a line, and prints its result as one line of JSON when that input ends.
 */
export class Worker<Result> {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #program: string;
  #errors = '';

  private constructor(program: string, child: ChildProcess) {
    this.#program = program;
    this.#child = child;
    if (child.stdout === null) throw new Error(`${program} has no output`);
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr?.on('data', (chunk) => {
      this.#errors += String(chunk);
    });
    child.on('error', (error) => {
      this.#errors += error.message;
    });
    child.stdin?.on('error', () => undefined);
  }

  /**
   * Starts `<program>.ts` of this directory with one argument, and waits until it is ready.
   * @throws CommandFailed if it ends instead.
   */
  static async start<Result>(
    namespace: Namespace,
    program: string,
    argument: object,
  ): Promise<Worker<Result>> {
    const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url));
    const command = ['netns', 'exec', namespace.name, process.execPath, file, JSON.stringify(argument)];
    const worker = new Worker<Result>(program, spawn('ip', command, { stdio: 'pipe' }));
    await worker.#nextLine();
    return worker;
  }

  send(order: string): void {
    this.#child.stdin?.write(`${order}\n`);
  }

  /** The next line that a program prints which answers its orders. */
  async nextAnswer<Answer>(): Promise<Answer> {
    return JSON.parse(await this.#nextLine());
  }

  /** Asks for the result, which ends the program. */
  async finish(): Promise<Result> {
    this.#child.stdin?.end();
    return JSON.parse(await this.#nextLine());
  }

  async #nextLine(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done) throw new CommandFailed(`${this.#program} ended before its time: ${this.#errors.trim()}`);
    return value;
  }
}

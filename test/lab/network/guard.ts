import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A guard that runs, and what it has said. */
export class Guard {
  readonly #child: ChildProcess;
  readonly #off: string;
  said = '';

  constructor(child: ChildProcess, off: string) {
    this.#child = child;
    this.#off = off;
    child.stdout?.on('data', (chunk) => {
      this.said += String(chunk);
    });
  }

  get hasPoweredOff(): boolean {
    return existsSync(this.#off);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../lab/commands.ts';

/** A machine with a systemd of its own, whatever it runs in. */
export abstract class Booted {
  /** What it is called where something is said of it. */
  protected readonly called: string = 'the machine';
  /** What it has written to its console, all boots. */
  abstract get console(): string;
  abstract get isOn(): boolean;
  /** Switches it on; the disk is as the boot before left it. Resolves when commands can be run. */
  abstract boot(): Promise<void>;
  /** Runs a command on it. */
  abstract run(command: string): Promise<Outcome>;
  abstract remove(): Promise<void>;

  async output(command: string): Promise<string> {
    return (await this.run(command)).stdout.trim();
  }

  /** Waits until something holds; false where it does not in time, which is counted in tries: a busy machine has longer. */
  async comes(seconds: number, holds: () => Promise<boolean> | boolean): Promise<boolean> {
    for (let tries = 0; tries < seconds * 5; tries += 1) {
      if (await holds()) return true;
      if (!this.isOn) return holds();
      await sleep(200);
    }
    return false;
  }

  /** @throws Error where it does not hold in time. */
  async until(what: string, seconds: number, holds: () => Promise<boolean> | boolean): Promise<void> {
    if (await this.comes(seconds, holds)) return;
    const said = this.console.split('\n').slice(-25).join('\n');
    throw new Error(`${this.called}: it was waited for ${seconds} s in vain: ${what}. Its console:\n${said}`);
  }
}

/** The first child of a process, 0 where there is none. */
export function childOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

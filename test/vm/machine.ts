import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../lab/commands.ts';

/** A NAT instance with a systemd, a cloud-init and a network of its own, whatever it runs in. */
export abstract class Machine {
  /** In seconds, for what comes within a few, where this machine is not busy. */
  readonly patience: number = 300;
  /** How much longer than EC2's a machine takes for what it does, at most. */
  readonly slowness: number = 1;
  /** What it has written to its console, all boots. */
  abstract get console(): string;
  abstract get isOn(): boolean;
  /** Switches it on; the disk is as the boot before left it. Resolves when commands can be run. */
  abstract boot(): Promise<void>;
  /** Runs a command on it. */
  abstract run(command: string): Promise<Outcome>;
  /** Resolves when it has shut down by itself and is off. */
  abstract wentOff(seconds: number): Promise<boolean>;
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
    throw new Error(`it was waited for ${seconds} s in vain: ${what}. The console:\n${said}`);
  }

  /** How often it has said this; a kernel's or a journal's own words may stand before it. */
  timesSaid(sentence: string): number {
    return this.console.split('\n').filter((line) => line.trimEnd().endsWith(`phoenat: ${sentence}`)).length;
  }
}

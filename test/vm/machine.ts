import { Booted } from '../systemd/booted.ts';

/** A NAT instance with a systemd, a cloud-init and a network of its own, whatever it runs in. */
export abstract class Machine extends Booted {
  /** In seconds, for what comes within a few, where this machine is not busy. */
  readonly patience: number = 300;
  /** How much longer than EC2's a machine takes for what it does, at most. */
  readonly slowness: number = 1;
  /** Resolves when it has shut down by itself and is off. */
  abstract wentOff(seconds: number): Promise<boolean>;

  /** How often it has said this; a kernel's or a journal's own words may stand before it. */
  timesSaid(sentence: string): number {
    return this.console.split('\n').filter((line) => line.trimEnd().endsWith(`phoenat: ${sentence}`)).length;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, oneLine } from '../../../cli/transient-error.ts';
import type { RunNames } from '../core/names.ts';
import type { Aws } from './aws.ts';
import type { JournalFile } from './journal-file.ts';

/** What every step has at hand. */
export type Rig = {
  readonly aws: Aws;
  readonly names: RunNames;
  readonly journal: JournalFile;
  readonly root: string;
  /** A line of progress. */
  readonly say: (text: string) => void;
  /** Aborted by Ctrl-C, a signal, or the limit of the whole; in the removal only by a second Ctrl-C and its own limit. */
  readonly signal: AbortSignal;
  /** How often something is looked at; shorter in a cloud on this machine. */
  readonly pollMs: number;
  /** How long the last look waits for nothing to be left. */
  readonly lastLookMs: number;
  /** How long the removal waits for an interface that is in use: an instance that ends has its own until it has ended. */
  readonly inUseMs: number;
};

/** This machine may lose its network for a moment, and what it waits for takes up to three quarters of an hour. */
async function looked<T>(
  say: (text: string) => void,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!isTransient(error)) throw error;
    say(`no answer (${oneLine(error)}); asking again`);
    return undefined;
  }
}

const reminderMs = 60_000;

/**
 * Looks until there is something to give; says every minute what it waits for.
 * @throws Error when there is nothing for too long, saying what was waited for.
 */
export async function waitFor<T>(
  { say, signal, pollMs }: Pick<Rig, 'say' | 'signal' | 'pollMs'>,
  what: string | (() => string),
  limitMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const waitedFor = () => (typeof what === 'string' ? what : what());
  const beganMs = Date.now();
  let saidMs = beganMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await looked(say, look);
    if (found !== undefined) return found;
    const nowMs = Date.now();
    if (nowMs - beganMs > limitMs) {
      throw new Error(`waited ${Math.round(limitMs / 1_000)} s in vain for ${waitedFor()}`);
    }
    if (nowMs - saidMs >= reminderMs) {
      saidMs = nowMs;
      say(`still waiting for ${waitedFor()}`);
    }
    await sleep(pollMs, undefined, { signal });
  }
}

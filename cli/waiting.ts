import { Spinner } from 'listr2';
import type { Clock, DurationMs } from '../shared/core/model/time.ts';
import type { Terminal } from './session.ts';
import { ago } from './words.ts';

/** Says what is waited for, where that takes long. */
export type Waiting = {
  readonly during: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** Takes the line away: something else is written. */
  readonly clear: () => void;
  /** For good: the command ends, whatever is still under way. */
  readonly end: () => void;
};

/** Whoever waits for less does not wonder. */
const patienceMs: DurationMs = 1_000;
const frameMs: DurationMs = 100;
const toLineStart = '\r\u001b[2K';

/** A line on standard error with a spinner; nothing where that is no terminal. One thing at a time. */
export function createWaiting(terminal: Pick<Terminal, 'err' | 'showsWaiting'>, clock: Clock): Waiting {
  if (terminal.showsWaiting !== true) {
    return { during: (_what, work) => work, clear: () => undefined, end: () => undefined };
  }
  const spinner = new Spinner();
  let isShown = false;
  let cancel: () => void = () => undefined;
  const clear = () => {
    if (isShown) {
      terminal.err(toLineStart);
      isShown = false;
    }
  };
  const end = () => {
    cancel();
    clear();
  };
  return {
    clear,
    end,
    during: async (what, work) => {
      const began = clock.now();
      const show = () => {
        spinner.spin();
        terminal.err(`${toLineStart}${spinner.fetch()} ${what}  ${ago(clock.now() - began)}`);
        isShown = true;
        cancel = clock.after(frameMs, show);
      };
      cancel = clock.after(patienceMs, show);
      try {
        return await work;
      } finally {
        end();
      }
    },
  };
}

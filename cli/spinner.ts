import ora from 'ora';
import type { Clock, DurationMs } from '../shared/core/model/time.ts';
import { ago } from './format.ts';
import type { Spinner } from './session.ts';

/** A shorter wait needs no explanation. */
const delayMs: DurationMs = 1_000;

/** On a terminal, below what is written meanwhile; silent where there is none. */
export function createSpinner(stream: NodeJS.WritableStream | undefined, clock: Clock): Spinner {
  if (stream === undefined) {
    return { during: (_what, work) => work, show: () => undefined, stop: () => undefined };
  }
  // Ctrl-C is the program's, which says what goes on: standard input stays as it is, so that it becomes a signal.
  const spinner = ora({ stream, isEnabled: true, color: false, discardStdin: false });
  let cancel: () => void = () => undefined;
  const stop = () => {
    cancel();
    if (spinner.isSpinning) {
      spinner.stop();
    }
  };
  const show = (text: string, suffixText: string | (() => string) = '') => {
    spinner.suffixText = suffixText;
    spinner.start(text);
  };
  return {
    show: (text) => show(text),
    stop,
    during: async (what, work) => {
      const began = clock.now();
      cancel = clock.after(delayMs, () => show(what, () => ` ${ago(clock.now() - began)}`));
      try {
        return await work;
      } finally {
        stop();
      }
    },
  };
}

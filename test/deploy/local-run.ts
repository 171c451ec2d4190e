import { parseOptions, readCommandLine, type Script } from '../../scripts/command-line.ts';
import { SetUpError } from '../python/set-up-error.ts';

export type LocalRun = Script & {
  /** Then it is broken off. */
  readonly maxMs: number;
};

/** A line of progress, with the seconds since the beginning; lines that belong to the one before have none. */
export type Say = (text: string) => void;

/** So long may what is started take to end, once the run is broken off. */
const maxEndMs = 60_000;

/**
 * This process, where it is one long test in a cloud on this machine: its command line, which has no option of its own, and
 * its ends, of which `signal` tells: a signal, or the time. Sets the exit code.
 */
export async function playLocally(
  run: LocalRun,
  play: (signal: AbortSignal, say: Say) => Promise<number>,
): Promise<void> {
  readCommandLine(run, (args) => parseOptions({ args }));
  const say = startClock();
  const stopped = new AbortController();
  const stop = (reason: string) => {
    stopped.abort(new SetUpError(reason));
    setTimeout(() => {
      say(`what was started has not ended after ${maxEndMs / 1_000} s: ps may still show some of it`);
      process.exit(1);
    }, maxEndMs).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => stop('stopped; nothing is left running'));
  }
  const tooLate = setTimeout(() => stop(`not done after ${run.maxMs / 60_000} minutes`), run.maxMs);
  try {
    process.exitCode = await play(stopped.signal, say);
  } catch (error) {
    const reason: unknown = stopped.signal.aborted ? stopped.signal.reason : error;
    if (!(reason instanceof SetUpError)) throw reason;
    say(reason.message);
    process.exitCode = 1;
  } finally {
    clearTimeout(tooLate);
  }
}

function startClock(): Say {
  const startedMs = Date.now();
  return (text) => {
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    console.log(text.replaceAll(/^(?! {6})/gm, `${String(seconds).padStart(4)} s  `));
  };
}

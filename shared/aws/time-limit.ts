import type { Clock, DurationMs } from '../core/model/time.ts';

/** No answer came within the time that there was. `TimeoutError`, as the SDK calls its own. */
export class NoAnswerInTime extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Starts something that is to be over within a limit. Its signal is aborted when the limit is reached, and nobody waits
 * for it any longer, whether it heeds the signal or not: the SDK, for one, does not while it pauses between two tries.
 */
export async function within<T>(
  limitMs: DurationMs,
  clock: Clock,
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let cancel = () => {};
  const limit = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(limitMs, () => {
      reject(new NoAnswerInTime(`no answer within ${Math.round(limitMs / 100) / 10} s`));
      abort.abort();
    });
  });
  try {
    return await Promise.race([start(abort.signal), limit]);
  } finally {
    cancel();
  }
}

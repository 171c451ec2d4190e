import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './core/model/time.ts';

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (durationMs) => sleep(durationMs),
  after: (durationMs, callBack) => {
    const timer = setTimeout(callBack, durationMs);
    return () => clearTimeout(timer);
  },
};

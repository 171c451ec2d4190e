/** Milliseconds since 1970-01-01T00:00:00Z. The core never asks for the time: it is passed in. */
export type EpochMs = number;
export type DurationMs = number;

export const secondMs: DurationMs = 1_000;
export const minuteMs: DurationMs = 60 * secondMs;
export const hourMs: DurationMs = 60 * minuteMs;
export const dayMs: DurationMs = 24 * hourMs;

/**
 * EC2's time is known by the Date header of its answers, which has whole seconds and takes its time to arrive: a smaller
 * difference from this machine's is taken for none.
 */
export const leastClockOffsetMs: DurationMs = 10 * secondMs;

/** A clock that shows another time and runs as fast. */
export function shifted(clock: Clock, offsetMs: DurationMs): Clock {
  return {
    now: () => clock.now() + offsetMs,
    sleep: (durationMs) => clock.sleep(durationMs),
    after: (durationMs, callBack) => clock.after(durationMs, callBack),
  };
}

/** The clock as a port: the only way that code outside the core learns the time or waits. */
export interface Clock {
  now(): EpochMs;
  sleep(durationMs: DurationMs): Promise<void>;
  /** Calls back when that much time has passed, unless it is cancelled by what this returns. */
  after(durationMs: DurationMs, callBack: () => void): () => void;
}

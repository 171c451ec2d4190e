import type { Clock, DurationMs, EpochMs } from '../shared/core/model/time.ts';

type Timer = { readonly at: EpochMs; readonly order: number; readonly run: () => void };

/** Called before the time moves on; a promise holds the clock back, so that a demo can play at a human pace. */
export type AdvanceHook = (fromMs: EpochMs, toMs: EpochMs) => Promise<void> | void;

/**
 * Time that moves only when it is driven. Timers run in order of (time, insertion), and after each one every promise
 * that it set in motion runs as far as it can before the next: the same program always does the same.
 */
export class VirtualClock implements Clock {
  onAdvance: AdvanceHook | undefined;
  #now: EpochMs;
  #order = 0;
  #timers: Timer[] = [];
  #driven = false;

  constructor(startAt: EpochMs = Date.UTC(2026, 10, 23, 3, 0, 0)) {
    this.#now = startAt;
  }

  now(): EpochMs {
    return this.#now;
  }

  sleep(durationMs: DurationMs): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.#now + durationMs, resolve);
    });
  }

  after(durationMs: DurationMs, callBack: () => void): () => void {
    return this.at(this.#now + durationMs, callBack);
  }

  /** Runs `fn` when the time comes; a time in the past counts as now. Returns the way to cancel it. */
  at(timeMs: EpochMs, fn: () => void): () => void {
    const timer: Timer = { at: Math.max(timeMs, this.#now), order: this.#order++, run: fn };
    this.#insert(timer);
    return () => {
      const place = this.#timers.indexOf(timer);
      if (place >= 0) this.#timers.splice(place, 1);
    };
  }

  runFor(durationMs: DurationMs): Promise<void> {
    return this.runUntil(this.#now + durationMs);
  }

  async runUntil(timeMs: EpochMs): Promise<void> {
    await this.#drive(async () => {
      await drain();
      for (let next = this.#timers[0]; next !== undefined && next.at <= timeMs; next = this.#timers[0]) {
        await this.#fire(next);
      }
      await this.#advanceTo(timeMs);
    });
  }

  /**
   * Moves the time on until `promise` settles, and gives what it gave.
   * @throws Error if it has not settled and nothing is scheduled that could make it settle.
   */
  async complete<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.#drive(async () => {
      await drain();
      while (!settled) {
        const next = this.#timers[0];
        if (next === undefined) {
          throw new Error(
            `the promise never settles: at ${new Date(this.#now).toISOString()} nothing is scheduled that it could wait for`,
          );
        }
        await this.#fire(next);
      }
    });
    return promise;
  }

  async #drive(body: () => Promise<void>): Promise<void> {
    if (this.#driven)
      throw new Error('the clock is already being driven: await the first drive before the next');
    this.#driven = true;
    try {
      await body();
    } finally {
      this.#driven = false;
    }
  }

  async #fire(timer: Timer): Promise<void> {
    await this.#advanceTo(timer.at);
    // The hook may have let other code cancel this timer or put an earlier one before it.
    if (this.#timers[0] !== timer) return;
    this.#timers.shift();
    timer.run();
    await drain();
  }

  async #advanceTo(timeMs: EpochMs): Promise<void> {
    if (timeMs <= this.#now) return;
    await this.onAdvance?.(this.#now, timeMs);
    this.#now = timeMs;
  }

  #insert(timer: Timer): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle];
      if (other !== undefined && other.at <= timer.at) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }
}

let drains = 0;

/**
 * Lets every promise that can go on go on: Node.js runs all microtasks before the next tick. A turn of the event loop
 * would do the same at a multiple of the price; one in a thousand is one, so that nothing else of the process starves.
 */
function drain(): Promise<void> {
  drains += 1;
  return new Promise((resolve) => {
    if (drains % 1_000 === 0) setImmediate(resolve);
    else process.nextTick(resolve);
  });
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type DurationMs, minuteMs } from '../../../shared/core/model/time.ts';
import type { Verdict } from '../play/play-schedule.ts';
import type { PlayedTwice } from '../play/play-twice.ts';
import type { OutageSample } from '../report/outage-statistics.ts';
import type { BootImage, FaultKind } from '../schedule/schedule.ts';
import type { Search, Tally } from '../search.ts';

export type Task =
  | {
      readonly kind: 'search';
      readonly seed: number;
      readonly schedules: number;
      readonly probes: boolean;
      readonly standIns: Search['standIns'];
    }
  | {
      readonly kind: 'mutant';
      readonly name: string;
      readonly seed: number;
      readonly schedules: number;
      /** Which of them is played first. */
      readonly firstNth: number | undefined;
    }
  /** What was found once, against the controller as it is. */
  | { readonly kind: 'regressions'; readonly names: readonly string[] }
  /** A former mistake, made again, against the schedule that found it. */
  | { readonly kind: 'former-mistake'; readonly name: string }
  | {
      readonly kind: 'outages';
      readonly fault: FaultKind;
      readonly image: BootImage;
      readonly seed: number;
      readonly schedules: number;
    };

type Results = {
  readonly search: Tally;
  readonly mutant: Tally;
  readonly regressions: readonly PlayedTwice[];
  readonly 'former-mistake': Verdict;
  readonly outages: readonly OutageSample[];
};

/** Of real time; a block takes half a minute, a mutant that nothing outcomes some minutes. */
const longestTaskMs: DurationMs = 20 * minuteMs;

export const defaultWorkers = availableParallelism();

/**
 * Does the tasks on so many threads at once, and gives the results in the order of the tasks. `done` hears of each result
 * as it comes, and may say that the rest is not needed.
 */
export async function runTasks<K extends Task['kind']>(
  tasks: readonly Extract<Task, { kind: K }>[],
  workers: number,
  done: (result: Results[K], nth: number) => 'go on' | 'enough',
): Promise<Results[K][]> {
  const results = new Map<number, Results[K]>();
  let next = 0;
  let enough = false;
  const one = async () => {
    let thread: Thread | undefined;
    for (let nth = next++; nth < tasks.length && !enough; nth = next++) {
      const task = tasks[nth];
      if (task === undefined) break;
      thread ??= new Thread();
      const result = await thread.run<K>(task);
      if (breaksSource(task)) thread = await thread.end();
      results.set(nth, result);
      if (done(result, nth) === 'enough') enough = true;
    }
    await thread?.end();
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, one));
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}

/** A thread that has loaded a broken controller is good for nothing else. */
export function breaksSource(task: Task): task is Extract<Task, { readonly name: string }> {
  return task.kind === 'mutant' || task.kind === 'former-mistake';
}

/** Loads the controller once, and does one task after the other with it. */
class Thread {
  // Most of what a look makes is thrown away after it: with more room the collector has to run less often.
  readonly #worker = new Worker(new URL('worker.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 128 },
  });

  run<K extends Task['kind']>(task: Extract<Task, { kind: K }>): Promise<Results[K]> {
    return new Promise((resolve, reject) => {
      // A run that goes on for ever without a timer can be ended only from outside.
      const watchdog = setTimeout(() => {
        reject(new Error(`no result within ${longestTaskMs / minuteMs} minutes of ${JSON.stringify(task)}`));
        void this.end();
      }, longestTaskMs);
      this.#worker.removeAllListeners();
      this.#worker.once('message', (result: Results[K]) => {
        clearTimeout(watchdog);
        resolve(result);
      });
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) => {
        clearTimeout(watchdog);
        reject(new Error(`a worker ended with ${code} before its result`));
      });
      this.#worker.postMessage(task);
    });
  }

  async end(): Promise<undefined> {
    await this.#worker.terminate();
  }
}

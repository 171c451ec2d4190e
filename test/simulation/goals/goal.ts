import type { DurationMs } from '../../../shared/core/model/time.ts';
import type { HangSteps } from './hang-steps.ts';

/** What one day in the simulated account came to: a figure, and whether it is as it must be. */
export type Measured = {
  readonly figure: string;
  readonly worstMs?: DurationMs;
  readonly isReached: boolean;
  /** Where the time of a hang went, as far as that is known. */
  readonly steps?: HangSteps | undefined;
};

/** Something that Phoenat is to reach, and how it is measured. */
export type Goal = {
  readonly what: string;
  readonly must: string;
  /** How many days it is measured on; each has a seed of its own. */
  readonly days: number;
  readonly measure: (seed: number) => Promise<Measured>;
};

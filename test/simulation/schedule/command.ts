import type { EpochMs } from '../../../shared/core/model/time.ts';

/** What an operator asked for by hand. */
export type Command = {
  readonly at: EpochMs;
  readonly action: 'rebuild' | 'pause' | 'resume' | 'restore';
  /** The zone's letter. */
  readonly zone: string;
  readonly immediate: boolean;
};

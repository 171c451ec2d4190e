import type { Settings } from '../model/settings.ts';
import type { EpochMs } from '../model/time.ts';

export type DiagnosisContext = {
  readonly settings: Settings;
  /** The hash of all that a launch depends on; instances tagged with another are replaced. */
  readonly specHash: string;
  readonly now: EpochMs;
};

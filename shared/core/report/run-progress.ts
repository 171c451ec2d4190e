import type { Finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { EpochMs } from '../model/time.ts';
import type { StepReport } from './report.ts';

/** Since when a zone has been in trouble, and who says so. */
export type Trouble = { readonly since: EpochMs; readonly knownFrom: 'event' | 'ec2' | 'look' };

/** What a run has done in one zone so far. The loop writes it; the core only reads. */
export type ZoneProgress = {
  readonly steps: readonly StepReport[];
  /** A failure that only a person can mend. */
  readonly blocked: boolean;
  /** The latest instance whose boot said that it cannot forward. */
  readonly bootFailed?: Finding;
  readonly firstCutoverAt?: EpochMs;
  readonly lastCutoverAt?: EpochMs;
  readonly trouble?: Trouble;
  readonly healthyAgainAt?: EpochMs | undefined;
};

export type RunProgress = {
  readonly eventAt: EpochMs;
  readonly startedAt: EpochMs;
  /** When the latest snapshot was taken. */
  readonly lastLookAt: EpochMs;
  readonly zones: ReadonlyMap<ZoneName, ZoneProgress>;
};

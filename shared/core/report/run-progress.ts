import type { Finding } from '../model/finding.ts';
import type { InstanceId, ZoneName } from '../model/ids.ts';
import type { EpochMs } from '../model/time.ts';
import type { EndKnownFrom, StartKnownFrom, StepReport } from './report.ts';

/**
 * Since when a zone has been in trouble, and who says so: the event, EC2's own words, the instance by its own clock, the
 * first request of the probe that failed, or only the look that found it.
 */
export type Trouble = {
  readonly since: EpochMs;
  readonly knownFrom: StartKnownFrom;
};

/** When it was over: a request has passed, or it is so as far as EC2 can tell. */
export type Restored = { readonly at: EpochMs; readonly knownFrom: EndKnownFrom };

/** What a run has done in one zone so far. The loop writes it; the core only reads. */
export type ZoneProgress = {
  readonly steps: readonly StepReport[];
  /** A failure that only a person can mend. */
  readonly blocked: boolean;
  /** The latest instance whose boot said that it cannot forward. */
  readonly bootFailed?: Finding;
  readonly undone?: Finding;
  readonly firstCutoverAt?: EpochMs;
  readonly lastCutoverAt?: EpochMs;
  /** It is shut down, and has been seen to keep the traffic meanwhile. */
  readonly handsOver?: InstanceId;
  readonly trouble?: Trouble | undefined;
  readonly restored?: Restored | undefined;
};

export type RunProgress = {
  readonly eventAt: EpochMs;
  readonly startedAt: EpochMs;
  /** When the latest snapshot was taken. */
  readonly lastLookAt: EpochMs;
  readonly zones: ReadonlyMap<ZoneName, ZoneProgress>;
};

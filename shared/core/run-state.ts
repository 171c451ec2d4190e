import type { ZoneName } from './ids.ts';
import { emptyMemory, type Memory } from './memory.ts';
import type { StepReport } from './report.ts';
import type { EpochMs } from './time.ts';

/** What one invocation has done so far. The loop owns it; nothing else changes it. */
export type Run = {
  readonly eventAt: EpochMs;
  readonly startedAt: EpochMs;
  /** When the latest snapshot was taken. */
  lastLookAt: EpochMs;
  memory: Memory;
  readonly zones: Map<ZoneName, ZoneRun>;
};

export type ZoneRun = {
  readonly steps: StepReport[];
  /** Failed steps since the last one that succeeded: the back-off. */
  failuresInRow: number;
  retryAt: EpochMs;
  /** A failure that only a person can mend: this zone is left alone until the next run. */
  blocked: boolean;
  firstCutoverAt?: EpochMs;
  lastCutoverAt?: EpochMs;
  troubledSince?: EpochMs | undefined;
  healthyAgainAt?: EpochMs | undefined;
};

export function startRun(zones: readonly ZoneName[], eventAt: EpochMs, startedAt: EpochMs): Run {
  const fresh = (): ZoneRun => ({ steps: [], failuresInRow: 0, retryAt: startedAt, blocked: false });
  return {
    eventAt,
    startedAt,
    lastLookAt: startedAt,
    memory: emptyMemory,
    zones: new Map(zones.map((zone) => [zone, fresh()])),
  };
}

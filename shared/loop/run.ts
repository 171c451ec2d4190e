import { emptyMemory, type Memory } from '../core/memory/memory.ts';
import type { Finding } from '../core/model/finding.ts';
import type { InstanceId, ZoneName } from '../core/model/ids.ts';
import { isDenied, type Unknown } from '../core/model/observed.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { EpochMs } from '../core/model/time.ts';
import type { Haste } from '../core/neighbours/silence.ts';
import { hasRefusedCutover } from '../core/plan/pauses.ts';
import type { PlanContext, RefusedCutover } from '../core/plan/zone-plan.ts';
import type { StepReport } from '../core/report/report.ts';
import type { Restored, Trouble } from '../core/report/run-progress.ts';

/** What one invocation has done so far. The loop owns it; nothing else changes it. */
export type Run = {
  readonly eventAt: EpochMs;
  readonly startedAt: EpochMs;
  /** When the latest snapshot was taken. */
  lastLookAt: EpochMs;
  memory: Memory;
  /** An answer of EC2 without an end: this run asks for it once. */
  endless?: Unknown;
  /** Images that EC2 denies this run: they too are asked for once. */
  deniedImages?: Unknown;
  readonly zones: Map<ZoneName, ZoneRun>;
  /** As the latest look has shown it; absent before the first. */
  ring?: readonly ZoneSettings[];
  readonly asking: Map<ZoneName, Asking>;
  readonly telling: Map<InstanceId, Telling>;
  /** Zones whose instance is going down: what it says is on its way. */
  awaited: ReadonlySet<ZoneName>;
};

export type ZoneRun = {
  readonly steps: StepReport[];
  /** Failed steps since the last one that succeeded: the back-off. */
  failuresInRow: number;
  retryAt: EpochMs;
  /** A failure that only a person can mend: this zone is left alone until the next run. */
  blocked: boolean;
  /** The latest route or Elastic IP that EC2 would not move to a new instance. */
  refusedMove?: RefusedCutover;
  /** The latest instance whose boot said that it cannot forward: it is soon gone, and with it what it said. */
  bootFailed?: Finding;
  /** A cutover that this run has undone. */
  undone?: Finding;
  firstCutoverAt?: EpochMs;
  lastCutoverAt?: EpochMs;
  /** It gave its traffic away before it ended. */
  handsOver?: InstanceId;
  /** Another zone's, which carries the traffic, or did so until a moment ago: its word counts here too. */
  standIns: readonly InstanceId[];
  trouble?: Trouble | undefined;
  restored?: Restored | undefined;
};

/** What this run has asked of one zone's probe. */
export type Asking = {
  lastAt?: EpochMs;
  /** When it was asked about an instance that was seen to go down in the midst of the run. */
  sinceEnding?: EpochMs;
  count: number;
  /** Where a neighbour no longer hears an instance: its own zone's probe is asked so, and the neighbour's. */
  readonly haste?: Haste | undefined;
  /** Asked, and not answered yet. */
  readonly pending: Set<Promise<void>>;
};

/** What a run has done to tell one instance which addresses are in use. */
export type Telling = {
  readonly tries: number;
  /** When the latest try was over; absent while it is under way. */
  overAt?: EpochMs;
  pending: Promise<void>;
};

export function startRun(zones: readonly ZoneName[], eventAt: EpochMs, startedAt: EpochMs): Run {
  const fresh = (): ZoneRun => ({
    steps: [],
    failuresInRow: 0,
    retryAt: startedAt,
    blocked: false,
    standIns: [],
  });
  return {
    eventAt,
    startedAt,
    lastLookAt: startedAt,
    memory: emptyMemory,
    zones: new Map(zones.map((zone) => [zone, fresh()])),
    asking: new Map(),
    telling: new Map(),
    awaited: new Set(),
  };
}

/** Where calls fail, as the next plan must know. */
export function failuresOf({
  zones,
}: Run): Pick<PlanContext, 'failing' | 'refusedCutovers' | 'refusedMoves'> {
  const where = (holds: (zone: ZoneRun) => boolean) =>
    new Set([...zones].flatMap(([name, zone]) => (holds(zone) ? [name] : [])));
  const refusedMoves = [...zones].flatMap(([name, { refusedMove }]) =>
    refusedMove === undefined ? [] : [[name, refusedMove] as const],
  );
  return {
    failing: where(isFailing),
    refusedCutovers: where(hasRefusedCutover),
    refusedMoves: new Map(refusedMoves),
  };
}

/** For good, or too often for chance. */
function isFailing({ blocked, failuresInRow }: ZoneRun): boolean {
  return blocked || failuresInRow >= 3;
}

/** Of a deployment it means that it has failed: another instance would do no better. */
export function failedBootOf({ zones }: Run): ZoneName | undefined {
  return [...zones].find(([, { bootFailed }]) => bootFailed !== undefined)?.[0];
}

export function noteEndless(parts: readonly Snapshot[keyof Snapshot][], run: Run): void {
  for (const part of parts) {
    if (typeof part === 'object' && 'known' in part && !part.known && part.cause === 'endless') {
      run.endless = part;
    }
  }
}

export function noteDenied(images: Snapshot['images'], run: Run): void {
  if (!images.known && isDenied(images)) {
    run.deniedImages = images;
  }
}

import { type AwsFailure, needsPerson } from '../model/failure.ts';
import type { ZoneName } from '../model/ids.ts';
import type { Intent } from '../model/intent.ts';
import type { Unknown } from '../model/observed.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { type PlanPurpose, type ZonePlan, zonePlan } from './zone-plan.ts';

/** The part of a run's progress that decides how long it pauses. */
type Progress = {
  /** An answer of EC2 without an end. */
  readonly endless?: Unknown;
  readonly zones: ReadonlyMap<ZoneName, ZoneProgress>;
};

type ZoneProgress = {
  readonly steps: readonly { readonly purpose: PlanPurpose; readonly result: StepResult }[];
  readonly retryAt: EpochMs;
  readonly blocked: boolean;
  readonly lastCutoverAt?: EpochMs;
};

type StepResult =
  | { readonly kind: 'done' | 'planned' }
  | { readonly kind: 'failed'; readonly failure: Pick<AwsFailure, 'kind'> };

/** A zone that failed a moment ago pauses; one that needs a person is left alone until the next run. */
export function held(entry: ZonePlan, run: Progress, now: EpochMs): ZonePlan {
  const zone = run.zones.get(entry.zone);
  if (zone === undefined || entry.waves.length === 0) {
    return entry;
  }
  if (zone.blocked && !isBesides(entry, zone)) {
    // What is left over may be left, but not what came of a move that this run has made.
    const waits = entry.purpose === 'clean-up' ? entry.waits : [];
    return zonePlan(entry.zone, { waits, findings: entry.findings });
  }
  const pauseMs = zone.retryAt - now;
  return pauseMs <= 0
    ? entry
    : zonePlan(entry.zone, {
        findings: entry.findings,
        waits: [...entry.waits, { detail: 'a failed call to be tried again', pollMs: pauseMs }],
      });
}

/**
 * A repair that only a person can make possible keeps no instance that forwards nothing from being replaced; and a
 * replacement keeps the instance that works from being put right. Neither keeps traffic from going back to what works;
 * and once a part of that is refused, nothing is moved away from there again.
 */
function isBesides({ purpose }: ZonePlan, { steps }: ZoneProgress): boolean {
  const refused = steps.findLast(isRefused)?.purpose;
  return (
    (purpose === 'way-back' && refused !== 'way-back') ||
    (purpose === 'replacement' && refused === 'repair') ||
    (purpose === 'repair' && refused === 'replacement')
  );
}

/** EC2 has refused for good a step that moves the traffic to a new instance. */
export function hasRefusedCutover({ blocked, steps }: ZoneProgress): boolean {
  return blocked && steps.some((step) => step.purpose === 'replacement' && isRefused(step));
}

function isRefused({ result }: ZoneProgress['steps'][number]): boolean {
  return result.kind === 'failed' && needsPerson(result.failure);
}

/**
 * Undefined: there is nothing to wait for, or another run is already waiting for it. Nor does a run that has just healed a
 * zone wait until what was there before may be removed: its report is wanted now, and the next run is a minute away.
 */
export function nextPauseMs(
  plans: readonly ZonePlan[],
  run: Progress,
  { leavesWaiting, leavesRemovals }: Pick<Intent, 'leavesWaiting' | 'leavesRemovals'>,
): DurationMs | undefined {
  const polls = plans.flatMap(({ zone, waits }) => {
    const isLeft = leavesRemovals && run.zones.get(zone)?.lastCutoverAt !== undefined;
    return waits.flatMap(({ pollMs, isForRemoval }) => (isLeft && isForRemoval === true ? [] : [pollMs]));
  });
  const hasActed = [...run.zones.values()].some(({ steps }) => steps.length > 0);
  if (polls.length === 0 || run.endless !== undefined || (leavesWaiting && !hasActed)) {
    return undefined;
  }
  return Math.min(...polls);
}

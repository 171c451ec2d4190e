import type { Diagnosed } from '../diagnose/diagnose.ts';
import type { LaunchContext } from '../launch/launch-context.ts';
import type { Finding } from '../model/finding.ts';
import type { InterfaceId, ZoneName } from '../model/ids.ts';
import type { ZoneSettings } from '../model/settings.ts';
import type { NatInstance, RefusedMove } from '../model/snapshot.ts';
import type { Wait, Wave } from '../model/step.ts';
import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';

/** What a plan's steps are for; none where there are no steps. */
export type PlanPurpose =
  | 'command'
  | 'recovery'
  | 'way-back'
  | 'repair'
  | 'replacement'
  | 'clean-up'
  | 'none';

export type ZonePlan = {
  readonly zone: ZoneName;
  readonly purpose: PlanPurpose;
  /** In order; the steps of one wave leave together. */
  readonly waves: readonly Wave[];
  readonly waits: readonly Wait[];
  readonly findings: readonly Finding[];
  /** A launch is wanted and the images have not been read: read them and plan again. */
  readonly needsImages: boolean;
  /** A zone whose probe has still to say that its instance forwards: this one's traffic could then move there at once. */
  readonly awaitsWordOf?: ZoneName;
};

export type PlanContext = LaunchContext & {
  /** When the look that `now` ended had begun. */
  readonly lookBeganAt: EpochMs;
  /** The zones, each behind the one that it looks after. */
  readonly ring: readonly ZoneSettings[];
  /** Until the run's last look; absent: without end. */
  readonly timeLeftMs?: DurationMs;
  /** No run of the schedule: what it leaves open is not looked at again. */
  readonly isDeployment?: boolean;
  /** Of a deployment, a zone in which a boot has said that it cannot forward: the deployment has failed. */
  readonly failedBootOf?: ZoneName;
  /** Zones in which this run's calls go on failing: no other zone waits for them. */
  readonly failing: ReadonlySet<ZoneName>;
  /** Zones in which EC2 has refused a part of a cutover for good in this run. */
  readonly refusedCutovers: ReadonlySet<ZoneName>;
  /** The latest move to a new instance that EC2 has refused for good in this run. */
  readonly refusedMoves?: ReadonlyMap<ZoneName, RefusedCutover>;
};

export type RefusedCutover = RefusedMove & { readonly to: InterfaceId };

/**
 * A look takes a fifth of a second. If EC2 took this long to answer, the look may be out of date. Traffic is moved away
 * from something that works only after a fresh look: that is never urgent.
 */
const freshLookMs: DurationMs = 3 * secondMs;

export function isFresh({ lookBeganAt, now }: PlanContext): boolean {
  return now - lookBeganAt <= freshLookMs;
}

export const freshLook: Wait = {
  detail: 'answers of EC2 that are fresh enough to move traffic that flows',
  pollMs: secondMs,
};

/** A zone with a primary: a running one, or one that is starting. */
export type WithPrimary = Diagnosed & { readonly primary: NatInstance };

/**
 * How long a primary must have been seen carrying all of the zone's traffic before another instance is terminated, or
 * anything is asked of EC2 that is only harmless where the traffic is seen. It is longer than EC2's answers lag behind,
 * so that a controller that looked just before a cutover of another one does not undo that cutover.
 */
export const steadyForMs: DurationMs = 10 * secondMs;

export function isSteady({ primary, zone }: WithPrimary, context: PlanContext): boolean {
  const carried = context.memory.carriedSince.get(zone.name);
  return carried?.by === primary.id && context.now - carried.since >= steadyForMs;
}

/**
 * Runs that wait for the same candidate see in the same second that it is good. What one of them asks for where EC2 still
 * shows the traffic, be it only to try, would take back what another has just moved. So the run that has launched it goes
 * first, and the others give it the time to see what comes of it, to go back, and until EC2 shows that: traffic flows
 * meanwhile.
 */
const headStartMs: DurationMs = 20 * secondMs;

export function headStart({ zone, candidate }: WithPrimary, { memory, now }: PlanContext): Wait | undefined {
  const good = memory.goodSince.get(zone.name);
  const isOwn = memory.launches.get(zone.name)?.instanceId === candidate?.id;
  return good === undefined || good.candidate !== candidate?.id || isOwn || now - good.since >= headStartMs
    ? undefined
    : { detail: `the run that launched ${good.candidate} to move the traffic there`, pollMs: secondMs };
}

export function zonePlan(zone: ZoneName, parts: Partial<Omit<ZonePlan, 'zone'>>): ZonePlan {
  const waves = (parts.waves ?? []).filter((wave) => wave.length > 0);
  return { zone, purpose: 'none', waits: [], findings: [], needsImages: false, ...parts, waves };
}

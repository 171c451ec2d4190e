import type { Diagnosed } from '../diagnose/diagnose.ts';
import type { Replacement } from '../diagnose/replacement-reasons.ts';
import type { ZoneView } from '../diagnose/zone-view.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { Address, NatInstance } from '../model/snapshot.ts';
import type { ControllerStep } from '../model/step.ts';
import { tagKeys } from '../model/tags.ts';
import { type EpochMs, hourMs, minuteMs, secondMs } from '../model/time.ts';

/**
 * The breaker's count: every instance of this zone that was launched within the hour. Those that EC2 lists, and those
 * that were noted: a terminated instance stays listed for about an hour but loses its tags before that, and with them
 * all that makes it ours (EC2 User Guide, "Terminate an instance").
 */
export function launchesWithinHour({ instances, address }: ZoneView, now: EpochMs): EpochMs[] {
  const resetAt = address?.breakerResetAt ?? 0;
  // A reset that is yet to come would keep the breaker from ever opening until then: it counts for nothing.
  const from = resetAt <= now ? resetAt : 0;
  const isCounted = (at: EpochMs) => now - at < hourMs && at > from;
  const listed = instances.map(({ launchedAt }) => launchedAt).filter(isCounted);
  const noted = believed(address?.launches, now).filter(isCounted);
  return [...listed, ...without(noted, listed)].map((at) => Math.min(at, now));
}

/** Where a zone's launches of the last hour stand against the limit. */
export type Breaker = {
  readonly launches: readonly EpochMs[];
  readonly maxPerHour: number;
  readonly isOpen: boolean;
  /** It is open, but one launch is left: for a failure. */
  readonly keepsLast: boolean;
};

/** Whether there may be one launch more, for this cause; none: the zone has no instance. */
export function breakerOf(
  view: ZoneView,
  now: EpochMs,
  maxPerHour: number,
  cause?: Replacement['cause'],
): Breaker {
  const launches = launchesWithinHour(view, now);
  const isOpen = launches.length >= launchLimit(cause, maxPerHour);
  return { launches, maxPerHour, isOpen, keepsLast: isOpen && launches.length < maxPerHour };
}

/** Why nothing is launched in a zone whose breaker is open. */
export function openFinding({ launches, maxPerHour, keepsLast }: Breaker, zone: ZoneName): Finding {
  const kept = keepsLast ? ', and the last is kept for a failure' : '';
  const detail = `${launches.length} launches in zone ${zone} within an hour, the limit is ${maxPerHour}${kept}; find out why they fail before you raise it`;
  return finding('breaker-open', detail);
}

/**
 * How many launches of an hour there may be. Candidates that never get ready must not use the hour up while the primary
 * works: its failure would then wait for the hour to pass. So the last launch is kept from them, where that leaves a
 * deployment and its rollback enough.
 */
export function launchLimit(cause: Replacement['cause'] | undefined, maxPerHour: number): number {
  const isForWorking = cause === 'planned' || cause === 'due';
  return isForWorking && maxPerHour > launchesOfARollback ? maxPerHour - 1 : maxPerHour;
}

/** The notes of the last hour. A tag may say anything, and what is yet to come was never a launch. */
function believed(launches: readonly EpochMs[] | undefined, now: EpochMs): EpochMs[] {
  return (launches ?? []).filter((at) => now - at < hourMs && !liesAhead(at, now));
}

/** By more than the clocks of two machines differ. */
function liesAhead(at: EpochMs, now: EpochMs): boolean {
  return at - now > minuteMs;
}

function isOdd({ launches, launchesAreOdd }: Address, now: EpochMs): boolean {
  return launchesAreOdd === true || (launches ?? []).some((at) => liesAhead(at, now));
}

/** The faults of the note, in words. */
export function launchesOddness(address: Address, now: EpochMs): string[] {
  return (address.launches ?? []).some((at) => liesAhead(at, now))
    ? [
        `tag ${tagKeys.launches} of ${address.allocationId} counts launches that are yet to come; they are passed over, and the tag is written anew`,
      ]
    : [];
}

/** The note that makes the launches of dead instances outlast their tags; none where it would say nothing new. */
export function rememberLaunches({ view, zone }: Diagnosed, now: EpochMs): ControllerStep[] {
  const isRecent = (at: EpochMs) => now - at < hourMs;
  const noted = believed(view.address?.launches, now);
  const dead = view.instances.filter(isEnding).map(({ launchedAt }) => launchedAt);
  const unnoted = without(dead.filter(isRecent), noted);
  const launches = [...unnoted, ...noted].toSorted((a, b) => b - a).slice(0, maxNoted);
  const isWrong = view.address !== undefined && isOdd(view.address, now);
  return unnoted.length === 0 && !isWrong
    ? []
    : [{ kind: 'remember-launches', allocationId: zone.allocationId, launches }];
}

function isEnding({ state }: NatInstance): boolean {
  return state === 'shutting-down' || state === 'terminated';
}

/** A tag's value has 256 characters at most, and one launch takes eleven; the breaker counts to 20 at most. */
const maxNoted = 20;

/** EC2's launch times have whole seconds. Two launches of one second count twice, as long as both are there twice. */
function without(times: readonly EpochMs[], known: readonly EpochMs[]): EpochMs[] {
  const left = known.map(secondOf);
  return times.filter((at) => {
    const index = left.indexOf(secondOf(at));
    if (index >= 0) {
      left.splice(index, 1);
    }
    return index < 0;
  });
}

function secondOf(at: EpochMs): number {
  return Math.floor(at / secondMs);
}

/** Creation, an update and its rollback take three launches. */
export const launchesOfARollback = 3;

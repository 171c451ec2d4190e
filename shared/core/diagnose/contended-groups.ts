import { type Finding, finding } from '../model/finding.ts';
import type { NatInstance } from '../model/snapshot.ts';
import type { ControllerStep } from '../model/step.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs } from '../model/time.ts';
import { type Drift, isHarmless } from './drift.ts';
import type { ZoneView } from './zone-view.ts';

/** So often an interface is put back at once. After that somebody else changes it again and again. */
const atOnce = 3;
/** Then so long after the latest time, twice as long after each, and never longer than that. */
const firstPauseMs: DurationMs = 5 * minuteMs;
const maxPauseMs: DurationMs = hourMs;
/** When nobody has changed the groups for so long, it is over. */
const overAfterMs: DurationMs = 2 * hourMs;
/** What is put back in the run that finds it is told for so long: it would never show in a report otherwise. */
const toldForMs: DurationMs = 10 * minuteMs;
/** A tag's value has 256 characters at most, and a time takes eleven. */
const maxNoted = 12;

/**
 * A tool that adds a security group to the interface each minute and Phoenat would undo each other for ever. Packets pass
 * all the same, so it is put back ever more rarely, and a person is told. Where one of ours is missing clients may be
 * offline: that is put back each time.
 */
export function isLeftForNow(drift: Drift, primary: NatInstance, now: EpochMs): boolean {
  return isHarmless(drift) && now < putBackFrom(primary, now);
}

export function contendedFindings(
  { securityGroupIds }: ZoneView,
  primary: NatInstance | undefined,
  drifts: readonly Drift[],
  now: EpochMs,
): Finding[] {
  const times = primary === undefined ? [] : putBacks(primary, now);
  const latest = times[0] ?? 0;
  const first = times.at(-1) ?? 0;
  const drift = drifts.find(({ kind }) => kind === 'security-groups');
  if (primary === undefined || times.length < atOnce || (drift === undefined && now - latest > toldForMs)) {
    return [];
  }
  const next =
    drift === undefined || isHarmless(drift)
      ? `it is put back again from ${iso(putBackFrom(primary, now))} on, and ever more rarely`
      : 'it is put back each time, since clients may be offline meanwhile';
  const detail = `${primary.interfaceId ?? `the interface of ${primary.id}`} was put back into ${securityGroupIds.join(', ')} ${times.length} times since ${iso(first)}, and somebody changes its groups again each time; ${next}; find the caller of ModifyNetworkInterfaceAttribute in CloudTrail, and have it leave the interfaces with the tag phoenat:stack alone`;
  return [finding('groups-contended', detail)];
}

/** Written after it was put back, so that later runs know how often that was. */
export function notePutBack(primary: NatInstance, now: EpochMs): ControllerStep {
  const at = [now, ...putBacks(primary, now)].slice(0, maxNoted);
  return { kind: 'note-put-back', instanceId: primary.id, at };
}

function putBackFrom(primary: NatInstance, now: EpochMs): EpochMs {
  const times = putBacks(primary, now);
  const [latest] = times;
  return latest === undefined || times.length < atOnce
    ? now
    : latest + Math.min(maxPauseMs, firstPauseMs * 2 ** (times.length - atOnce));
}

/** Those without a long quiet time between them, the youngest first. Tags are input: what is yet to come was never done. */
function putBacks({ putBackAt = [] }: NatInstance, now: EpochMs): EpochMs[] {
  const times = putBackAt.filter((at) => at <= now).toSorted((a, b) => b - a);
  const end = times.findIndex((at, nth) => (times[nth - 1] ?? now) - at >= overAfterMs);
  return end < 0 ? times : times.slice(0, end);
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

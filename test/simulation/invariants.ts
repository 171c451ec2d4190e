import { tagKeys } from '../../shared/core/tags.ts';
import { type EpochMs, hourMs, minuteMs, secondMs } from '../../shared/core/time.ts';
import { ClientCrashed } from '../simulator/aws-error.ts';
import type { CallRecord } from '../simulator/client.ts';
import { forwards } from '../simulator/data-plane.ts';
import type { InstanceRecord } from '../simulator/records.ts';
import type { RecordedInvocation } from '../stage/stage.ts';
import { commandOf, firstOf, isTouched, type Moment, wakeOf, writtenIsSeenMs } from './moment.ts';
import { onlyOursIsChanged } from './only-ours-is-changed.ts';
import { changesBetween } from './picture.ts';

export const invariantNames = [
  'only-ours-is-changed',
  'no-address-is-lost',
  'last-forwarder-is-kept',
  'settled-means-settled',
  'breaker-holds',
  'paused-is-left-alone',
  'runs-end-in-a-report',
  'every-zone-settles',
  'deletion-leaves-nothing',
] as const;

export type InvariantName = (typeof invariantNames)[number];

/** Says what is wrong, or nothing. */
type Check = (moment: Moment) => string | undefined;

/** Everything that is checked after every call that changes the account; the design's words are in the comments. */
export const invariants: ReadonlyMap<InvariantName, Check> = new Map<InvariantName, Check>([
  ['only-ours-is-changed', onlyOursIsChanged],
  ['no-address-is-lost', noAddressIsLost],
  ['last-forwarder-is-kept', lastForwarderIsKept],
  ['settled-means-settled', settledMeansSettled],
  ['breaker-holds', breakerHolds],
  ['paused-is-left-alone', pausedIsLeftAlone],
]);

/** No Elastic IP is ever released that we did not allocate; we allocate none, the template does. */
export function noAddressIsLost({ before, after }: Pick<Moment, 'before' | 'after'>): string | undefined {
  const lost = [...before.addresses.keys()].find((id) => !after.addresses.has(id));
  return lost && `${lost} was released`;
}

/** A status check runs once a minute, and its answer may be half a minute old: what healed since cannot be known. */
const unknowableMs = 90 * secondMs;

/**
 * The last instance that forwards for a zone is never stopped or terminated by us, unless a forced immediate rebuild
 * says so. Another counts as forwarding where it does, or where EC2's checks, which is all that can be asked, hold
 * nothing against it.
 */
export function lastForwarderIsKept(moment: Moment): string | undefined {
  if (moment.deleting) return undefined;
  const ended = changesBetween(moment.before.instances, moment.after.instances).flatMap(
    ({ before, after }) => (before?.state === 'running' && after?.state !== 'running' ? [before] : []),
  );
  return firstOf(ended.map((instance) => endsTheLast(instance, moment)));
}

function endsTheLast(ended: InstanceRecord, { after, now, stack, commands }: Moment): string | undefined {
  const isForced = commands.some(
    ({ action, immediate, zone, at }) =>
      action === 'rebuild' &&
      immediate &&
      zone === ended.launch.availabilityZone.slice(-1) &&
      at >= ended.launchedAt,
  );
  const wasWell =
    forwards(ended).ok && ended.impairments.every(({ to }) => to !== undefined && now - to > unknowableMs);
  if (isForced || !wasWell) return undefined;
  const { availabilityZone } = ended.launch;
  const others = [...after.instances.values()].filter(
    (other) =>
      other.launch.availabilityZone === availabilityZone &&
      other.tags[tagKeys.stack] === stack &&
      other.id !== ended.id,
  );
  return others.some((other) => forwards(other).ok || looksWell(other, now) || wasWellJustNow(other, now))
    ? undefined
    : `${ended.id} was the last that forwarded in ${availabilityZone}`;
}

/**
 * Somebody has ended it since the caller looked: an answer is up to 5 s behind, a stale one another 8 s, and the call was
 * a moment on its way. EC2 knows no call that would terminate one instance only if another one runs.
 */
const unseenMs = 15 * secondMs;

function wasWellJustNow({ state, stateSince, impairments }: InstanceRecord, now: EpochMs): boolean {
  const isEnding = state === 'stopping' || state === 'shutting-down';
  return isEnding && now - stateSince < unseenMs && impairments.length === 0;
}

/** Running long enough to have been checked, and nothing wrong that a check could have found by now. */
function looksWell({ state, runningSince, impairments }: InstanceRecord, now: EpochMs): boolean {
  const isChecked = state === 'running' && runningSince !== undefined && now - runningSince > 2 * minuteMs;
  return isChecked && impairments.every(({ from, to }) => to !== undefined || now - from < unknowableMs);
}

/**
 * Longer than anything takes that changes by time alone: status checks begin two minutes after `running` and run once a
 * minute, and so does the schedule.
 */
const stillForMs = 5 * minuteMs;

/** Settled means settled: a run over a settled zone makes no mutating call. What is settled, the account says. */
export function settledMeansSettled(moment: Moment): string | undefined {
  const { run, stillSince, call, zones } = moment;
  if (run === undefined || stillSince === undefined || run.startedAt - stillSince <= stillForMs) {
    return undefined;
  }
  switch (wakeOf(run)) {
    case 'routine':
      return `${call.name} although there was nothing to do`;
    case 'warning':
      // What no Describe call repeats is written down.
      return undefined;
    case 'command': {
      const other = zones.find((zone) => zone.letter !== commandOf(run)?.zone && isTouched(zone, moment));
      return other && `${call.name} in zone ${other.letter}, where nothing was asked for`;
    }
  }
}

/** Never more launches an hour than the breaker allows. */
export function breakerHolds(moment: Moment): string | undefined {
  const { before, after, now, stack, maxLaunchesPerHour } = moment;
  const launched = changesBetween(before.instances, after.instances).find(
    (change) => change.before === undefined,
  );
  const zone = launched?.after?.launch.availabilityZone;
  if (zone === undefined) return undefined;
  const count = [...after.instances.values()].filter(
    ({ launch, tags, launchedAt }) =>
      launch.availabilityZone === zone && tags[tagKeys.stack] === stack && now - launchedAt < hourMs,
  ).length;
  return count > maxLaunchesPerHour
    ? `${count} launches in ${zone} within an hour, ${maxLaunchesPerHour} are allowed`
    : undefined;
}

/** Paused: observe and report only, until an operator says otherwise of this very zone. */
export function pausedIsLeftAlone(moment: Moment): string | undefined {
  const { run, zones, call } = moment;
  if (run === undefined) return undefined;
  const command = commandOf(run);
  const touched = zones.filter(
    (zone) =>
      zone.pausedSince !== undefined &&
      run.startedAt - zone.pausedSince > writtenIsSeenMs &&
      !(command?.zone === zone.letter && command.action !== 'rebuild') &&
      isTouched(zone, moment),
  );
  return firstOf(touched.map(({ letter }) => `${call.name} in zone ${letter}, which is paused`));
}

/** Below this a run cannot be sure to end in time: it keeps eight seconds, and a launch takes two and a half. */
const shortestFairTimeoutMs = 15 * secondMs;
/** No call takes so long by itself. */
const longCallMs = 5 * secondMs;

/**
 * Every run ends in a report, unless its process is killed; it never stumbles, and it never works until Lambda's time-out
 * kills it, unless its calls failed or were slow.
 */
export function runsEndInAReport(
  invocations: readonly RecordedInvocation[],
  calls: readonly CallRecord[],
): string | undefined {
  return firstOf(
    invocations.map((run) => {
      const { clientName, error, timedOutAfterMs } = run;
      if (error !== undefined && !(error instanceof ClientCrashed)) return `${clientName}: ${String(error)}`;
      if (timedOutAfterMs === undefined || timedOutAfterMs < shortestFairTimeoutMs) return undefined;
      const hadTrouble = calls.some((call) => call.clientName === clientName && isTrouble(call, run));
      return hadTrouble ? undefined : `${clientName} was at work when its ${timedOutAfterMs} ms were over`;
    }),
  );
}

function isTrouble({ outcome, sentAt, answeredAt }: CallRecord, { endedAt }: RecordedInvocation): boolean {
  const isFailure = outcome !== 'ok' && outcome !== 'crashed';
  return isFailure || (answeredAt ?? endedAt ?? sentAt) - sentAt > longCallMs;
}

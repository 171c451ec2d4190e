import { tagKeys } from '../../shared/core/tags.ts';
import { type EpochMs, hourMs, minuteMs, secondMs } from '../../shared/core/time.ts';
import { ClientCrashed } from '../simulator/aws-error.ts';
import type { CallRecord } from '../simulator/client.ts';
import { forwards } from '../simulator/data-plane.ts';
import type {
  AddressRecord,
  InstanceRecord,
  InterfaceRecord,
  RouteTableRecord,
  Tags,
} from '../simulator/records.ts';
import type { RecordedInvocation } from '../stage/stage.ts';
import type { Command } from './command.ts';
import { type Change, changesBetween, type Picture } from './picture.ts';

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

/** One mutating call at the moment when it took effect, and what the world knows about it that the caller may not. */
export type Moment = {
  readonly now: EpochMs;
  readonly call: CallRecord;
  readonly before: Picture;
  readonly after: Picture;
  readonly stack: string;
  /** The allocation ids and the zones that the configuration names. */
  readonly zones: readonly NamedZone[];
  /** Every table that has served a configured private subnet, and until when: for ever, while it does. */
  readonly servedUntil: ReadonlyMap<string, EpochMs>;
  /** Since when each table that leads to an internet gateway does so. */
  readonly publicSince: ReadonlyMap<string, EpochMs>;
  readonly maxLaunchesPerHour: number;
  /** The run that made the call; absent where the stack's deployment or deletion made it. */
  readonly run: RecordedInvocation | undefined;
  /** Before this call, since when there was nothing to do; absent where there was something. */
  readonly stillSince: EpochMs | undefined;
  /** What operators have asked for by hand. */
  readonly commands: readonly Command[];
  /** The stack is being deleted: everything goes, and that is what was asked for. */
  readonly deleting: boolean;
};

export type NamedZone = {
  readonly letter: string;
  readonly availabilityZone: string;
  readonly allocationId: string;
  readonly tableIds: ReadonlySet<string>;
  /** Since when its pause is written, if it is. */
  readonly pausedSince: EpochMs | undefined;
  /** Since when its Elastic IP is on an interface that is not ours, if it is. */
  readonly abroadSince: EpochMs | undefined;
};

/**
 * A run that began this long after something was written has seen it: Describe calls lag 5 s behind at most, and a stale
 * replica another 8 s (what schedule.ts allows and draw-schedule.ts draws); the rest is for a look to be repeated.
 */
const writtenIsSeenMs = 30 * secondMs;

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

/**
 * Nothing that is not tagged as this stack's, or named in its configuration, is ever changed. Routes other than the
 * default route, public route tables and foreign Elastic IPs are never touched.
 */
export function onlyOursIsChanged(moment: Moment): string | undefined {
  const { before, after } = moment;
  return firstOf([
    ...changesBetween(before.instances, after.instances).map((change) => foreignChange(change, moment)),
    ...changesBetween(before.interfaces, after.interfaces).map((change) => foreignInterface(change, moment)),
    ...changesBetween(before.addresses, after.addresses).map((change) => foreignAddress(change, moment)),
    ...changesBetween(before.routeTables, after.routeTables).map((change) => foreignRoutes(change, moment)),
    ...changesBetween(before.rest, after.rest).map(({ id }) => `${id} is nobody's to change`),
  ]);
}

function foreignChange(
  { id, before, after }: Change<{ readonly tags: Tags }>,
  { stack }: Moment,
): string | undefined {
  const isOurs = (before ?? after)?.tags[tagKeys.stack] === stack;
  return isOurs ? undefined : `${id} is not tagged ${tagKeys.stack}=${stack}`;
}

/** An interface without our tag is ours as well while it belongs to an instance of ours; a new one must have the tag. */
function foreignInterface(change: Change<InterfaceRecord>, moment: Moment): string | undefined {
  const owner = moment.before.instances.get(change.before?.attachment?.instanceId ?? '');
  const isOfOurs = owner?.tags[tagKeys.stack] === moment.stack;
  return isOfOurs ? undefined : foreignChange(change, moment);
}

/** Also one of ours is not taken away from whoever has put it on an interface of theirs. */
function foreignAddress(
  { id, before, after }: Change<AddressRecord>,
  { zones, run }: Moment,
): string | undefined {
  const zone = zones.find(({ allocationId }) => allocationId === id);
  if (zone === undefined) return `${id} is not an Elastic IP of this stack`;
  const { abroadSince } = zone;
  const isMoved = before?.association?.interfaceId !== after?.association?.interfaceId;
  const isKnown =
    run !== undefined && abroadSince !== undefined && run.startedAt - abroadSince > writtenIsSeenMs;
  return isMoved && isKnown
    ? `${id} was taken from ${before?.association?.interfaceId}, which is not ours`
    : undefined;
}

function foreignRoutes(
  { id, before, after }: Change<RouteTableRecord>,
  { servedUntil, publicSince, run }: Moment,
): string | undefined {
  const until = servedUntil.get(id);
  const isKnownToServeNobody = run !== undefined && run.startedAt - (until ?? 0) > writtenIsSeenMs;
  if (until === undefined || isKnownToServeNobody) return `${id} serves no private subnet of this stack`;
  if (before === undefined || after === undefined) return `${id} came or went`;
  const isKnownPublic =
    run !== undefined && run.startedAt - (publicSince.get(id) ?? run.startedAt) > writtenIsSeenMs;
  if (isKnownPublic && JSON.stringify(before.routes) !== JSON.stringify(after.routes))
    return `${id} is public`;
  return JSON.stringify(otherRoutes(before)) === JSON.stringify(otherRoutes(after)) &&
    before.associations === after.associations
    ? undefined
    : `more of ${id} was changed than its default route`;
}

const defaultRoute = '0.0.0.0/0';

function otherRoutes({ routes }: RouteTableRecord) {
  return routes.filter(({ destination }) => destination !== defaultRoute);
}

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
      other.state === 'running',
  );
  return others.some((other) => forwards(other).ok || looksWell(other, now))
    ? undefined
    : `${ended.id} was the last that forwarded in ${availabilityZone}`;
}

/** Running long enough to have been checked, and nothing wrong that a check could have found by now. */
function looksWell({ runningSince, impairments }: InstanceRecord, now: EpochMs): boolean {
  const isChecked = runningSince !== undefined && now - runningSince > 2 * minuteMs;
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

/**
 * What has woken a run: the schedule or a change of state, which say no more than "look"; Spot's and AWS Health's
 * warnings; an operator.
 */
export function wakeOf(run: RecordedInvocation): 'routine' | 'warning' | 'command' {
  if (commandOf(run) !== undefined) return 'command';
  const { event } = run;
  const type = typeof event === 'object' && event !== null ? Reflect.get(event, 'detail-type') : undefined;
  const isRoutine = type === 'Scheduled Event' || type === 'EC2 Instance State-change Notification';
  return isRoutine ? 'routine' : 'warning';
}

function commandOf({ event }: RecordedInvocation): Pick<Command, 'action' | 'zone'> | undefined {
  return typeof event === 'object' && event !== null && 'action' in event && 'zone' in event
    ? (event as Pick<Command, 'action' | 'zone'>)
    : undefined;
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

function isTouched(zone: NamedZone, { before, after }: Moment): boolean {
  return (
    changesBetween(before.instances, after.instances).some(
      (change) => (change.before ?? change.after)?.launch.availabilityZone === zone.availabilityZone,
    ) ||
    changesBetween(before.interfaces, after.interfaces).some(
      (change) => (change.before ?? change.after)?.availabilityZone === zone.availabilityZone,
    ) ||
    changesBetween(before.addresses, after.addresses).some(({ id }) => id === zone.allocationId) ||
    changesBetween(before.routeTables, after.routeTables).some(({ id }) => zone.tableIds.has(id))
  );
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

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

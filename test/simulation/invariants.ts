import { tagKeys } from '../../shared/core/tags.ts';
import { type EpochMs, hourMs, minuteMs, secondMs } from '../../shared/core/time.ts';
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
import { type Change, changesBetween, type Picture } from './picture.ts';

export type InvariantName =
  | 'only-ours-is-changed'
  | 'no-address-is-lost'
  | 'last-forwarder-is-kept'
  | 'settled-means-settled'
  | 'breaker-holds'
  | 'paused-is-left-alone'
  | 'runs-end-in-a-report'
  | 'every-zone-settles'
  | 'deletion-leaves-nothing';

/** One mutating call at the moment when it took effect, and what the world knows about it that the caller may not. */
export type Moment = {
  readonly now: EpochMs;
  readonly call: CallRecord;
  readonly before: Picture;
  readonly after: Picture;
  readonly stack: string;
  /** The allocation ids and the zones that the configuration names. */
  readonly zones: readonly NamedZone[];
  /** Every table that has served a configured private subnet, at any time. */
  readonly namedTableIds: ReadonlySet<string>;
  /** Since when each table that leads to an internet gateway does so. */
  readonly publicSince: ReadonlyMap<string, EpochMs>;
  readonly maxLaunchesPerHour: number;
  /** The run that made the call; absent where the stack's deployment or deletion made it. */
  readonly run: RecordedInvocation | undefined;
  /** The last run before that one to end with everything settled. */
  readonly settledRun: RecordedInvocation | undefined;
  /** When anything in the account, or the configuration, last changed before this call. */
  readonly lastChangeAt: EpochMs;
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

/** A run that began this long after something was written has seen it, however stale EC2's answers were. */
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
  { namedTableIds, publicSince, run }: Moment,
): string | undefined {
  if (!namedTableIds.has(id)) return `${id} serves no private subnet of this stack`;
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

/** A status check runs once a minute: what healed since cannot be known. */
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

function endsTheLast(ended: InstanceRecord, { after, now, stack }: Moment): string | undefined {
  const isForced = ended.tags[tagKeys.replace]?.startsWith('rebuild-immediate') ?? false;
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

/** Longer than anything takes that changes by time alone: the status checks, the quiet before surplus is removed. */
const stillForMs = 3 * minuteMs;

/** Settled means settled: a run over a settled zone makes no mutating call. */
export function settledMeansSettled(moment: Moment): string | undefined {
  const { run, settledRun, lastChangeAt, call } = moment;
  if (run === undefined || isManual(run) || isWarning(run) || settledRun === undefined) return undefined;
  return settledRun.startedAt - lastChangeAt > stillForMs
    ? `${call.name} although nothing had changed since a run found everything settled`
    : undefined;
}

export function isManual({ event }: RecordedInvocation): boolean {
  return typeof event === 'object' && event !== null && 'action' in event;
}

/** What no Describe call repeats, and is therefore written down: Spot's two warnings, and AWS Health's. */
function isWarning({ event }: RecordedInvocation): boolean {
  const type = typeof event === 'object' && event !== null ? Reflect.get(event, 'detail-type') : undefined;
  return type !== 'Scheduled Event' && type !== 'EC2 Instance State-change Notification';
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

/** Paused: observe and report only. */
export function pausedIsLeftAlone(moment: Moment): string | undefined {
  const { run, zones, call } = moment;
  if (run === undefined || isManual(run)) return undefined;
  const touched = zones.filter(
    (zone) =>
      zone.pausedSince !== undefined &&
      run.startedAt - zone.pausedSince > writtenIsSeenMs &&
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

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

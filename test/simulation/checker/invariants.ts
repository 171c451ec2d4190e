import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type EpochMs, hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { forwards } from '../../../simulator/data-plane.ts';
import { ClientCrashed } from '../../../simulator/ec2/aws-error.ts';
import type { CallRecord } from '../../../simulator/ec2/client.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import type { RecordedInvocation } from '../../../simulator/harness/harness.ts';
import { homeOf } from '../../../simulator/topology.ts';
import type { Command } from '../schedule/command.ts';
import { heldTrafficWaits } from './held-traffic-waits.ts';
import { looksWell } from './looks-well.ts';
import {
  commandOf,
  firstOf,
  isContended,
  isForced,
  isIn,
  isLook,
  isMeant,
  isTouched,
  type Moment,
  type NamedZone,
  unknowableMs,
  unseenMs,
  wakeOf,
  writtenIsSeenMs,
} from './moment.ts';
import { newSpotStandsAlone, noSpotAfterAWarning } from './new-spot.ts';
import { oldReadingsDecideNothing } from './old-readings-decide-nothing.ts';
import { onlyOursIsChanged } from './only-ours-is-changed.ts';
import { changesBetween } from './picture.ts';
import {
  addressStays,
  homeWhenReady,
  lastStandInOf,
  oneHopAtMost,
  standInIsKept,
  standInIsProven,
} from './stand-ins.ts';
import { workingZonesStayOnline } from './working-zones-stay-online.ts';

export const invariantNames = [
  'only-ours-is-changed',
  'no-address-is-lost',
  'last-forwarder-is-kept',
  'carrier-is-kept',
  'stand-in-is-kept',
  'stand-in-is-proven',
  'one-hop-at-most',
  'address-stays',
  'home-when-ready',
  'working-zones-stay-online',
  'held-traffic-waits',
  'lost-routes-go-back',
  'upstream-moves-nothing',
  'old-readings-decide-nothing',
  'alarms-move-nothing',
  'settled-means-settled',
  'breaker-holds',
  'new-spot-stands-alone',
  'no-spot-after-a-warning',
  'paused-is-left-alone',
  'runs-end-in-a-report',
  'every-zone-settles',
  'success-means-egress',
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
  ['carrier-is-kept', carrierIsKept],
  ['stand-in-is-kept', standInIsKept],
  ['stand-in-is-proven', standInIsProven],
  ['one-hop-at-most', oneHopAtMost],
  ['address-stays', addressStays],
  ['home-when-ready', homeWhenReady],
  ['working-zones-stay-online', workingZonesStayOnline],
  ['held-traffic-waits', heldTrafficWaits],
  ['upstream-moves-nothing', upstreamMovesNothing],
  ['old-readings-decide-nothing', oldReadingsDecideNothing],
  ['alarms-move-nothing', alarmsMoveNothing],
  ['settled-means-settled', settledMeansSettled],
  ['breaker-holds', breakerHolds],
  ['new-spot-stands-alone', newSpotStandsAlone],
  ['no-spot-after-a-warning', noSpotAfterAWarning],
  ['paused-is-left-alone', pausedIsLeftAlone],
]);

/** No Elastic IP is ever released that we did not allocate; we allocate none, the template does. */
export function noAddressIsLost({ before, after }: Pick<Moment, 'before' | 'after'>): string | undefined {
  const lost = [...before.addresses.keys()].find((id) => !after.addresses.has(id));
  return lost && `${lost} was released`;
}

/**
 * The last instance that forwards for a zone is never stopped or terminated by us, unless a forced immediate rebuild
 * says so. Another counts as forwarding where it does, or where EC2's checks, which is all that can be asked, hold
 * nothing against it.
 */
export function lastForwarderIsKept(moment: Moment): string | undefined {
  return firstOf(endedThoughWell(moment).map((instance) => endsTheLast(instance, moment)));
}

/** Make before break: an instance that has the zone's Elastic IP and a route of it is not ended before they have moved. */
export function carrierIsKept(moment: Moment): string | undefined {
  return firstOf(endedThoughWell(moment).map((instance) => endsTheCarrier(instance, moment)));
}

/** Ended by this call although it forwards and nothing that could be known is held against it, and nobody forced it. */
function endedThoughWell({ before, after, now, commands, deleting }: Moment): InstanceRecord[] {
  if (deleting) return [];
  const wasWell = (ended: InstanceRecord) =>
    forwards(ended).ok && ended.impairments.every(({ to }) => to !== undefined && now - to > unknowableMs);
  return changesBetween(before.instances, after.instances).flatMap((change) =>
    change.before?.state === 'running' &&
    change.after?.state !== 'running' &&
    wasWell(change.before) &&
    !isForced(change.before, commands)
      ? [change.before]
      : [],
  );
}

/** What a run beside the caller moved to it since the caller looked cannot be known: EC2 has no conditional termination. */
function endsTheCarrier(ended: InstanceRecord, { before, zones, now }: Moment): string | undefined {
  const zone = zones.find((one) => isIn(one, ended));
  const holds = (interfaceId: string | undefined) =>
    interfaceId !== undefined && before.interfaces.get(interfaceId)?.attachment?.instanceId === ended.id;
  const hasAddress = holds(before.addresses.get(zone?.allocationId ?? '')?.association?.interfaceId);
  const hasRoute = [...(zone?.tableIds ?? [])].some((id) =>
    before.routeTables
      .get(id)
      ?.routes.some(
        ({ destination, target }) =>
          destination === '0.0.0.0/0' && target.kind === 'interface' && holds(target.id),
      ),
  );
  const isNews = zone !== undefined && isContended(zone, now);
  return hasAddress && hasRoute && !isNews
    ? `${ended.id} carried the traffic of ${homeOf(ended)}`
    : undefined;
}

function endsTheLast(ended: InstanceRecord, moment: Moment): string | undefined {
  const { after, now, stack, zones } = moment;
  const home = homeOf(ended);
  const zone = zones.find((one) => one.home === home);
  // No client is led to a standby, so no request tells whether it forwards; whom it carries, stand-in-is-kept asks.
  if (zone?.egress.size === 0) return undefined;
  const standIn = zone && lastStandInOf(zone, moment);
  if (standIn !== undefined && (forwards(standIn).ok || looksWell(standIn, moment))) return undefined;
  const others = [...after.instances.values()].filter(
    (other) => homeOf(other) === home && other.tags[tagKeys.stack] === stack && other.id !== ended.id,
  );
  return others.some((other) => forwards(other).ok || looksWell(other, moment) || wasWellJustNow(other, now))
    ? undefined
    : `${ended.id} was the last that forwarded in ${home}`;
}

function wasWellJustNow({ state, stateSince, impairments }: InstanceRecord, now: EpochMs): boolean {
  const isEnding = state === 'stopping' || state === 'shutting-down';
  return isEnding && now - stateSince < unseenMs && impairments.length === 0;
}

/**
 * Longer than anything takes that changes by time alone: status checks begin two minutes after `running` and run once a
 * minute, and so does the schedule.
 */
const quiescentForMs = 5 * minuteMs;

/** Trouble beyond the account launches and moves nothing in a zone whose instance is well: no other would do better. */
export function upstreamMovesNothing(moment: Moment): string | undefined {
  const { run, call, zones } = moment;
  if (run === undefined || tellsWhomToWatch(moment)) return undefined;
  const wrong = zones.find(
    (zone) =>
      zone.hasUpstreamTrouble &&
      zone.quiescentSince !== undefined &&
      run.startedAt - zone.quiescentSince > quiescentForMs &&
      isMeant(zone, moment) &&
      !isAskedFor(zone, run, moment),
  );
  return wrong && `${call.name} in zone ${wrong.letter}, where nothing is wrong but upstream`;
}

/** An alarm of a watch alone moves nothing: where all is well, a run that it has woken changes nothing. */
export function alarmsMoveNothing(moment: Moment): string | undefined {
  const { run, call, zones } = moment;
  if (run === undefined || wakeOf(run) !== 'alarm' || tellsWhomToWatch(moment)) return undefined;
  const wrong = zones.find(
    (zone) =>
      zone.quiescentSince !== undefined &&
      run.startedAt - zone.quiescentSince > quiescentForMs &&
      isMeant(zone, moment),
  );
  return wrong && `${call.name} in zone ${wrong.letter}, where nothing is wrong, for an alarm`;
}

/** Settled means settled: a run over a settled zone makes no mutating call. What is settled, the account says. */
export function settledMeansSettled(moment: Moment): string | undefined {
  const { run, call, zones } = moment;
  if (run === undefined || tellsWhomToWatch(moment)) return undefined;
  const quiescent = zones.filter(
    ({ quiescentSince }) => quiescentSince !== undefined && run.startedAt - quiescentSince > quiescentForMs,
  );
  if (isLook(run) && quiescent.length === zones.length) {
    return `${call.name} although there was nothing to do`;
  }
  const wrong = quiescent.find((zone) => isMeant(zone, moment) && !isAskedFor(zone, run, moment));
  return wrong && `${call.name} in zone ${wrong.letter}, which was settled`;
}

/**
 * An instance is told that another zone has another instance, or that the tag which says so is amiss: nothing happens in
 * its own. Not for the second time, unless that was just now: a stale answer may not show it yet.
 */
function tellsWhomToWatch({ call, before, zones, now }: Moment): boolean {
  const [, id = '', named = ''] = whomToWatch.exec(JSON.stringify(call.input)) ?? [];
  const instance = before.instances.get(id);
  const zone = zones.find((one) => isIn(one, instance));
  const { state, stateSince = now } = before.instances.get(named) ?? {};
  const isNews = instance?.tags[tagKeys.watch]?.split(' ')[1] !== named;
  const isThere = state === 'running' || (state !== undefined && now - stateSince < unseenMs);
  return isThere && (isNews || now - (zone?.toldToWatchAt ?? Number.NEGATIVE_INFINITY) < unseenMs);
}

/** The input of CreateTags: that instance, that tag, and nothing else. */
const whomToWatch =
  /^\{"Resources":\["(i-[0-9a-f]+)"\],"Tags":\[\{"Key":"phoenat:watch","Value":"\S+ (i-[0-9a-f]+) \S+"\}\]\}$/;

/** Whether this run was woken for the sake of this zone, and the call is within what was asked for. */
function isAskedFor(zone: NamedZone, run: RecordedInvocation, moment: Moment): boolean {
  switch (wakeOf(run)) {
    case 'routine':
    case 'alarm':
      return false;
    case 'warning': {
      // What no Describe call repeats is written down; Spot and AWS Health name the instance in different places.
      const event = JSON.stringify(run.event);
      return [...moment.before.instances.values()].some(
        (instance) => isIn(zone, instance) && event.includes(instance.id),
      );
    }
    case 'command': {
      const command = commandOf(run);
      return command?.zone === zone.letter && isWithin(command.action, moment);
    }
  }
}

/** What an operator's command may change: `pause` and `resume` a tag, `restore` the routes as well. */
function isWithin(action: Command['action'], { before, after }: Moment): boolean {
  const isLeft = <R>(one: ReadonlyMap<string, R>, other: ReadonlyMap<string, R>) =>
    changesBetween(one, other).length === 0;
  const machinesAreLeft =
    isLeft(before.instances, after.instances) && isLeft(before.interfaces, after.interfaces);
  switch (action) {
    case 'rebuild':
      return true;
    case 'restore':
      return machinesAreLeft;
    case 'pause':
    case 'resume':
      return machinesAreLeft && isLeft(before.routeTables, after.routeTables);
  }
}

/** Never more launches an hour than the breaker allows; one more where, of two runs, EC2 refused one a type a moment ago. */
export function breakerHolds(moment: Moment): string | undefined {
  const { before, after, now, stack, maxLaunchesPerHour } = moment;
  const launched = changesBetween(before.instances, after.instances).find(
    (change) => change.before === undefined,
  );
  const zone = launched?.after && homeOf(launched.after);
  if (zone === undefined) return undefined;
  const count = [...after.instances.values()].filter(
    (instance) =>
      homeOf(instance) === zone &&
      instance.tags[tagKeys.stack] === stack &&
      now - instance.launchedAt < hourMs,
  ).length;
  return count > maxLaunchesPerHour && !(moment.hadNoCapacity && count === maxLaunchesPerHour + 1)
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

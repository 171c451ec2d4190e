import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { forwards } from '../../../simulator/data-plane.ts';
import type { InstanceRecord, InterfaceRecord, RouteTableRecord } from '../../../simulator/ec2/records.ts';
import { looksWell } from './looks-well.ts';
import {
  firstOf,
  isContended,
  isForced,
  isIn,
  type Moment,
  type NamedZone,
  unknowableMs,
  unseenMs,
  writtenIsSeenMs,
} from './moment.ts';
import { changesBetween, type Picture } from './picture.ts';

type Place = { readonly networkInterface: InterfaceRecord; readonly instance: InstanceRecord | undefined };

/** Where a zone's Elastic IP is. */
function placeOf(
  { allocationId }: NamedZone,
  { addresses, interfaces, instances }: Picture,
): Place | undefined {
  const networkInterface = interfaces.get(addresses.get(allocationId)?.association?.interfaceId ?? '');
  const instance = instances.get(networkInterface?.attachment?.instanceId ?? '');
  return networkInterface && { networkInterface, instance };
}

/** The instance of another zone that has this zone's Elastic IP: it carries the traffic, or is about to. */
export function standInOf(zone: NamedZone, picture: Picture, stack: string): InstanceRecord | undefined {
  const instance = placeOf(zone, picture)?.instance;
  const isOurs = instance?.tags[tagKeys.stack] === stack;
  return isOurs && !isOf(zone, instance) ? instance : undefined;
}

/**
 * The same, and who did so until somebody took the Elastic IP away, for as long as no caller can have seen that: the routes
 * lead there still.
 */
export function lastStandInOf(
  zone: NamedZone,
  { after, stack, now }: Pick<Moment, 'after' | 'stack' | 'now'>,
): InstanceRecord | undefined {
  const isNews = zone.awaySince !== undefined && now - zone.awaySince < unseenMs;
  const ledTo = [...after.routeTables.values()]
    .filter(({ id }) => isNews && zone.tableIds.has(id))
    .flatMap(({ routes }) => routes)
    .filter(({ destination, target }) => destination === '0.0.0.0/0' && target.kind === 'interface')
    .map(({ target }) =>
      'id' in target ? after.interfaces.get(target.id)?.attachment?.instanceId : undefined,
    )
    .map((id) => after.instances.get(id ?? ''))
    .find((instance) => instance?.tags[tagKeys.stack] === stack && !isOf(zone, instance));
  return standInOf(zone, after, stack) ?? ledTo;
}

function isOf(zone: NamedZone, instance: InstanceRecord): boolean {
  return isIn(zone, instance);
}

/** A call and all its tries may take 15 s, and what it rests on was seen before. */
const knownAfterMs: DurationMs = writtenIsSeenMs + 15 * secondMs;

/**
 * An instance that another zone's traffic depends on, and that forwards, is not ended, whoever asks for it. Nor is anything
 * launched in its place, or its own zone's traffic moved away, while that is there and nothing is held against it.
 */
export function standInIsKept(moment: Moment): string | undefined {
  const { zones, before, stack, deleting } = moment;
  if (deleting) return undefined;
  return firstOf(
    zones.flatMap((guest) => {
      const instance = standInOf(guest, before, stack);
      return instance === undefined || !isWell(instance, moment)
        ? []
        : [endedBy(instance, guest, moment), replacedBy(instance, guest, moment)];
    }),
  );
}

/**
 * As far as can be known: what was rebooted, or has healed, a moment ago is not. Nor is what goes down: whether it forwards
 * for the time that it holds that is for held-traffic-waits.ts to ask.
 */
function isWell(instance: InstanceRecord, { now, rebootedAt }: Moment): boolean {
  return (
    forwards(instance).ok &&
    now - (rebootedAt.get(instance.id) ?? Number.NEGATIVE_INFINITY) > unknowableMs &&
    instance.state === 'running' &&
    instance.heldSince === undefined &&
    instance.impairments.every(({ to }) => to !== undefined && now - to > unknowableMs)
  );
}

/** What a run beside the caller moved to it since the caller looked cannot be known. EC2 may take it while a call is under way. */
function endedBy(instance: InstanceRecord, guest: NamedZone, moment: Moment): string | undefined {
  const { zones, after, call, now } = moment;
  const own = zones.find((zone) => isOf(zone, instance));
  const isTaken = own !== undefined && isToGo(instance, own) && call.name !== 'TerminateInstances';
  return after.instances.get(instance.id)?.state === 'running' || isContended(guest, now) || isTaken
    ? undefined
    : `${instance.id} stood in for zone ${guest.letter}`;
}

/** Of one that its own zone has left nobody knows that it forwards again, and that zone needs an instance in any case. */
function replacedBy(instance: InstanceRecord, guest: NamedZone, moment: Moment): string | undefined {
  const { zones, before, after, call, run } = moment;
  const own = zones.find((zone) => isOf(zone, instance));
  const isNews = guest.stoodInSince === undefined || call.sentAt - guest.stoodInSince < knownAfterMs;
  if (own === undefined || run === undefined || isNews || isToGo(instance, own)) return undefined;
  if (placeOf(own, before)?.instance?.id !== instance.id) return undefined;
  const isLaunched = changesBetween(before.instances, after.instances).some(
    (change) => change.before === undefined && change.after !== undefined && isOf(own, change.after),
  );
  return isLaunched || placeOf(own, after)?.instance?.id !== instance.id
    ? `${instance.id} is replaced while it stands in for zone ${guest.letter}`
    : undefined;
}

/** EC2 has said that it will take it, whatever is done. */
function isToGo({ scheduledEvents }: InstanceRecord, { warnedOfSpot }: NamedZone): boolean {
  return scheduledEvents.length > 0 || warnedOfSpot;
}

/**
 * A zone is carried by its neighbour's instance, on an address that is not that one's own; by one that is at home, and
 * carries nobody else. So no packet depends on more than one other zone.
 */
export function oneHopAtMost(moment: Moment): string | undefined {
  const { zones, before, after, stack, now } = moment;
  return firstOf(
    zones.map((guest) => {
      const host = standInOf(guest, after, stack);
      const hasMoved = before.addresses.get(guest.allocationId) !== after.addresses.get(guest.allocationId);
      const next = zones.find(({ letter }) => letter === guest.lookedAfterBy);
      if (!hasMoved || host === undefined || standInOf(guest, before, stack) === host || next === undefined)
        return undefined;
      if (!isOf(next, host)) return `zone ${guest.letter} was moved to ${host.id}, of no neighbour`;
      if (isOnPrimary(guest, after)) return `zone ${guest.letter} was moved to the own address of ${host.id}`;
      return firstOf([
        isAway(next, moment) && !isContended(next, now) && !isContended(guest, now)
          ? `zone ${guest.letter} was moved to zone ${next.letter}, which is away itself`
          : undefined,
        ...zones
          .filter((other) => other !== guest && !isContended(other, now))
          .map((other) => alsoMoved(other, guest, host, moment)),
      ]);
    }),
  );
}

/** A run's clock is EC2's, to the second, and a launch is told in whole seconds. */
const oldEnoughMs: DurationMs = 110 * secondMs;
/** A reading counts for 45 s, an instance says within a minute that it has no way out, and a call may take some seconds. */
const toldByThenMs: DurationMs = 2 * minuteMs;

/**
 * A zone is moved only to what has proven itself: not to an instance that was launched a moment ago, nor, where a probe can
 * tell, to one whose own zone has lost its way out.
 */
export function standInIsProven(moment: Moment): string | undefined {
  const { zones, before, after, stack, call, run, hasProbes } = moment;
  return firstOf(
    zones.map((guest) => {
      const host = standInOf(guest, after, stack);
      const next = zones.find(({ letter }) => letter === guest.lookedAfterBy);
      if (
        run === undefined ||
        host === undefined ||
        next === undefined ||
        standInOf(guest, before, stack) === host ||
        // What is launched on an interface that has it all the same was not moved to.
        placeOf(guest, before)?.networkInterface.id === placeOf(guest, after)?.networkInterface.id
      )
        return undefined;
      const isNew = call.sentAt - host.launchedAt < oldEnoughMs;
      if (isNew) return `zone ${guest.letter} was moved to ${host.id}, which is new`;
      const { upstreamLostSince = call.sentAt } = next;
      // What has come home from there goes back without a question, where nothing passes at home.
      const cutover = before.addresses.get(guest.allocationId)?.tags[tagKeys.cutover] ?? '';
      const goesBack = cutover.startsWith(host.id);
      return hasProbes && !goesBack && call.sentAt - upstreamLostSince >= toldByThenMs
        ? `zone ${guest.letter} was moved to ${host.id}, which has no way out`
        : undefined;
    }),
  );
}

function isOnPrimary(zone: NamedZone, picture: Picture): boolean {
  const association = picture.addresses.get(zone.allocationId)?.association;
  return placeOf(zone, picture)?.networkInterface.privateIp === association?.privateIp;
}

function isAway(zone: NamedZone, { after, stack }: Moment): boolean {
  return standInOf(zone, after, stack) !== undefined;
}

function alsoMoved(
  other: NamedZone,
  guest: NamedZone,
  host: InstanceRecord,
  moment: Moment,
): string | undefined {
  const itsHost = standInOf(other, moment.after, moment.stack);
  if (itsHost === undefined) return undefined;
  if (itsHost.id === host.id) return `${host.id} carries zone ${other.letter} as well as ${guest.letter}`;
  return isOf(guest, itsHost) && isWell(itsHost, moment) && !isToGo(itsHost, guest)
    ? `zone ${guest.letter} was moved away while ${itsHost.id} carries zone ${other.letter}`
    : undefined;
}

/**
 * What the world sees of the clients of a zone that is carried, or comes home, is the zone's Elastic IP. Excused is a zone
 * that was offline, or whose instance somebody wants gone at once, and that is led to an instance of its own while its
 * Elastic IP is on its way there: until then that has an address of its own, as it has in an urgent move from one instance
 * of the zone's to another, which is not judged here.
 */
export function addressStays(moment: Moment): string | undefined {
  const { zones, before, after, stack, addressNow } = moment;
  return firstOf(
    zones.flatMap((zone) => {
      const standIn = standInOf(zone, before, stack);
      // Whether one that goes down still forwards, nobody knows.
      const isCarried = standIn?.state === 'running' && standIn.heldSince === undefined;
      const own = after.addresses.get(zone.allocationId)?.publicIp;
      const isRebuilt = [...before.instances.values()].some(
        (instance) => isOf(zone, instance) && isForced(instance, moment.commands),
      );
      return [...zone.shown].map(([subnetId, shown]) => {
        const table = [...after.routeTables.values()].find(
          ({ id, associations }) =>
            zone.tableIds.has(id) && associations.some((entry) => entry.subnetId === subnetId),
        );
        const seen = table && addressNow(subnetId);
        if (table === undefined || seen === undefined || seen === own || seen === shown) return undefined;
        return !leadsAway(table, zone, moment) && (!isCarried || shown === undefined || isRebuilt)
          ? undefined
          : `${subnetId} of zone ${zone.letter} is seen as ${seen}, not as ${own}`;
      });
    }),
  );
}

function leadsAway({ routes }: RouteTableRecord, zone: NamedZone, { after }: Moment): boolean {
  return routes.some(({ destination, target }) => {
    const to = target.kind === 'interface' ? after.interfaces.get(target.id) : undefined;
    return destination === '0.0.0.0/0' && to !== undefined && !isIn(zone, to);
  });
}

/** Nobody goes home to what it has left because no request passed through it. */
function backInVain(zone: NamedZone, moment: Moment): string | undefined {
  const { before, after, stack } = moment;
  const isThere = standInOf(zone, before, stack)?.state === 'running';
  const led = changesBetween(before.routeTables, after.routeTables)
    .filter(({ id }) => isThere && zone.tableIds.has(id))
    .flatMap((change) => change.after?.routes ?? [])
    .flatMap(({ destination, target }) =>
      destination === '0.0.0.0/0' && target.kind === 'interface' ? [target.id] : [],
    )
    .flatMap((id) => after.instances.get(after.interfaces.get(id)?.attachment?.instanceId ?? '') ?? []);
  const back = led.find((instance) => isOf(zone, instance) && wasLeftForItsRequests(instance, zone, moment));
  return back && `zone ${zone.letter} is led home to ${back.id}, which it has left because no request passed`;
}

/** Who is carried well goes home only to an instance that is known to be ready for it. */
export function homeWhenReady(moment: Moment): string | undefined {
  const { zones, before, after, stack, now } = moment;
  return firstOf([
    ...zones.map((zone) => backInVain(zone, moment)),
    ...zones.map((zone) => {
      const standIn = standInOf(zone, before, stack);
      const home = placeOf(zone, after);
      // Whether one that goes down still forwards, nobody knows.
      const isCarried = standIn?.state === 'running' && [...zone.egress.values()].some(({ ok }) => ok);
      const hasMoved = home !== undefined && home.instance?.id !== standIn?.id;
      if (!isCarried || !hasMoved || isContended(zone, now)) return undefined;
      const { instance, networkInterface } = home;
      if (instance === undefined)
        return `zone ${zone.letter} went to ${networkInterface.id}, without an instance`;
      const diedJustNow = instance.state !== 'running' && now - instance.stateSince < unseenMs;
      return forwards(instance).ok || looksWell(instance, moment) || diedJustNow
        ? undefined
        : `zone ${zone.letter} went home to ${instance.id}, which is not ready`;
    }),
  ]);
}

/**
 * The zone was led from there to its stand-in. It says that all is well, and forwarded nothing then already; nothing else is
 * the matter with it, as far as EC2 has shown.
 * That had to be noted, which another trouble meanwhile may have prevented.
 */
function wasLeftForItsRequests(
  { id, breakage, impairments, scheduledEvents }: InstanceRecord,
  { stoodInSince, lastAtHome, wasLedThereUnhindered }: NamedZone,
  { hasProbes }: Moment,
): boolean {
  const isUnseen = breakage?.what === 'unseen' && stoodInSince !== undefined && breakage.since < stoodInSince;
  const isElseWell = impairments.length === 0 && scheduledEvents.length === 0;
  return hasProbes && id === lastAtHome && isUnseen && isElseWell && wasLedThereUnhindered;
}

import { tagKeys } from '../../../shared/core/model/tags.ts';
import type { Egress } from '../../../simulator/data-plane.ts';
import {
  commandOf,
  firstOf,
  isContended,
  isForced,
  isIn,
  isKnownBroken,
  type Moment,
  type NamedZone,
  unknowableMs,
  unseenMs,
} from './moment.ts';
import { changesBetween, type Picture } from './picture.ts';
import { standInOf } from './stand-ins.ts';

/**
 * Between the candidate giving up its own address and the Elastic IP moving to it, a planned cutover leaves the zone
 * without a public address for two round trips: the price of connections that survive.
 */
const withoutAddress = /has no public address$/;

/**
 * No call of ours takes a private subnet offline that was online: what is taken over, cut over to or ended has something
 * that forwards in its place. An operator may ask for it (`rebuild --immediate`, `restore`), and after a Spot warning a
 * candidate is trusted before its checks have passed, since the old instance will be gone by then.
 */
export function workingZonesStayOnline(moment: Moment): string | undefined {
  if (moment.deleting) return undefined;
  return firstOf(
    moment.zones.flatMap((zone) =>
      isExcused(zone, moment)
        ? []
        : [...zone.egress].map(([subnetId, was]) => takenOffline(subnetId, was, moment)),
    ),
  );
}

function takenOffline(subnetId: string, was: Egress, moment: Moment): string | undefined {
  const is = moment.egressNow(subnetId);
  return !was.ok ||
    is.ok ||
    withoutAddress.test(is.why) ||
    isUnknowable(is.why, moment) ||
    wasBlockedJustNow(is.why, moment) ||
    wasSwitchedUnseen(is.why, moment) ||
    wasMendedByHand(moment)
    ? undefined
    : `${subnetId} was online and is not any more: ${is.why}`;
}

/**
 * What the subnet was led to broke a moment ago, or broken by hand where no probe tells; or it says that all is well and
 * always has: then the routes have to go back (back-in-time.ts).
 */
function isUnknowable(why: string, moment: Moment): boolean {
  const { after, now, rebootedAt } = moment;
  const instance = after.instances.get(/i-[0-9a-f]+/.exec(why)?.[0] ?? '');
  const { breakage } = instance ?? {};
  return (
    instance !== undefined &&
    (breakage?.what === 'unseen' ||
      (breakage !== undefined && breakage.what !== 'boot' && !isKnownBroken(instance, moment)) ||
      now - (rebootedAt.get(instance.id) ?? 0) < unknowableMs ||
      (instance.state !== 'running' && now - instance.stateSince < unseenMs) ||
      instance.impairments.some(({ from, to }) => to === undefined && now - from < unknowableMs))
  );
}

/** For as long as a caller's answers may be behind: who could have read that public access is blocked takes nothing over. */
function wasBlockedJustNow(why: string, { now, publicAccessChangedAt }: Moment): boolean {
  return why.startsWith('VPC Block Public Access') && now - publicAccessChangedAt < unseenMs;
}

/**
 * Somebody has switched the check on of what the subnet is led to, and the caller's last answer about interfaces need not
 * show that: on this day EC2's answers are so far behind. Who could have read it leads nothing there, and nobody goes by an
 * answer that is old.
 */
function wasSwitchedUnseen(
  why: string,
  { now, checkSwitchedOnAt, interfacesAskedAt = now, describeLagMs }: Moment,
): boolean {
  const id = /^the source\/destination check of (eni-[0-9a-f]+) is on$/.exec(why)?.[1] ?? '';
  const switchedAt = checkSwitchedOnAt.get(id) ?? Number.NEGATIVE_INFINITY;
  return interfacesAskedAt - switchedAt < describeLagMs && now - switchedAt < unseenMs;
}

/**
 * A zone is down, and while the call that aims its route at what will be launched is on its way, a person leads that route
 * to something that works. EC2 knows no call that would replace a route only if it still leads where it led. For as long
 * as a caller's answers may be behind, and no longer: one that could have seen it must leave it alone.
 */
function wasMendedByHand({ before, after, routePointedAt, now }: Moment): boolean {
  const changed = changesBetween(before.routeTables, after.routeTables);
  return changed.some(({ id }) => now - (routePointedAt.get(id) ?? 0) < unseenMs);
}

function isExcused(zone: NamedZone, { before, stack, commands, now, run }: Moment): boolean {
  const isRebuilt = [...before.instances.values()].some(
    (instance) =>
      isIn(zone, instance) &&
      instance.tags[tagKeys.stack] === stack &&
      instance.state !== 'terminated' &&
      isForced(instance, commands),
  );
  const command = run && commandOf(run);
  const isRestored = command?.action === 'restore' && command.zone === zone.letter;
  const standIn = standInOf(zone, before, stack);
  const hasHealed = [...before.instances.values()].some(
    (instance) =>
      (isIn(zone, instance) || instance.id === standIn?.id) &&
      instance.impairments.some(({ to }) => to !== undefined && now - to < unknowableMs),
  );
  // One that goes down counts as gone where its word does not come in time (held-traffic-waits.ts).
  const { association } = before.addresses.get(zone.allocationId) ?? {};
  const carriers = [association?.interfaceId, ...[...zone.tableIds].map((id) => ledTo(before, id))];
  const goesDown = carriers.some((id) => {
    const instanceId = before.interfaces.get(id ?? '')?.attachment?.instanceId;
    return before.instances.get(instanceId ?? '')?.heldSince !== undefined;
  });
  // Controllers of two deployments may disagree for the one look in which they have not seen each other's cutover.
  return isRebuilt || isRestored || hasHealed || goesDown || isContended(zone, now) || zone.warnedOfSpot;
}

function ledTo({ routeTables }: Picture, tableId: string): string | undefined {
  const target = routeTables
    .get(tableId)
    ?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
  return target?.kind === 'interface' ? target.id : undefined;
}

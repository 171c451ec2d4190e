import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, hourMs, minuteMs } from '../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import {
  isAbout,
  isIn,
  type Moment,
  type NamedZone,
  unknowableMs,
  unseenMs,
  wakeOf,
  writtenIsSeenMs,
} from './moment.ts';
import { changesBetween } from './picture.ts';

/** What the documentation says: the controller has its own. */
const newForMs: DurationMs = 10 * minuteMs;

/**
 * Two neighbouring zones never both depend on a Spot Instance that has just replaced another. Of three zones at most, each
 * is every other's neighbour. A zone that works and is replaced at leisure depends on nothing new, nor does one that nothing
 * of ours has ever carried.
 */
export function newSpotStandsAlone(moment: Moment): string | undefined {
  const { zones, deleting } = moment;
  const launched = launchedFromSpot(moment);
  const zone = zones.find((one) => isIn(one, launched));
  if (launched === undefined || zone === undefined || deleting || !dependsOnIt(zone, moment)) {
    return undefined;
  }
  const beside = zones
    .filter((other) => other !== zone)
    .flatMap((other) => spotsIn(other, moment).map((id) => `${id} of zone ${other.letter}`));
  return beside.length === 0
    ? undefined
    : `${launched.id} of zone ${zone.letter}, which is offline, is from Spot capacity beside ${beside.join(', ')}`;
}

/**
 * A Spot Instance that got a warning within an hour of its launch is not followed by another in that hour. Only where the
 * caller knows: the warning has woken it, or is on the instance for so long that it has seen that.
 */
export function noSpotAfterAWarning(moment: Moment): string | undefined {
  const { before, now, zones, deleting } = moment;
  const launched = launchedFromSpot(moment);
  const zone = zones.find((one) => isIn(one, launched));
  if (launched === undefined || zone === undefined || deleting) {
    return undefined;
  }
  const warned = [...before.instances.values()].find(
    (instance) =>
      isIn(zone, instance) &&
      instance.launch.spot &&
      now - instance.launchedAt < hourMs - minuteMs &&
      warnedMsAgo(instance, now) >= (isToldOf(instance, moment) ? 0 : writtenIsSeenMs),
  );
  return (
    warned &&
    `${launched.id} of zone ${zone.letter} is from Spot capacity, though EC2 warned of ${warned.id} within its first hour`
  );
}

function launchedFromSpot({ before, after }: Moment): InstanceRecord | undefined {
  return changesBetween(before.instances, after.instances).find(
    (change) => change.before === undefined && change.after?.launch.spot === true,
  )?.after;
}

/** Of a retirement too an event warns, which says nothing of Spot. */
function isToldOf({ id }: InstanceRecord, { run }: Moment): boolean {
  const isOfSpot = /Spot|Rebalance/.test(String(Object(run?.event)['detail-type']));
  return run !== undefined && wakeOf(run) === 'warning' && isOfSpot && isAbout([id], Object(run.event));
}

/** By the note on it; a launch that replaces it for another reason knows that as well. */
function warnedMsAgo({ state, tags }: InstanceRecord, now: number): DurationMs {
  const [reason = '', at = ''] = (tags[tagKeys.replace] ?? '').split(' ');
  const isWarning = reason === 'spot-interruption' || reason === 'rebalance-recommendation';
  return isWarning && state === 'running' ? now - Date.parse(at) : Number.NEGATIVE_INFINITY;
}

function dependsOnIt(zone: NamedZone, moment: Moment): boolean {
  const { egress, home, allocationId } = zone;
  const { before } = moment;
  const isOnline = [...egress.values()].every(({ ok }) => ok) || isOnlyRebooting(zone, moment);
  const isNew =
    ![...before.instances.values()].some((instance) => isIn({ home }, instance)) &&
    before.addresses.get(allocationId)?.tags[tagKeys.lastGoodImage] === undefined;
  return !isOnline && !isNew;
}

/** EC2 shows nothing of a reboot, until a status check fails. */
function isOnlyRebooting(zone: NamedZone, { before, now, rebootedAt }: Moment): boolean {
  return [...before.instances.values()].some(
    (instance) =>
      isIn(zone, instance) &&
      instance.state === 'running' &&
      now - (rebootedAt.get(instance.id) ?? Number.NEGATIVE_INFINITY) < unknowableMs,
  );
}

/** That live and are new, as the caller can know. */
function spotsIn(zone: NamedZone, { before, now }: Moment): string[] {
  return [...before.instances.values()]
    .filter((instance) => isIn(zone, instance) && instance.launch.spot)
    .filter(({ state, launchedAt }) => {
      const age = now - launchedAt;
      return (state === 'pending' || state === 'running') && age < newForMs && age > unseenMs;
    })
    .map(({ id }) => id);
}

import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, minuteMs } from '../../../shared/core/model/time.ts';
import { isIn, type Moment, type NamedZone, unknowableMs, unseenMs } from './moment.ts';
import { changesBetween } from './picture.ts';

/** What the documentation says: the controller has its own. */
const newForMs: DurationMs = 10 * minuteMs;

/**
 * Two neighbouring zones never both depend on a Spot Instance that has just replaced another. Of three zones at most, each
 * is every other's neighbour. A zone that works and is replaced at leisure depends on nothing new, nor does one that nothing
 * of ours has ever carried.
 */
export function newSpotStandsAlone(moment: Moment): string | undefined {
  const { before, after, zones, deleting } = moment;
  const launched = changesBetween(before.instances, after.instances).find(
    (change) => change.before === undefined && change.after?.launch.spot === true,
  )?.after;
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

import type { Diagnosed } from '../diagnose/diagnose.ts';
import { isHarmless } from '../diagnose/drift.ts';
import { routesTo } from '../diagnose/roles.ts';
import { areChecksDenied, isImpaired } from '../diagnose/status-checks.ts';
import { isWithin, keptForMs } from '../diagnose/tried-in-vain.ts';
import { carriesAddress, guestsOf, lanesThrough } from '../diagnose/zone-view.ts';
import { rememberLaunches } from '../launch/breaker.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { InstanceId } from '../model/ids.ts';
import { isUntold } from '../model/reading.ts';
import { isAlive, type NatInstance, type NatInterface } from '../model/snapshot.ts';
import type { ControllerStep, Wait } from '../model/step.ts';
import { tagKeys } from '../model/tags.ts';
import { minuteMs, secondMs } from '../model/time.ts';
import { typeCommand } from '../model/type-command.ts';
import { markOf, noteOf } from '../neighbours/stand-in.ts';
import { secondAddress } from './launch.ts';
import { keptInterface } from './recovery.ts';
import type { Stack } from './stack.ts';
import { isSteady, type PlanContext, type WithPrimary, type ZonePlan, zonePlan } from './zone-plan.ts';

/**
 * What is left when a zone is well served: surplus and stopped instances, interfaces that nothing uses, and the notes of
 * the image that works and of the launches. Nothing is removed while anything else is wrong.
 */
export function cleanUp(diagnosis: WithPrimary, context: PlanContext): ZonePlan {
  const { primary, zone } = diagnosis;
  if (primary.state !== 'running') {
    return zonePlan(zone.name, {});
  }
  if (!diagnosis.drift.every(isHarmless)) {
    // A note removes nothing. EC2 forgets the launches within the hour, however long it takes to repair the zone.
    return zonePlan(zone.name, { waves: [rememberLaunches(diagnosis, context.now)] });
  }
  const isCarrier = (instance: NatInstance) => guestsOf(diagnosis.view, instance).length > 0;
  const isFree = (instance: NatInstance) =>
    !isCarrier(instance) && lanesThrough(diagnosis.view, instance).length === 0;
  // What carries another zone may hold its shutdown for that.
  const stopped = diagnosis.view.instances.filter(
    (instance) => instance.state === 'stopped' || (instance.state === 'stopping' && isFree(instance)),
  );
  const steady = isSteady(diagnosis, context);
  const surplus = diagnosis.surplus.filter(isFree);
  const isShown = diagnosis.primaryReady && isShownToForward(diagnosis, context);
  const mayBeReadyYet = !isShown && !areChecksDenied(diagnosis.view, primary);
  const interfaces = leftoverInterfaces(diagnosis, context);
  // A running instance is terminated only when its successor is known to be ready, not merely aimed at.
  const doomed = steady && isShown ? [...stopped, ...surplus] : stopped;
  const tooMany = steady && !diagnosis.primaryReady ? failedBeyond(diagnosis) : [];
  const unused = steady ? interfaces.removable : [];
  const steps: ControllerStep[] = [
    ...[...doomed, ...tooMany].map(({ id }): ControllerStep => ({ kind: 'terminate', instanceId: id })),
    ...unused.map(({ id }): ControllerStep => ({ kind: 'delete-interface', interfaceId: id })),
    // While another runs, what passes may have been led there a moment ago.
    ...(isShown && (steady || isAlone(diagnosis, surplus, context)) ? rememberImage(diagnosis) : []),
    ...rememberLaunches(diagnosis, context.now),
    ...assignSecondAddress(diagnosis, context),
  ];
  return zonePlan(zone.name, {
    waves: [steps],
    findings: [...withoutSecondAddress(diagnosis, context), ...toldOtherwise(diagnosis, context)],
    waits: [
      ...(steady ? [] : [...surplus, ...interfaces.removable].map(steadyWait)),
      ...(steady && mayBeReadyYet ? surplus.map((instance) => readyWait(diagnosis, instance)) : []),
      ...interfaces.occupied.map(interfaceWait),
    ],
  });
}

/** Nor has the traffic just come home from another zone's instance, which may have it again. */
function isAlone(
  { view }: WithPrimary,
  surplus: readonly NatInstance[],
  { now }: Pick<PlanContext, 'now'>,
): boolean {
  const { stoodIn, address } = view;
  const cameHomeAt = stoodIn === undefined ? undefined : address?.cutover?.at;
  return surplus.length === 0 && (cameHomeAt === undefined || Math.abs(now - cameHomeAt) > minuteMs);
}

/** Whom a person asks who carries the zone, and since when; how long it lasts is counted from it. */
export function noteStandIn({ zone }: Diagnosed, by: InstanceId, { now }: PlanContext): ControllerStep {
  return { kind: 'note-stood-in', allocationId: zone.allocationId, by, at: now };
}

/** The run that moved the traffic there was cut short, or somebody else did it, or has changed the note. */
export function noteMissingStandIn(diagnosis: WithPrimary, context: PlanContext): ZonePlan {
  const { standIn, address } = diagnosis.view;
  const isMissing = standIn !== undefined && noteOf(address, standIn, context.now) === undefined;
  return zonePlan(diagnosis.zone.name, {
    waves: isMissing ? [[noteStandIn(diagnosis, standIn.instance.id, context)]] : [],
  });
}

/** Whom its instance watches: last of all, for nothing depends on it but how soon the next failure is seen. */
export function noteWatched({ primary, zone, view }: WithPrimary, { watched }: Stack): ZonePlan {
  // What stands in watches for its own zone.
  const wanted = view.standIn === undefined ? watched.get(zone.name) : undefined;
  const isNoted =
    wanted?.instanceId === primary.watches?.instanceId && wanted?.privateIp === primary.watches?.privateIp;
  return wanted === undefined || primary.state !== 'running' || isNoted
    ? zonePlan(zone.name, {})
    : zonePlan(zone.name, { waves: [[{ kind: 'note-watched', instanceId: primary.id, watched: wanted }]] });
}

/**
 * Those that fail their checks are not all kept until one is ready, or images that never boot would add some each hour.
 * The youngest stay, which tell what not to launch again.
 */
const maxFailed = 5;

function failedBeyond({ surplus, view }: WithPrimary): NatInstance[] {
  return surplus
    .filter((instance) => guestsOf(view, instance).length === 0)
    .filter((instance) => isImpaired(view, instance) && routesTo(view, instance) === 0)
    .filter(({ interfaceId }) => !carriesAddress(view, interfaceId))
    .toSorted((a, b) => b.launchedAt - a.launchedAt)
    .slice(maxFailed);
}

/**
 * Where a probe can tell, a request has passed through it: an instance may say that all is well and forward nothing. One
 * that the probe tells nothing of for long is trusted as where there is no probe.
 */
function isShownToForward({ view, primary, primaryProven }: WithPrimary, { now }: PlanContext): boolean {
  const { readings, address } = view;
  const since = address?.cutover?.to === primary.id ? address.cutover.at : primary.launchedAt;
  return readings === undefined || primaryProven || (!isUntold(readings) && !isWithin(keptForMs, since, now));
}

function steadyWait({ id }: NatInstance | NatInterface): Wait {
  return { detail: `traffic to be steady before ${id} is removed`, pollMs: 2 * secondMs, isForRemoval: true };
}

function readyWait({ primary, primaryReady }: WithPrimary, { id }: NatInstance): Wait {
  const what = primaryReady ? `a request to pass through ${primary.id}` : `${primary.id} to be ready`;
  return { detail: `${what} before ${id} is terminated`, pollMs: 5 * secondMs };
}

function interfaceWait({ id, attachedTo }: NatInterface): Wait {
  return {
    detail: `${attachedTo ?? 'its instance'} to let go of ${id}`,
    pollMs: 5 * secondMs,
    isForRemoval: true,
  };
}

/** A pre-created interface outlives its instance (DeleteOnTermination is false for it): removing it is our duty. */
function leftoverInterfaces(
  diagnosis: WithPrimary,
  context: PlanContext,
): {
  readonly removable: readonly NatInterface[];
  readonly occupied: readonly NatInterface[];
} {
  const { view, primary } = diagnosis;
  const spare = keptInterface(diagnosis, context);
  const owner = (entry: NatInterface) => view.instances.find(({ id }) => id === entry.attachedTo);
  const leftovers = view.interfaces
    .filter(({ id }) => id !== primary.interfaceId && id !== spare?.id)
    // Another zone's Elastic IP is that zone's to move, and nobody's while it is paused.
    .filter(({ id }) => !view.guests.has(id));
  return {
    removable: leftovers.filter(
      (entry) => entry.status === 'available' || owner(entry)?.state === 'terminated',
    ),
    occupied: leftovers.filter((entry) => {
      const instance = owner(entry);
      return instance !== undefined && !isAlive(instance) && instance.state !== 'terminated';
    }),
  };
}

/** EC2 has just said that there is no room. Its own zone is served all the same: the next run asks again, and nobody is called. */
function withoutSecondAddress(
  { zone, primaryInterface, view }: WithPrimary,
  { memory }: PlanContext,
): Finding[] {
  const isMissing = primaryInterface?.secondaryIps?.length === 0 && view.otherCidrs.length > 0;
  return isMissing && memory.oneAddressOnly.has(zone.name)
    ? [
        finding(
          'no-second-address',
          `${primaryInterface.id} has one private address, and EC2 has no room for a second one in ${primaryInterface.subnetId} or on its type: the instance can stand in for no other zone; free addresses there, or take a type with room for two`,
        ),
      ]
    : [];
}

/** It serves its own zone as well as ever, and learns of the others when it is next replaced. */
function toldOtherwise({ zone, primary, view }: WithPrimary, { digest, specHash }: PlanContext): Finding[] {
  const isToBeReplaced = primary.specHash !== specHash;
  const isHelper = view.otherCidrs.length > 0 && view.standIn === undefined && !isToBeReplaced;
  if (!isHelper || primary.others === markOf(view.otherCidrs, digest)) {
    return [];
  }
  const rebuild = typeCommand(view.stack, `rebuild --zone ${zone.name}`);
  const detail =
    (primary.others ?? '') === ''
      ? `${primary.id} has nothing in its tag ${tagKeys.others}, so it stands in for no zone: the other zones' private subnets did not fit into its user data, or somebody changed the tag; shorten EgressAllowList if it is long, and replace the instance when it suits you: ${rebuild}`
      : `${primary.id} was told of other private subnets than the other zones have now, so it stands in for none of them; replace it when it suits you: ${rebuild}`;
  return [finding('told-otherwise', detail)];
}

/** One that was launched before it was asked for, or where there was no room. Nothing waits for it. */
function assignSecondAddress(diagnosis: WithPrimary, context: PlanContext): ControllerStep[] {
  const { primaryInterface } = diagnosis;
  const isMissing = primaryInterface?.secondaryIps?.length === 0;
  return isMissing && secondAddress(diagnosis, context).secondary === true
    ? [{ kind: 'assign-secondary-address', interfaceId: primaryInterface.id }]
    : [];
}

/** Only an image whose instance passes its checks while it carries the traffic is worth going back to. */
function rememberImage({ primary, replacement, view, zone }: WithPrimary): ControllerStep[] {
  const { imageId, architecture } = primary;
  const isRemembered = view.address?.lastGoodImage?.imageId === imageId;
  return isRemembered || replacement !== undefined
    ? []
    : [{ kind: 'remember-image', allocationId: zone.allocationId, imageId, architecture }];
}

import { tablesServedByOther } from '../diagnose/drift.ts';
import { isPublicAccessBlocked } from '../diagnose/public-access.ts';
import { hasFailedToBoot } from '../diagnose/readiness.ts';
import { failsByRequestsAlone, forwardsNothing, type Replacement } from '../diagnose/replacement-reasons.ts';
import { ledToBeside, routesTo } from '../diagnose/roles.ts';
import { areChecksDenied, isImpaired } from '../diagnose/status-checks.ts';
import { lanesThrough } from '../diagnose/zone-view.ts';
import { clientToken } from '../launch/client-token.ts';
import { describeLagMs, wasApplied } from '../memory/memory.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import { isDenied } from '../model/observed.ts';
import type { NatInstance, NatInterface, RouteTable } from '../model/snapshot.ts';
import type { ControllerStep, InterfaceRef, Wait, Wave } from '../model/step.ts';
import { type DurationMs, minuteMs, secondMs } from '../model/time.ts';
import { failsAlike, planLaunch, secondAddress, toldOfClients } from './launch.ts';
import { heldBack, isLedBack, trials, wasLedBack } from './lead-back.ts';
import { type Stack, waitsForLanes } from './stack.ts';
import { anotherRun, leavesTimeForATrial, withheld } from './takeovers.ts';
import {
  freshLook,
  headStart,
  isFresh,
  isSteady,
  type PlanContext,
  type WithPrimary,
  type ZonePlan,
  zonePlan,
} from './zone-plan.ts';

/** Make before break: a candidate first, the cutover when it is ready, the old instance terminated last (clean-up). */
export function replace(diagnosis: WithPrimary, stack: Stack, context: PlanContext): ZonePlan {
  const { replacement, candidate, zone } = diagnosis;
  if (replacement === undefined) {
    return zonePlan(zone.name, {});
  }
  const upstream = stack.upstream.get(zone.name);
  if (upstream !== undefined) {
    return zonePlan(zone.name, { findings: [upstream] });
  }
  const { undone } = stack.takeovers;
  if (undone !== undefined && replacement.cause === 'planned' && !isHalfMoved(diagnosis)) {
    // The deployment has failed: its rollback would move the traffic back.
    return zonePlan(zone.name, { findings: [undone] });
  }
  const guest = stack.standingIn.get(zone.name);
  if (guest !== undefined && diagnosis.candidateIsGood && !isHalfMoved(diagnosis)) {
    return zonePlan(zone.name, { findings: [guest], waits: [guestHome] });
  }
  const lanes = replacement.cause === 'planned' ? lanesThrough(diagnosis.view, diagnosis.primary) : [];
  if (lanes.length > 0 && !isHalfMoved(diagnosis)) {
    return zonePlan(zone.name, waitsForLanes(diagnosis, lanes));
  }
  if (candidate !== undefined) {
    return followCandidate(diagnosis, candidate, replacement, context);
  }
  if (needsChecks(diagnosis, replacement)) {
    // It would be given up after the ready time-out, and so would the next.
    return zonePlan(zone.name, {});
  }
  const closed = stack.closedGates.get(zone.name) ?? failsAlike(diagnosis, context);
  return closed === undefined
    ? launchCandidate(diagnosis, stack, context)
    : zonePlan(zone.name, { findings: [closed] });
}

/** What was begun must be finished: until then the routes that have moved are without egress. */
function isHalfMoved({ view, candidate }: WithPrimary): boolean {
  return candidate !== undefined && routesTo(view, candidate) > 0;
}

const guestHome: Wait = { detail: 'the zone that it stands in for to be home', pollMs: 5 * secondMs };
const steadyAgain: Wait = { detail: 'traffic to be steady before it is moved again', pollMs: 2 * secondMs };

function launchCandidate(diagnosis: WithPrimary, stack: Stack, context: PlanContext): ZonePlan {
  const { zone, primary, view } = diagnosis;
  const predecessorIp = view.standIn === undefined ? primary.privateIp : view.address?.privateIp;
  return planLaunch(diagnosis, stack, context, ({ instanceType, image, spot }) => {
    const launch: ControllerStep = {
      kind: 'launch',
      zone: zone.name,
      instanceType,
      ...(spot === undefined ? {} : { spot }),
      image,
      // It needs a way out, for packages say, before it may have the zone's Elastic IP: so it gets an address of its own.
      on: { kind: 'new-interface', subnetId: zone.publicSubnetId, ...secondAddress(diagnosis, context) },
      ...toldOfClients(diagnosis, context),
      clientToken: clientToken(
        'launch',
        [instanceType, image.id, 'new-interface', ...(spot ? ['spot'] : [])],
        diagnosis,
        context,
      ),
      ...(predecessorIp === undefined ? {} : { predecessorIp }),
    };
    return [[launch], [{ kind: 'disable-source-dest-check', on: { kind: 'created' } }]];
  });
}

function followCandidate(
  diagnosis: WithPrimary,
  candidate: NatInstance,
  replacement: Replacement,
  context: PlanContext,
): ZonePlan {
  const { view, zone } = diagnosis;
  const networkInterface = view.interfaces.find(({ id }) => id === candidate.interfaceId);
  if (diagnosis.candidateIsGood && networkInterface !== undefined) {
    if (isLedBack(diagnosis, context)) {
      return zonePlan(zone.name, {});
    }
    const refused = heldBack(diagnosis, context);
    if (refused !== undefined) {
      return zonePlan(zone.name, { findings: [refused] });
    }
    if (wasLedBack(diagnosis, networkInterface) && !isSteady(diagnosis, context)) {
      return zonePlan(zone.name, { waits: [steadyAgain] });
    }
    const wait = reasonToWait(diagnosis, context);
    return wait === undefined
      ? zonePlan(zone.name, { waves: cutover(diagnosis, networkInterface, context) })
      : zonePlan(zone.name, { waits: [wait] });
  }
  if (
    isLate(diagnosis, candidate, context) ||
    isImpaired(view, candidate) ||
    hasFailedToBoot(view, candidate)
  ) {
    return zonePlan(zone.name, { waves: [[{ kind: 'terminate', instanceId: candidate.id }]] });
  }
  const uncheck: ControllerStep[] =
    networkInterface?.sourceDestCheck === true
      ? [{ kind: 'disable-source-dest-check', on: { kind: 'interface', id: networkInterface.id } }]
      : [];
  return zonePlan(zone.name, { waves: [uncheck], waits: waitsFor(candidate, diagnosis, replacement) });
}

const shown: Wait = { detail: 'EC2 to show what was just moved', pollMs: secondMs };

/**
 * A moment ago the traffic has moved to a neighbour, and EC2 shows the Elastic IP there and a route still here, which looks
 * as if it had begun to go home. What really has is noted.
 */
function isHalfShown({ view, primary, candidate, zone }: WithPrimary, { memory, now }: PlanContext): boolean {
  const { standIn, address } = view;
  const isNoted = address?.cutover?.from === primary.id && address.cutover.to === candidate?.id;
  const isNew = now - (memory.splitSince.get(zone.name) ?? now) < describeLagMs;
  return standIn !== undefined && !isNoted && isNew && ledToBeside(view, primary).length > 0;
}

/**
 * What works is left only after a fresh look, by a run that has the time to see what comes of it, and while it is seen to
 * work: then there is a way back.
 */
function reasonToWait(diagnosis: WithPrimary, context: PlanContext): Wait | undefined {
  const { verdict, primaryProven, replacement } = diagnosis;
  if (isHalfShown(diagnosis, context)) {
    return shown;
  }
  if (replacement?.urgent === true) {
    return undefined;
  }
  if (!isFresh(context)) {
    return freshLook;
  }
  if (primaryProven && !leavesTimeForATrial(context)) {
    return anotherRun;
  }
  const isWell = replacement?.cause !== 'suspect' && !isHalfMoved(diagnosis);
  const behind = isWell ? headStart(diagnosis, context) : undefined;
  if (behind !== undefined) {
    return behind;
  }
  const tried = triedByAnother(diagnosis, context);
  if (tried !== undefined) {
    return tried;
  }
  return verdict.kind === 'undecided'
    ? { detail: 'a request to pass before the traffic is moved', pollMs: secondMs }
    : undefined;
}

/**
 * It had its time, and is not ready as far as could be seen. A look that an event asks for may come without the status
 * checks: what was not read is no failure. What EC2 denies to tell it will not tell the next time either. One that is
 * older than the primary has served the zone before, and may well forward.
 */
function isLate(
  { view, primary }: WithPrimary,
  { id, launchedAt }: NatInstance,
  context: PlanContext,
): boolean {
  const status = view.statusOf(id);
  const isUnseen = !status.known && !isDenied(status);
  const hasServed = launchedAt < primary.launchedAt;
  return !hasServed && !isUnseen && context.now - launchedAt > context.settings.readyTimeoutMs;
}

function waitsFor(candidate: NatInstance, diagnosis: WithPrimary, replacement: Replacement): Wait[] {
  const pollMs = candidate.state === 'pending' || replacement.urgent ? 2 * secondMs : 5 * secondMs;
  const detail = `candidate ${candidate.id} to be ready to replace ${diagnosis.primary.id}`;
  return needsChecks(diagnosis, replacement) ? [] : [{ detail, pollMs }];
}

/** A candidate must pass its checks, which EC2 denies. */
function needsChecks({ view, primary }: WithPrimary, { urgent }: Replacement): boolean {
  return !urgent && areChecksDenied(view, primary);
}

/**
 * Both instances are alive, so order decides whether connections survive: the candidate first gives up its own public
 * address (the far end would reset a known connection from an unknown address), then the routes move, then the Elastic
 * IP right after. The other way round, answers reach an instance that has not seen the connection from the inside.
 */
function cutover(diagnosis: WithPrimary, candidate: NatInterface, context: PlanContext): Wave[] {
  const { view, zone } = diagnosis;
  const ref: InterfaceRef = { kind: 'interface', id: candidate.id };
  const carries = view.address?.interfaceId === candidate.id;
  const prepare: ControllerStep[] = [
    ...(candidate.hasOwnPublicAddress && !carries
      ? [{ kind: 'give-up-own-address', interfaceId: candidate.id } as const]
      : []),
    ...(candidate.sourceDestCheck ? [{ kind: 'disable-source-dest-check', on: ref } as const] : []),
    ...markAsTried(diagnosis, context),
  ];
  const left = tablesLeft(diagnosis, context);
  const routes = view.privateTables
    .filter(({ table }) => table.defaultRoute?.target.id !== candidate.id && !left.includes(table))
    .map(({ table }) => pointDefaultRoute(table, ref));
  const address: ControllerStep[] = carries
    ? []
    : [{ kind: 'associate-address', allocationId: zone.allocationId, to: ref }];
  if (isBeyondKeeping(diagnosis)) {
    return [prepare, [...routes, ...address]];
  }
  const note = noteOf(diagnosis, context);
  // A note that cannot be written must not hold up what is urgent.
  return diagnosis.replacement?.urgent === true
    ? [prepare, routes, address, note]
    : [trials(diagnosis, candidate), [...prepare, ...note], routes, address];
}

/** For so long what another run was to move, and is not seen to have moved, is left where it is while it works there. */
const noSecondTryMs: DurationMs = 5 * minuteMs;

/**
 * It may have come back since nothing passed, and the note of that may have been refused: then each run would cost as many
 * seconds. What this run has noted itself is still to be done, what was refused has a pause of its own, and what is half
 * done is finished: no request is then known to pass through the primary.
 */
function triedByAnother(diagnosis: WithPrimary, { memory, now }: PlanContext): Wait | undefined {
  const { view, zone, primary, candidate, primaryProven } = diagnosis;
  const cutover = view.address?.cutover;
  const isOfThese = cutover?.from === primary.id && cutover.to === candidate?.id;
  if (!primaryProven || candidate === undefined || cutover === undefined || !isOfThese) {
    return undefined;
  }
  const sinceMs = now - cutover.at;
  const isOwn = wasApplied(memory, zone.name, {
    kind: 'note-cutover',
    allocationId: zone.allocationId,
    cutover,
  });
  return candidate.moveRefused !== undefined || isOwn || sinceMs < 0 || sinceMs >= noSecondTryMs
    ? undefined
    : {
        detail: `five minutes to pass since ${candidate.id} was to have the traffic, which ${primary.id} has again`,
        pollMs: 5 * secondMs,
      };
}

/** So that every later run knows where requests passed until the traffic was moved. */
function noteOf(
  { primary, candidate, primaryProven, zone }: WithPrimary,
  { now }: PlanContext,
): ControllerStep[] {
  return candidate === undefined || !primaryProven
    ? []
    : [
        {
          kind: 'note-cutover',
          allocationId: zone.allocationId,
          cutover: { from: primary.id, to: candidate.id, at: now },
        },
      ];
}

/** The successor has been tried as well, and failed alike: no later run tries it again. */
function markAsTried(diagnosis: WithPrimary, { now }: PlanContext): ControllerStep[] {
  const { primary, candidate } = diagnosis;
  const goesBack = candidate !== undefined && candidate.launchedAt < primary.launchedAt;
  const mark = { reason: 'requests-failed', at: now } as const;
  return goesBack && failsByRequestsAlone(diagnosis) && primary.replaceMark === undefined
    ? [{ kind: 'mark-for-replacement', instanceId: primary.id, mark }]
    : [];
}

/**
 * What works by something else stays there while VPC Block Public Access cuts every NAT instance off, while the candidate
 * is only hoped to forward, and where a takeover is withheld. Where a probe can tell, a takeover is a step of its own, with
 * a way back.
 */
function tablesLeft({ view, drift, replacement }: WithPrimary, { now }: PlanContext): RouteTable[] {
  const isProbed = view.readings !== undefined;
  const mayNone = isProbed || isPublicAccessBlocked(view.publicSubnet) || replacement?.urgent === true;
  return tablesServedByOther(drift).filter(
    (table) => mayNone || withheld(table, view.stack, now) !== undefined,
  );
}

/**
 * The primary forwards nothing, and says so itself, or part of the traffic does not even lead to it: there are no
 * connections to keep, and a route that may not be changed must not hold the rest back.
 */
function isBeyondKeeping({ drift, replacement, verdict }: WithPrimary): boolean {
  const isTold = verdict.kind === 'does-not-forward' && verdict.proof === 'told';
  return forwardsNothing(replacement) && (isTold || drift.length > 0);
}

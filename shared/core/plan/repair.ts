import { isLeftForNow, notePutBack } from '../diagnose/contended-groups.ts';
import { type Drift, tablesServedByOther } from '../diagnose/drift.ts';
import { isPublicAccessBlocked } from '../diagnose/public-access.ts';
import { isReadyByItsWord, mayYetTell } from '../diagnose/readiness.ts';
import { ledToBeside } from '../diagnose/roles.ts';
import { areChecksDenied } from '../diagnose/status-checks.ts';
import { tookInVain } from '../diagnose/tried-in-vain.ts';
import { describeLagMs, movedAt } from '../memory/memory.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import type { Finding } from '../model/finding.ts';
import { isUnheard } from '../model/reading.ts';
import { isEnding, type NatInstance, type RouteTable } from '../model/snapshot.ts';
import type { ControllerStep, InterfaceRef, Wait, Wave } from '../model/step.ts';
import { secondMs } from '../model/time.ts';
import { heldBack, isLedBack, noteRefusedMove, unseenMoves } from './lead-back.ts';
import { aimingStep } from './recovery.ts';
import type { Stack } from './stack.ts';
import {
  anotherRun,
  hasJustLedBack,
  leavesTimeForATrial,
  noteTakeover,
  noteTry,
  undone,
  waitsFor,
  withheld,
} from './takeovers.ts';
import {
  freshLook,
  isFresh,
  type PlanContext,
  type WithPrimary,
  type ZonePlan,
  zonePlan,
} from './zone-plan.ts';

/**
 * Exactly the calls that put a primary's surroundings right, in one wave. A table that something else serves stays as it
 * is until nothing is left to repair or to remember; it is then taken over, straight after a quick look.
 */
export function repair(diagnosis: WithPrimary, stack: Stack, context: PlanContext): ZonePlan {
  const { primary, zone } = diagnosis;
  if (isEnding(primary)) {
    // EC2 moves no Elastic IP to it any more, and what leads elsewhere need not lead back.
    return zonePlan(zone.name, {});
  }
  const ledBack = diagnosis.candidateIsGood && staysHere(diagnosis, context);
  if (diagnosis.candidateIsGood && !ledBack) {
    // A planned cutover is due or half done: routes that already moved must not be moved back.
    return zonePlan(zone.name, {});
  }
  if (mayBeHalfMoved(diagnosis, context)) {
    return zonePlan(zone.name, { waits: [{ detail: 'EC2 to show what was just moved', pollMs: secondMs }] });
  }
  if (primary.interfaceId === undefined) {
    const detail = `${primary.id} has no network interface yet`;
    return zonePlan(zone.name, { waits: [{ detail, pollMs: secondMs }] });
  }
  const ref: InterfaceRef = { kind: 'interface', id: primary.interfaceId };
  const due = diagnosis.drift.filter(
    (drift) => !mustWait(diagnosis, drift) && !isLeftForNow(drift, primary, context.now),
  );
  const { takeovers, findings } = takeoversOf(due, diagnosis, stack, context);
  const repairs = due.flatMap((drift) => aimingStep(drift, ref, diagnosis));
  const first = [...takeovers.flatMap(rememberStep), ...repairs];
  if (first.length > 0 || takeovers.length === 0) {
    const unseen = ledBack ? unseenMoves(diagnosis, context) : [];
    return zonePlan(zone.name, {
      waves: [...addressFirst(first, diagnosis, context), ...notesOn(due, diagnosis, context)],
      waits: [...waits(diagnosis, stack), ...unseen],
      findings,
    });
  }
  const wait = reasonToWait(diagnosis, stack, context);
  const isProbed = diagnosis.view.readings !== undefined;
  const tries = isProbed ? takeovers.flatMap((table) => noteTry(table, context.now)) : [];
  const notes = takeovers.map((table) => noteTakeover(table, context.now));
  return wait === undefined
    ? zonePlan(zone.name, {
        waves: [tries, takeovers.map((table) => pointDefaultRoute(table, ref)), notes],
        findings,
      })
    : zonePlan(zone.name, { waits: [wait], findings });
}

/**
 * An instance that was launched with a public address of its own would be seen at that one, if a route came before the
 * Elastic IP, which takes its place. Until both are there nothing passes anyway. Where EC2 has just refused to move the
 * Elastic IP, the routes do not wait for it: another address is better than none.
 */
function addressFirst(
  steps: readonly ControllerStep[],
  { primaryInterface, zone }: WithPrimary,
  { memory }: PlanContext,
): Wave[] {
  const movesAddress = steps.some(({ kind }) => kind === 'associate-address');
  const isRoute = ({ kind }: ControllerStep) => kind === 'set-default-route';
  const hasOther = primaryInterface?.hasOwnPublicAddress === true;
  return movesAddress && hasOther && !memory.withoutAddress.has(zone.name)
    ? [steps.filter((step) => !isRoute(step)).map(awaited), steps.filter(isRoute)]
    : [steps];
}

function awaited(step: ControllerStep): ControllerStep {
  return step.kind === 'associate-address' ? { ...step, isAwaited: true } : step;
}

/** The routes that may be taken over now, and why others may not. */
function takeoversOf(
  due: readonly Drift[],
  diagnosis: WithPrimary,
  stack: Stack,
  context: PlanContext,
): { readonly takeovers: readonly RouteTable[]; readonly findings: readonly Finding[] } {
  const { primary, primaryReady, view } = diagnosis;
  const inVain = tablesServedByOther(due).filter((table) => tookInVain(table, primary));
  const mayTry = (table: RouteTable) =>
    !tookInVain(table, primary) && !hasJustLedBack(table, diagnosis, context);
  const wanted = primaryReady ? tablesServedByOther(due).filter(mayTry) : [];
  const reasonAgainst = (table: RouteTable) =>
    withheld(table, view.stack, context.now) ?? stack.takeovers.undone;
  const reasons = new Set(wanted.flatMap((table) => reasonAgainst(table) ?? []));
  return {
    takeovers: wanted.filter((table) => reasonAgainst(table) === undefined),
    findings: [...undone(inVain.map(asItLeads), diagnosis), ...reasons],
  };
}

/** A trial costs connections if it fails: one zone at a time, with the time to see what comes of it. */
function reasonToWait(
  { zone, view, primary }: WithPrimary,
  stack: Stack,
  context: PlanContext,
): Wait | undefined {
  const tried = stack.takeovers.onTrial.find((other) => other !== zone.name);
  if (tried !== undefined) {
    return waitsFor(tried);
  }
  if (view.readings !== undefined && !leavesTimeForATrial(context)) {
    return anotherRun;
  }
  if (mayYetTell(view, primary, context.now)) {
    return {
      detail: `${primary.id} to tell whether it is ready, or to go on saying nothing`,
      pollMs: 5 * secondMs,
    };
  }
  return isFresh(context) ? undefined : freshLook;
}

/** The candidate is not to have the traffic now: what is around the primary is kept right as ever. */
function staysHere(diagnosis: WithPrimary, context: PlanContext): boolean {
  return isLedBack(diagnosis, context) || heldBack(diagnosis, context) !== undefined;
}

function notesOn(due: readonly Drift[], diagnosis: WithPrimary, context: PlanContext): Wave[] {
  const isPutBack = due.some(({ kind }) => kind === 'security-groups');
  return [
    isPutBack ? [notePutBack(diagnosis.primary, context.now)] : [],
    noteRefusedMove(diagnosis, context),
  ];
}

function asItLeads(table: RouteTable) {
  return { table, target: table.defaultRoute?.target.id };
}

/**
 * Another run may be moving the traffic to an instance that is ready, of which this one has yet to hear, or has moved it a
 * moment ago; or this one has, away from what does not forward, and EC2 shows a part of that.
 */
function mayBeHalfMoved(
  { primary, candidateIsGood, view, zone }: WithPrimary,
  { memory, now }: PlanContext,
): boolean {
  const others = ledToBeside(view, primary);
  if (view.readings === undefined || candidateIsGood || others.length === 0) {
    return false;
  }
  const isNew = now - (memory.splitSince.get(zone.name) ?? now) < describeLagMs;
  // Of another zone's instance this zone's probe may not have asked yet.
  const isMeant = (other: NatInstance) =>
    other.zone !== zone.name || view.standIn !== undefined || isReadyByItsWord(view, other, now);
  const mayBeMeant = isNew && others.some(isMeant);
  return isUnheard(view.readings) || now - movedAt(memory, zone.name) < describeLagMs || mayBeMeant;
}

/**
 * A pending instance's interface takes no Elastic IP (`IncorrectInstanceState`), and a route to an instance that speaks
 * with another public address would break the connections that it was meant to save: both wait until it runs. And what
 * works through something else, another zone's instance included, stays there while VPC Block Public Access cuts ours off.
 */
function mustWait(diagnosis: WithPrimary, drift: Drift): boolean {
  const works = drift.kind === 'route' && drift.table.defaultRoute?.state === 'active';
  if (works && isPublicAccessBlocked(diagnosis.view.publicSubnet)) {
    return true;
  }
  const addressIsElsewhere = diagnosis.drift.some((other) => other.kind === 'address');
  const waits = drift.kind === 'address' || drift.kind === 'route';
  return diagnosis.primary.state === 'pending' && waits && addressIsElsewhere;
}

/**
 * The target that `restore` puts back. Only NAT gateways are remembered: a NAT gateway is never in a route by accident,
 * while any other target may be the drift that is being repaired here.
 */
function rememberStep(table: RouteTable): ControllerStep[] {
  const target = table.defaultRoute?.target;
  const isRemembered = table.remembered?.kind === 'nat-gateway' && target?.id === table.remembered.id;
  return target?.kind !== 'nat-gateway' || isRemembered
    ? []
    : [{ kind: 'remember-route-target', routeTableId: table.id, target }];
}

function waits(diagnosis: WithPrimary, { takeovers }: Stack): Wait[] {
  const { primary, drift, view } = diagnosis;
  if (primary.state === 'pending') {
    // Every second counts only if a repair waits for the instance to run.
    return [{ detail: `${primary.id} to run`, pollMs: drift.length > 0 ? secondMs : 2 * secondMs }];
  }
  const takeover = takeovers.undone === undefined ? tablesServedByOther(drift) : [];
  if (takeover.length > 0 && !diagnosis.primaryReady && !areChecksDenied(view, primary)) {
    const tables = takeover.map((table) => table.id).join(', ');
    return [
      {
        detail: `${primary.id} to be ready before it takes over ${tables}`,
        pollMs: 5 * secondMs,
      },
    ];
  }
  return [];
}

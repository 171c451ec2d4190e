import { isHarmless } from '../diagnose/drift.ts';
import { forwardsNothing } from '../diagnose/replacement-reasons.ts';
import { isCutOff } from '../diagnose/status-checks.ts';
import { failsOnTrial, leftByCutover, maxUndone, undoneCutoverFinding } from '../diagnose/tried-in-vain.ts';
import { natHealthOf } from '../diagnose/verdict.ts';
import type { ZoneView } from '../diagnose/zone-view.ts';
import { movedAt, wasJustApplied } from '../memory/memory.ts';
import { leadsTo, pointDefaultRoute } from '../model/default-route.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { NatInstance, NatInterface } from '../model/snapshot.ts';
import type { ControllerStep, InterfaceRef, Wait } from '../model/step.ts';
import { tagKeys } from '../model/tags.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../model/time.ts';
import { typeCommand } from '../model/type-command.ts';
import { type PlanContext, type WithPrimary, type ZonePlan, zonePlan } from './zone-plan.ts';

/**
 * Whether a cutover that EC2 refuses in part is undone: the primary works, and what was moved already is without egress,
 * since the Elastic IP goes last. One that forwards nothing is no place to go back to.
 */
export function isLedBack({ zone, replacement }: WithPrimary, { refusedCutovers }: PlanContext): boolean {
  return refusedCutovers.has(zone.name) && !forwardsNothing(replacement);
}

/**
 * A planned cutover to an instance that says that all is well, and through which nothing passes: the traffic goes back at
 * once to the one before, which still runs, and through which requests passed until then. The note makes that one the
 * primary again for every later run, whatever becomes of the other calls.
 */
export function undoCutover(diagnosis: WithPrimary, { now, memory }: PlanContext): ZonePlan {
  const { view, zone, primary } = diagnosis;
  const former = leftByCutover(view, primary, now);
  if (former?.interfaceId === undefined || !isToGoBack(diagnosis, former, { now, memory })) {
    return zonePlan(zone.name, {});
  }
  const to: InterfaceRef = { kind: 'interface', id: former.interfaceId };
  const { id: instanceId, imageId, specHash = '' } = primary;
  const entry = { instanceId, imageId, specHash, at: now };
  const { allocationId } = zone;
  const isOfOther = former.id === view.stoodIn?.instance.id;
  const at = isOfOther ? { privateIp: view.stoodIn.privateIp } : {};
  const undone = [entry, ...(view.address?.undoneCutovers ?? [])].slice(0, maxUndone);
  return zonePlan(zone.name, {
    waves: [
      [
        ...view.privateTables
          .filter(({ table }) => leadsTo(table, primary))
          .map(({ table }) => pointDefaultRoute(table, to)),
        { kind: 'note-undone-cutovers', allocationId, undone },
      ],
      // Whoever sees it at the former without the note would take that for a cutover that got half-way.
      [{ kind: 'associate-address', allocationId, to, ...at }],
    ],
    findings: [undoneCutoverFinding(entry, zone.name, view.stack)],
  });
}

/**
 * Enough requests have failed, and none has passed since the cutover; or it is proven that it does not forward. Why they
 * fail does not matter: they passed until the traffic was moved. A new instance may well say that it has no way out, since
 * it had none before the Elastic IP came and looks again only after 10 s; and names that are not resolved tell of trouble
 * beyond the NAT only where the resolvers are not reached through it.
 *
 * One of the zone's own runs beside its successor only until a request has passed there, a stand-in for ever: back to that
 * a few failed requests lead only in a run that has seen the traffic move.
 */
function isToGoBack(
  { view, verdict, zone }: WithPrimary,
  former: NatInstance,
  { now, memory }: Pick<PlanContext, 'now' | 'memory'>,
): boolean {
  const isProven = verdict.kind === 'does-not-forward';
  const isOfOther = former.id === view.stoodIn?.instance.id;
  const isOnTrial = !isOfOther || movedAt(memory, zone.name) > 0;
  const failsAnew = isOnTrial && failsOnTrial(verdict, view.readings);
  const isWell = !isCutOff(view, former) && natHealthOf(view.readings, former.id, now)?.ready !== false;
  return (isProven || failsAnew) && isWell;
}

/** Routes that were moved a moment ago and that EC2 does not show there yet: they are led back once it does. */
export function unseenMoves({ view, zone, candidate }: WithPrimary, context: PlanContext): Wait[] {
  const to: InterfaceRef | undefined =
    candidate?.interfaceId === undefined ? undefined : { kind: 'interface', id: candidate.interfaceId };
  const unseen = view.privateTables.some(
    ({ table }) =>
      to !== undefined &&
      table.defaultRoute?.target.id !== to.id &&
      wasJustApplied(context.memory, zone.name, pointDefaultRoute(table, to), context.now),
  );
  return unseen ? [{ detail: 'EC2 to show what was just moved', pollMs: secondMs }] : [];
}

/**
 * True of a candidate without a public address to which nothing leads: it had been cut over to and was led back. An
 * answer from before a cutover looks the same. In a hurry, and beside what does not work, nothing is tried first.
 */
export function wasLedBack(diagnosis: WithPrimary, candidate: NatInterface): boolean {
  const { view, drift, replacement } = diagnosis;
  const leadsToIt = view.privateTables.some(({ table }) => table.defaultRoute?.target.id === candidate.id);
  return (
    !candidate.hasOwnPublicAddress && !leadsToIt && drift.every(isHarmless) && replacement?.urgent !== true
  );
}

/**
 * What a cutover will ask for, asked as it is, which changes nothing: while a part of that is refused, nothing is moved
 * again. Only of a primary that has been seen steady: with an older answer it would move back what was just moved.
 */
export function trials(diagnosis: WithPrimary, candidate: NatInterface): ControllerStep[] {
  const { view, zone, primary } = diagnosis;
  const { interfaceId } = primary;
  if (interfaceId === undefined || !wasLedBack(diagnosis, candidate)) {
    return [];
  }
  const ref: InterfaceRef = { kind: 'interface', id: interfaceId };
  const tables = view.privateTables.filter(({ table }) => table.defaultRoute?.target.id === interfaceId);
  return [
    ...tables.map(({ table }) => pointDefaultRoute(table, ref)),
    ...(view.address?.interfaceId === interfaceId
      ? [{ kind: 'associate-address', allocationId: zone.allocationId, to: ref, ...placeOn(view) } as const]
      : []),
  ];
}

/** Of an instance that stands in, the Elastic IP is not on the primary address: that has its own zone's. */
function placeOn({ standIn }: ZoneView): { readonly privateIp?: string } {
  return standIn === undefined ? {} : { privateIp: standIn.privateIp };
}

/**
 * A cutover that EC2 took the trial of and refused all the same costs connections each time, so it is tried again after
 * one minute, then two, four and at most eight. What is urgent is tried in every run: there is nothing to lose.
 */
const firstPauseMs: DurationMs = minuteMs;
const maxPauseMs: DurationMs = 8 * minuteMs;
/** As many as tell how long to wait, and the tag's value has room for. */
const maxNoted = 8;

/** Why the candidate is not tried now; undefined: it may have the traffic. */
export function heldBack(diagnosis: WithPrimary, { now }: PlanContext): Finding | undefined {
  const { candidate, replacement, zone, view } = diagnosis;
  const times = refusals(candidate, now);
  const [latest] = times;
  const refused = candidate?.moveRefused;
  if (candidate === undefined || refused === undefined || latest === undefined) {
    return undefined;
  }
  const nextAt = latest + Math.min(maxPauseMs, firstPauseMs * 2 ** (times.length - 1));
  if (now >= nextAt || replacement?.urgent === true) {
    return undefined;
  }
  const { of, code } = refused;
  const what = of === zone.allocationId ? `Elastic IP ${of}` : `the default route of ${of}`;
  const call = of === zone.allocationId ? 'ec2:AssociateAddress' : 'ec2:ReplaceRoute';
  const detail = `EC2 refused to move ${what} to ${candidate.id} at ${iso(latest)} (${code}), ${times.length === 1 ? 'once' : `${times.length} times`} so far, and ${diagnosis.primary.id} serves on; it is tried again from ${iso(nextAt)} on, since each try interrupts connections for a moment; find out what forbids ${call} (the role, its permissions boundary, the organisation's policies; "${typeCommand(view.stack, `logs --zone ${zone.name}`)}" has EC2's message); to have it tried at once: aws ec2 delete-tags --resources ${candidate.id} --tags Key=${tagKeys.moveRefused}`;
  return finding('move-refused', detail);
}

/** Written after the traffic is back. A refusal is noted once: the next try is no sooner than after the first pause. */
export function noteRefusedMove({ candidate, zone }: WithPrimary, context: PlanContext): ControllerStep[] {
  const { now, refusedMoves } = context;
  const refused = refusedMoves?.get(zone.name);
  const times = refusals(candidate, now);
  const isNoted = times.some((at) => now - at < firstPauseMs);
  if (candidate === undefined || refused?.to !== candidate.interfaceId || refused === undefined || isNoted) {
    return [];
  }
  const { of, code } = refused;
  const at = [now, ...times].slice(0, maxNoted);
  return [{ kind: 'note-refused-move', instanceId: candidate.id, refused: { of, code }, at }];
}

/** Tags are input: what is yet to come has not been refused. */
function refusals(candidate: NatInstance | undefined, now: EpochMs): EpochMs[] {
  return (candidate?.moveRefused?.at ?? []).filter((at) => at <= now).toSorted((a, b) => b - a);
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}

import { isHarmless } from '../diagnose/drift.ts';
import { forwardsNothing } from '../diagnose/replacement-reasons.ts';
import { wasJustApplied } from '../memory/memory.ts';
import { pointDefaultRoute } from '../model/default-route.ts';
import type { NatInterface } from '../model/snapshot.ts';
import type { ControllerStep, InterfaceRef, Wait } from '../model/step.ts';
import { secondMs } from '../model/time.ts';
import type { PlanContext, WithPrimary } from './zone-plan.ts';

/**
 * Whether a cutover that EC2 refuses in part is undone: the primary works, and what was moved already is without egress,
 * since the Elastic IP goes last. One that forwards nothing is no place to go back to.
 */
export function isLedBack({ zone, replacement }: WithPrimary, { refusedCutovers }: PlanContext): boolean {
  return refusedCutovers.has(zone.name) && !forwardsNothing(replacement);
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
      ? [{ kind: 'associate-address', allocationId: zone.allocationId, to: ref } as const]
      : []),
  ];
}

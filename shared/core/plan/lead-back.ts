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
 * What a cutover will ask for, asked as it is, which changes nothing. A candidate without a public address to which
 * nothing leads had been cut over to and was led back: while a part of that is refused, nothing is moved again.
 */
export function trials(diagnosis: WithPrimary, candidate: NatInterface): ControllerStep[] {
  const { view, zone, primary, replacement } = diagnosis;
  const { interfaceId } = primary;
  const leadsToIt = view.privateTables.some(({ table }) => table.defaultRoute?.target.id === candidate.id);
  const wasLedBack = !candidate.hasOwnPublicAddress && !leadsToIt && !forwardsNothing(replacement);
  if (interfaceId === undefined || !wasLedBack) {
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

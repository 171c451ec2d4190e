import { tagKeys } from '../../shared/core/tags.ts';
import { hasEgress } from '../simulator/data-plane.ts';
import type { RouteTableRecord } from '../simulator/records.ts';
import type { ZoneWorld } from '../simulator/world.ts';
import type { Field } from './field.ts';
import { isManual } from './invariants.ts';

/**
 * Why the world is not settled yet, or nothing: one instance in each zone, its Elastic IP, active routes, and no orphaned
 * instance or network interface; and a run has said that nothing is left to do.
 */
export function pendingIn(field: Field): string | undefined {
  const { stage } = field;
  for (const zone of stage.world.zones) {
    const pending = pendingInZone(zone, field);
    if (pending !== undefined) return `${zone.name}: ${pending}`;
  }
  const seen = stage.invocations.findLast(
    ({ report }) => report !== undefined && report.outcome !== 'ignored',
  );
  // A run that began before, or an operator's command, speaks of what was.
  const speaks = seen !== undefined && seen.startedAt >= field.calmSince && !isManual(seen);
  return speaks && stage.isSettled() ? undefined : 'no run has ended with "settled" yet';
}

function pendingInZone(zone: ZoneWorld, field: Field): string | undefined {
  const { sim, settings } = field.stage;
  const { store } = sim.cloud;
  const [instance, ...more] = field.instancesIn(zone.name);
  if (instance === undefined) return 'no instance';
  if (more.length > 0) return `${1 + more.length} instances`;
  if (instance.state !== 'running') return `${instance.id} is ${instance.state}`;
  const interfaces = store.interfaces.current
    .all()
    .filter(
      (record) =>
        record.availabilityZone === zone.name &&
        (record.tags[tagKeys.stack] === settings.stack ||
          (record.attachment?.instanceId === instance.id && record.attachment.deviceIndex === 0)),
    );
  const [only, ...orphans] = interfaces;
  if (only === undefined || only.attachment?.instanceId !== instance.id)
    return `${instance.id} has no interface`;
  if (orphans.length > 0) return `${orphans.map(({ id }) => id).join(', ')} left over`;
  const address = store.addresses.current.get(zone.allocationId);
  if (address?.association?.interfaceId !== only.id) return `${zone.allocationId} is not on ${only.id}`;
  const subnet = zone.privateSubnetIds.find((id) => !hasEgress(sim, id).ok);
  if (subnet !== undefined) return `${subnet}: ${why(field, subnet)}`;
  const stray = zone.privateRouteTableIds.find((id) => !leadsTo(store.routeTables.current.get(id), only.id));
  return stray && `the default route of ${stray} does not lead to ${only.id}`;
}

function why(field: Field, subnet: string): string {
  const egress = hasEgress(field.stage.sim, subnet);
  return egress.ok ? '' : egress.why;
}

function leadsTo(table: RouteTableRecord | undefined, interfaceId: string): boolean {
  const target = table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
  return target?.kind === 'interface' && target.id === interfaceId;
}

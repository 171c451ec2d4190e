import { assertNever } from '../../shared/core/model/assert.ts';
import { defaultTargetOf } from '../../simulator/data-plane.ts';
import type { RouteTargetRecord } from '../../simulator/ec2/records.ts';
import type { Field } from './field.ts';
import type { FaultOf } from './schedule.ts';

export type InterfaceFault = FaultOf<
  | 'source-dest-check-on'
  | 'address-taken-off'
  | 'address-on-foreign-interface'
  | 'second-interface-attached'
  | 'free-interface-deleted'
  | 'security-group-gone'
>;

/** What people do to interfaces and to what hangs on them. False where there is nothing to do it to. */
export function strikeInterface(fault: InterfaceFault, field: Field): boolean {
  switch (fault.kind) {
    case 'source-dest-check-on':
      return switchCheckOn(fault, field);
    case 'address-taken-off':
      return takeAddressOff(fault, field);
    case 'address-on-foreign-interface':
      return takeAddressAway(fault, field);
    case 'second-interface-attached':
      return attachSecond(fault, field);
    case 'free-interface-deleted':
      return deleteFree(fault, field);
    case 'security-group-gone': {
      const { securityGroupId } = field.stage.world;
      const { securityGroups } = field.stage.sim.cloud.store;
      if (securityGroups.current.get(securityGroupId) === undefined) return false;
      field.note(`${fault.kind}: ${securityGroupId}`);
      const group = field.stage.sim.loseSecurityGroup(securityGroupId);
      field.lasting(fault.forMs, () => group.restore());
      return true;
    }
    default:
      return assertNever(fault);
  }
}

function takeAddressOff({ kind, zone }: FaultOf<'address-taken-off'>, field: Field): boolean {
  const { sim } = field.stage;
  const { allocationId } = field.zone(zone);
  if (sim.cloud.store.addresses.current.get(allocationId)?.association === undefined) return false;
  field.note(`${kind}: ${allocationId}`);
  sim.takeAddressOff(allocationId);
  return true;
}

/** Ours in the zone, free or not. */
function interfacesIn(zone: number, field: Field) {
  const { stack } = field.stage.settings;
  return field.stage.sim.cloud.store.interfaces.current
    .all()
    .filter((record) => record.availabilityZone === field.zone(zone).name)
    .filter(({ tags }) => tags['phoenat:stack'] === stack);
}

function switchCheckOn({ kind, zone }: FaultOf<'source-dest-check-on'>, field: Field): boolean {
  const record = interfacesIn(zone, field)[0];
  if (record === undefined) return false;
  field.note(`${kind}: ${record.id}`);
  field.stage.sim.setSourceDestCheck(record.id, true);
  return true;
}

/** Somebody takes the zone's address for an interface of their own, and lets go of it later. */
function takeAddressAway(
  { kind, zone, forMs }: FaultOf<'address-on-foreign-interface'>,
  field: Field,
): boolean {
  const { sim } = field.stage;
  const { allocationId } = field.zone(zone);
  const foreign = sim.cloud.store.interfaces.current
    .all()
    .find(({ tags }) => tags['Name'] === 'spare of somebody');
  if (foreign === undefined) return false;
  field.note(`${kind}: ${allocationId} to ${foreign.id}`);
  sim.associateAddressElsewhere(allocationId, foreign.id);
  field.lasting(forMs, () => {
    const present = sim.cloud.store.addresses.current.get(allocationId)?.association;
    if (present?.interfaceId === foreign.id) sim.takeAddressOff(allocationId);
  });
  return true;
}

function attachSecond({ kind, zone, forMs }: FaultOf<'second-interface-attached'>, field: Field): boolean {
  const { sim } = field.stage;
  const instance = field.instancesIn(field.zone(zone).name).find(({ state }) => state === 'running');
  const spare = sim.cloud.store.interfaces.current
    .all()
    .find(({ tags, attachment }) => tags['Name'] === 'spare of somebody' && attachment === undefined);
  if (instance === undefined || spare === undefined) return false;
  field.note(`${kind}: ${spare.id} to ${instance.id}`);
  sim.attachInterface(spare.id, instance.id);
  field.lasting(forMs, () => {
    const attached = sim.cloud.store.interfaces.current.get(spare.id)?.attachment?.instanceId;
    if (attached === instance.id) sim.detachInterface(spare.id);
  });
  return true;
}

/** A primary interface can never be detached: what a person can take away is one that waits for its instance. */
function deleteFree({ kind, zone }: FaultOf<'free-interface-deleted'>, field: Field): boolean {
  const free = interfacesIn(zone, field).find(({ attachment }) => attachment === undefined);
  if (free === undefined) return false;
  field.note(`${kind}: ${free.id}`);
  field.stage.sim.deleteInterface(free.id);
  return true;
}

type RouteFault = FaultOf<
  'route-deleted' | 'route-blackholed' | 'route-pointed-elsewhere' | 'table-reassociated'
>;

/** What people do to the routes of private subnets, and to the tables that serve them. */
export function strikeRoutes(fault: RouteFault, field: Field): boolean {
  switch (fault.kind) {
    case 'route-deleted':
    case 'route-blackholed':
    case 'route-pointed-elsewhere':
      return changeRoute(fault, field);
    case 'table-reassociated':
      return moveSubnet(fault, field);
    default:
      return assertNever(fault);
  }
}

function changeRoute(fault: Exclude<RouteFault, { kind: 'table-reassociated' }>, field: Field): boolean {
  const { sim } = field.stage;
  const tables = field.zone(fault.zone).privateRouteTableIds;
  const table = tables[fault.table % tables.length];
  if (table === undefined) return false;
  const hasRoute = sim.cloud.store.routeTables.current
    .get(table)
    ?.routes.some(({ destination }) => destination === '0.0.0.0/0');
  field.note(`${fault.kind}: ${table}`);
  switch (fault.kind) {
    case 'route-deleted':
      if (hasRoute) sim.deleteRoute(table);
      return hasRoute === true;
    case 'route-blackholed':
      sim.pointRouteAt(table, { kind: 'interface', id: 'eni-0dead0000000beef0' });
      return true;
    case 'route-pointed-elsewhere': {
      const target = targetOf(fault.to, field);
      // The controller takes it over, and from then on it is what was found.
      field.tablesChangedByHand.add(table);
      field.routePointedAt.set(table, field.now);
      sim.pointRouteAt(table, target);
      field.lasting(fault.forMs, () => giveUpRoute(table, target, field));
      return true;
    }
    default:
      return assertNever(fault);
  }
}

function targetOf(to: FaultOf<'route-pointed-elsewhere'>['to'], field: Field): RouteTargetRecord {
  switch (to) {
    case 'foreign-instance':
      return { kind: 'interface', id: field.bystanders.interfaceId };
    case 'nat-gateway':
      return { kind: 'nat-gateway', id: field.bystanders.natGatewayId };
    case 'transit-gateway':
      return { kind: 'transit-gateway', id: 'tgw-0123456789abcdef0' };
    case 'internet-gateway':
      return { kind: 'internet-gateway', id: field.stage.world.internetGatewayId };
    default:
      return assertNever(to);
  }
}

/** Whoever pointed it elsewhere takes the route out again, if it is still theirs. */
function giveUpRoute(table: string, target: RouteTargetRecord, field: Field): void {
  const { sim } = field.stage;
  const route = sim.cloud.store.routeTables.current
    .get(table)
    ?.routes.find(({ destination }) => destination === '0.0.0.0/0');
  if (JSON.stringify(route?.target) === JSON.stringify(target)) sim.deleteRoute(table);
}

function moveSubnet({ kind, zone, subnet, to, forMs }: FaultOf<'table-reassociated'>, field: Field): boolean {
  const { sim, world } = field.stage;
  const { privateSubnetIds, privateRouteTableIds } = field.zone(zone);
  const index = subnet % privateSubnetIds.length;
  const subnetId = privateSubnetIds[index];
  const home = privateRouteTableIds[index % privateRouteTableIds.length];
  if (subnetId === undefined || home === undefined) return false;
  if (to === 'other-zone' && world.zones.length === 1) return false;
  const elsewhere = {
    'main-table': undefined,
    'empty-table': field.bystanders.emptyTableId,
    'other-zone': field.zone(zone + 1).privateRouteTableIds[0],
    'public-table': field.zone(zone).publicRouteTableId,
  }[to];
  field.note(
    `${kind}: ${subnetId} to ${elsewhere ?? world.mainRouteTableId}, ${defaultTargetOf(sim, subnetId)?.kind}`,
  );
  sim.reassociate(subnetId, elsewhere);
  field.lasting(forMs, () => sim.reassociate(subnetId, home));
  return true;
}

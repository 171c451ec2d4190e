import { assertNever } from '../../../shared/core/model/assert.ts';
import { defaultTargetOf } from '../../../simulator/data-plane.ts';
import type { RouteTargetRecord } from '../../../simulator/ec2/records.ts';
import { homeOf } from '../../../simulator/topology.ts';
import type { Play } from '../play/play.ts';
import type { FaultOf } from '../schedule/schedule.ts';

export type InterfaceFault = FaultOf<
  | 'source-dest-check-on'
  | 'address-taken-off'
  | 'address-on-foreign-interface'
  | 'second-interface-attached'
  | 'free-interface-deleted'
  | 'security-group-gone'
>;

/** What people do to interfaces and to what hangs on them. False where there is nothing to do it to. */
export function injectInterfaceFault(fault: InterfaceFault, play: Play): boolean {
  switch (fault.kind) {
    case 'source-dest-check-on':
      return switchCheckOn(fault, play);
    case 'address-taken-off':
      return takeAddressOff(fault, play);
    case 'address-on-foreign-interface':
      return takeAddressAway(fault, play);
    case 'second-interface-attached':
      return attachSecond(fault, play);
    case 'free-interface-deleted':
      return deleteFree(fault, play);
    case 'security-group-gone': {
      const { securityGroupId } = play.harness.topology;
      const { securityGroups } = play.harness.sim.region.store;
      if (securityGroups.current.get(securityGroupId) === undefined) return false;
      play.note(`${fault.kind}: ${securityGroupId}`);
      const group = play.harness.sim.loseSecurityGroup(securityGroupId);
      play.lasting(fault.forMs, () => group.restore());
      return true;
    }
    default:
      return assertNever(fault);
  }
}

function takeAddressOff({ kind, zone }: FaultOf<'address-taken-off'>, play: Play): boolean {
  const { sim } = play.harness;
  const { allocationId } = play.zone(zone);
  if (sim.region.store.addresses.current.get(allocationId)?.association === undefined) return false;
  play.note(`${kind}: ${allocationId}`);
  sim.takeAddressOff(allocationId);
  return true;
}

/** Ours in the zone, free or not. */
function interfacesIn(zone: number, play: Play) {
  const { stack } = play.harness.settings;
  return play.harness.sim.region.store.interfaces.current
    .all()
    .filter((record) => homeOf(record) === play.zone(zone).name)
    .filter(({ tags }) => tags['phoenat:stack'] === stack);
}

function switchCheckOn({ kind, zone }: FaultOf<'source-dest-check-on'>, play: Play): boolean {
  const record = interfacesIn(zone, play)[0];
  if (record === undefined) return false;
  play.note(`${kind}: ${record.id}`);
  play.harness.sim.setSourceDestCheck(record.id, true);
  play.checkSwitchedOnAt.set(record.id, play.now);
  return true;
}

/** Somebody takes the zone's address for an interface of their own, and lets go of it later. */
function takeAddressAway(
  { kind, zone, forMs }: FaultOf<'address-on-foreign-interface'>,
  play: Play,
): boolean {
  const { sim } = play.harness;
  const { allocationId } = play.zone(zone);
  const foreign = sim.region.store.interfaces.current
    .all()
    .find(({ tags }) => tags['Name'] === 'spare of somebody');
  if (foreign === undefined) return false;
  play.note(`${kind}: ${allocationId} to ${foreign.id}`);
  sim.associateAddressElsewhere(allocationId, foreign.id);
  play.lasting(forMs, () => {
    const present = sim.region.store.addresses.current.get(allocationId)?.association;
    if (present?.interfaceId === foreign.id) sim.takeAddressOff(allocationId);
  });
  return true;
}

function attachSecond({ kind, zone, forMs }: FaultOf<'second-interface-attached'>, play: Play): boolean {
  const { sim } = play.harness;
  const instance = play.instancesIn(play.zone(zone).name).find(({ state }) => state === 'running');
  const spare = sim.region.store.interfaces.current
    .all()
    .find(({ tags, attachment }) => tags['Name'] === 'spare of somebody' && attachment === undefined);
  if (instance === undefined || spare === undefined) return false;
  play.note(`${kind}: ${spare.id} to ${instance.id}`);
  sim.attachInterface(spare.id, instance.id);
  play.lasting(forMs, () => {
    const attached = sim.region.store.interfaces.current.get(spare.id)?.attachment?.instanceId;
    if (attached === instance.id) sim.detachInterface(spare.id);
  });
  return true;
}

/** A primary interface can never be detached: what a person can take away is one that waits for its instance. */
function deleteFree({ kind, zone }: FaultOf<'free-interface-deleted'>, play: Play): boolean {
  const free = interfacesIn(zone, play).find(({ attachment }) => attachment === undefined);
  if (free === undefined) return false;
  play.note(`${kind}: ${free.id}`);
  play.harness.sim.deleteInterface(free.id);
  return true;
}

type RouteFault = FaultOf<
  'route-deleted' | 'route-blackholed' | 'route-pointed-elsewhere' | 'table-reassociated'
>;

/** What people do to the routes of private subnets, and to the tables that serve them. */
export function injectRouteFault(fault: RouteFault, play: Play): boolean {
  switch (fault.kind) {
    case 'route-deleted':
    case 'route-blackholed':
    case 'route-pointed-elsewhere':
      return changeRoute(fault, play);
    case 'table-reassociated':
      return moveSubnet(fault, play);
    default:
      return assertNever(fault);
  }
}

function changeRoute(fault: Exclude<RouteFault, { kind: 'table-reassociated' }>, play: Play): boolean {
  const { sim } = play.harness;
  const tables = play.zone(fault.zone).privateRouteTableIds;
  const table = tables[fault.table % tables.length];
  if (table === undefined) return false;
  const hasRoute = sim.region.store.routeTables.current
    .get(table)
    ?.routes.some(({ destination }) => destination === '0.0.0.0/0');
  play.note(`${fault.kind}: ${table}`);
  switch (fault.kind) {
    case 'route-deleted':
      if (hasRoute) sim.deleteRoute(table);
      return hasRoute === true;
    case 'route-blackholed':
      sim.pointRouteAt(table, { kind: 'interface', id: 'eni-0dead0000000beef0' });
      return true;
    case 'route-pointed-elsewhere': {
      const target = targetOf(fault.to, play);
      // The controller takes it over, and from then on it is what was found.
      play.tablesChangedByHand.add(table);
      play.routePointedAt.set(table, play.now);
      sim.pointRouteAt(table, target);
      play.lasting(fault.forMs, () => giveUpRoute(table, target, play));
      return true;
    }
    default:
      return assertNever(fault);
  }
}

function targetOf(to: FaultOf<'route-pointed-elsewhere'>['to'], play: Play): RouteTargetRecord {
  switch (to) {
    case 'foreign-instance':
      return { kind: 'interface', id: play.bystanders.interfaceId };
    case 'nat-gateway':
      return { kind: 'nat-gateway', id: play.bystanders.natGatewayId };
    case 'transit-gateway':
      return { kind: 'transit-gateway', id: 'tgw-0123456789abcdef0' };
    case 'internet-gateway':
      return { kind: 'internet-gateway', id: play.harness.topology.internetGatewayId };
    default:
      return assertNever(to);
  }
}

/** Whoever pointed it elsewhere takes the route out again, if it is still theirs. */
function giveUpRoute(table: string, target: RouteTargetRecord, play: Play): void {
  const { sim } = play.harness;
  const route = sim.region.store.routeTables.current
    .get(table)
    ?.routes.find(({ destination }) => destination === '0.0.0.0/0');
  if (JSON.stringify(route?.target) === JSON.stringify(target)) sim.deleteRoute(table);
}

function moveSubnet({ kind, zone, subnet, to, forMs }: FaultOf<'table-reassociated'>, play: Play): boolean {
  const { sim, topology } = play.harness;
  const { privateSubnetIds, privateRouteTableIds } = play.zone(zone);
  const index = subnet % privateSubnetIds.length;
  const subnetId = privateSubnetIds[index];
  const home = privateRouteTableIds[index % privateRouteTableIds.length];
  if (subnetId === undefined || home === undefined) return false;
  if (to === 'other-zone' && topology.zones.length === 1) return false;
  const elsewhere = {
    'main-table': undefined,
    'empty-table': play.bystanders.emptyTableId,
    'other-zone': play.zone(zone + 1).privateRouteTableIds[0],
    'public-table': play.zone(zone).publicRouteTableId,
  }[to];
  play.note(
    `${kind}: ${subnetId} to ${elsewhere ?? topology.mainRouteTableId}, ${defaultTargetOf(sim, subnetId)?.kind}`,
  );
  sim.reassociate(subnetId, elsewhere);
  play.lasting(forMs, () => sim.reassociate(subnetId, home));
  return true;
}

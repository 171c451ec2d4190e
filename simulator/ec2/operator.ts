import { dayMs, type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import { rebalanceEvent, retirementEvent, spotInterruptionEvent } from './events.ts';
import * as guard from './guard.ts';
import { associate, disassociate } from './handlers/addresses.ts';
import { removeInterface } from './handlers/network-interfaces.ts';
import { removeRoute, setRoute } from './handlers/routes.ts';
import { createTags, deleteTags } from './handlers/tags.ts';
import * as lifecycle from './lifecycle.ts';
import { reboot } from './reboot.ts';
import type { Breakage, ImageRecord, InstanceRecord, RouteTargetRecord, SubnetRecord } from './records.ts';
import { availabilityZoneIn, newPlainId, type Region } from './region.ts';

const defaultRoute = '0.0.0.0/0';

/** Actions of people and the world on the account. Every function throws an Error that names a missing id. */
export function terminateInstance(region: Region, id: string): void {
  instanceOf(region, id);
  lifecycle.terminate(region, id, 'Client.UserInitiatedShutdown: User initiated shutdown');
}

export function stopInstance(region: Region, id: string): void {
  expectState(region, id, 'running');
  lifecycle.stop(region, id);
}

export function startInstance(region: Region, id: string): void {
  expectState(region, id, 'stopped');
  lifecycle.start(region, id);
}

export function rebootInstance(region: Region, id: string): void {
  expectState(region, id, 'running');
  reboot(region, id);
}

export function failLaunch(
  region: Region,
  id: string,
  reason = 'Server.InternalError: Internal error on launch',
): void {
  expectState(region, id, 'pending');
  lifecycle.failLaunch(region, id, reason);
}

export function impair(region: Region, id: string, check: 'instance' | 'system'): void {
  const from = region.clock.now();
  region.store.instances.update(id, (instance) => ({
    ...instance,
    impairments: [...instance.impairments, { check, from }],
  }));
}

/** Every impairment ends now; broken forwarding is another matter. */
export function recover(region: Region, id: string): void {
  if (lifecycle.isOfDudImage(region, id)) return;
  const to = region.clock.now();
  region.store.instances.update(id, (instance) => ({
    ...instance,
    impairments: instance.impairments.map((impairment) => ({ to, ...impairment })),
  }));
}

export function breakForwarding(region: Region, id: string, breakage: Breakage): void {
  guard.breakForwarding(region, id, breakage);
}

export function mendForwarding(region: Region, id: string): void {
  guard.mendForwarding(region, id);
}

/** What leaves the subnet for the internet is lost, or arrives again. No call tells of it. */
export function loseUpstream(region: Region, subnetId: string, isLost: boolean): void {
  region.store.subnets.update(subnetId, ({ upstreamLost: _, ...rest }) =>
    isLost ? { ...rest, upstreamLost: true } : rest,
  );
}

export function setSourceDestCheck(region: Region, interfaceId: string, on: boolean): void {
  region.store.interfaces.update(interfaceId, (record) => ({ ...record, sourceDestCheck: on }));
}

export function setSecurityGroups(region: Region, interfaceId: string, groupIds: readonly string[]): void {
  region.store.interfaces.update(interfaceId, (record) => ({ ...record, groupIds }));
}

export function takeAddressOff(region: Region, allocationId: string): void {
  disassociate(region, allocationId);
}

export function associateAddressElsewhere(region: Region, allocationId: string, interfaceId: string): void {
  if (region.store.interfaces.current.get(interfaceId) === undefined) throw absent(interfaceId);
  associate(region, allocationId, interfaceId);
}

export function deleteRoute(region: Region, routeTableId: string, destination = defaultRoute): void {
  removeRoute(region, routeTableId, destination);
}

export function pointRouteAt(
  region: Region,
  routeTableId: string,
  target: RouteTargetRecord,
  destination = defaultRoute,
): void {
  setRoute(region, routeTableId, { destination, target, origin: 'CreateRoute' });
}

/** As a further interface of the instance: from then on the instance no longer stands for its only one. */
export function attachInterface(region: Region, interfaceId: string, instanceId: string): void {
  instanceOf(region, instanceId);
  const siblings = region.store.interfaces.current
    .all()
    .filter((record) => record.attachment?.instanceId === instanceId);
  region.store.interfaces.update(interfaceId, (record) => {
    if (record.attachment !== undefined) throw new Error(`${interfaceId} is attached already`);
    const id = newPlainId(region, 'eni-attach');
    const attachedAt = region.clock.now();
    const attachment = {
      id,
      instanceId,
      deviceIndex: siblings.length,
      deleteOnTermination: false,
      attachedAt,
    };
    return { ...record, attachment };
  });
}

/** A primary interface can never be detached (EC2 User Guide, "Attach a network interface"). */
export function detachInterface(region: Region, interfaceId: string): void {
  region.store.interfaces.update(interfaceId, (record) => {
    if (record.attachment?.deviceIndex === 0) {
      throw new Error(`${interfaceId} is the primary interface: EC2 refuses to detach it`);
    }
    const { attachment, ...rest } = record;
    return rest;
  });
}

/** Leaves the subnet to another table, or without one to the VPC's main table. */
export function reassociate(region: Region, subnetId: string, routeTableId: string | undefined): void {
  const { routeTables } = region.store;
  for (const table of routeTables.current.all()) {
    const associations = table.associations.filter((association) => association.subnetId !== subnetId);
    if (associations.length < table.associations.length) {
      routeTables.update(table.id, (present) => ({ ...present, associations }));
    }
  }
  if (routeTableId === undefined) return;
  const association = { id: newPlainId(region, 'rtbassoc'), subnetId };
  routeTables.update(routeTableId, (table) => ({
    ...table,
    associations: [...table.associations, association],
  }));
}

/** What has it keeps it, so far as this simulator cares; nothing new can be given it. Undone by what is returned. */
export function loseSecurityGroup(region: Region, id: string): { restore(): void } {
  const group = region.store.securityGroups.current.get(id);
  if (group === undefined) throw absent(id);
  region.store.securityGroups.remove(id);
  return {
    restore: () => {
      region.store.securityGroups.put(group);
    },
  };
}

/** Only an interface that is not attached can be deleted. */
export function deleteInterface(region: Region, id: string): void {
  const record = region.store.interfaces.current.get(id);
  if (record === undefined) throw absent(id);
  if (record.attachment !== undefined) throw new Error(`${id} is attached: terminate its instance first`);
  removeInterface(region, id);
}

export function deleteNatGateway(region: Region, id: string): void {
  region.store.natGateways.update(id, (gateway) => ({ ...gateway, state: 'deleted' }));
}

export function changeImage(region: Region, id: string, change: Partial<ImageRecord>): void {
  region.store.images.update(id, (image) => ({ ...image, ...change }));
}

/** VPC Block Public Access as it applies to a subnet; `undefined`: EC2 says nothing of it. */
export function blockPublicAccess(
  region: Region,
  id: string,
  mode: SubnetRecord['internetGatewayBlock'],
): void {
  const subnet = region.store.subnets.current.get(id);
  if (subnet === undefined) throw absent(id);
  const { internetGatewayBlock: _, ...rest } = subnet;
  region.store.subnets.put(mode === undefined ? rest : { ...rest, internetGatewayBlock: mode });
}

/** As if it had been made so: in a Local Zone, on an Outpost, by another account. */
export function moveSubnet(
  region: Region,
  id: string,
  change: Partial<Pick<SubnetRecord, 'availabilityZone' | 'ownerId' | 'outpostArn'>>,
): void {
  region.store.subnets.update(id, (subnet) => ({ ...subnet, ...change }));
}

/** With its associations, as EC2 does; it must be empty. */
export function deleteSubnet(region: Region, id: string): void {
  if (region.store.subnets.current.get(id) === undefined) throw absent(id);
  if (region.store.interfaces.current.all().some((record) => record.subnetId === id)) {
    throw new Error(`${id} has interfaces in it: EC2 refuses to delete it (DependencyViolation)`);
  }
  for (const table of region.store.routeTables.current.all()) {
    const associations = table.associations.filter((association) => association.subnetId !== id);
    if (associations.length < table.associations.length) {
      region.store.routeTables.update(table.id, (present) => ({ ...present, associations }));
    }
  }
  region.store.subnets.remove(id);
}

export function tag(region: Region, resourceId: string, key: string, value: string): void {
  createTags(region, { Resources: [resourceId], Tags: [{ Key: key, Value: value }] });
}

export function untag(region: Region, resourceId: string, key: string): void {
  deleteTags(region, { Resources: [resourceId], Tags: [{ Key: key }] });
}

/** At the date EC2 stops an instance with an EBS root (EC2 User Guide, "Scheduled events for your instances"). */
export function retire(
  region: Region,
  id: string,
  notBefore: EpochMs = region.clock.now() + 14 * dayMs,
): void {
  const event = {
    id: newPlainId(region, 'instance-event'),
    code: 'instance-retirement' as const,
    description: 'The instance is running on degraded hardware',
    notBefore,
  };
  region.store.instances.update(id, (instance) => ({
    ...instance,
    scheduledEvents: [...instance.scheduledEvents, event],
  }));
  region.publish(retirementEvent(region, id, notBefore));
  region.clock.at(notBefore, () => {
    const instance = region.store.instances.current.get(id);
    const due = instance?.scheduledEvents.some((scheduled) => scheduled.id === event.id);
    if (due && instance?.state === 'running') lifecycle.stop(region, id);
  });
}

export function interruptSpot(region: Region, id: string): void {
  const instance = instanceOf(region, id);
  region.publish(
    spotInterruptionEvent(region, id, availabilityZoneIn(region, instance.launch.availabilityZone)),
  );
  region.clock.at(region.clock.now() + 2 * minuteMs, () => {
    lifecycle.terminate(region, id, 'Server.SpotInstanceTermination: Spot instance termination');
  });
}

export function recommendRebalance(region: Region, id: string): void {
  const { availabilityZone } = instanceOf(region, id).launch;
  region.publish(rebalanceEvent(region, id, availabilityZoneIn(region, availabilityZone)));
}

function instanceOf(region: Region, id: string): InstanceRecord {
  const instance = region.store.instances.current.get(id);
  if (instance === undefined) throw absent(id);
  return instance;
}

function expectState(region: Region, id: string, state: InstanceRecord['state']): void {
  const present = instanceOf(region, id).state;
  if (present !== state) throw new Error(`${id} is ${present}; it must be ${state} for this`);
}

function absent(id: string): Error {
  return new Error(`the simulated account has no ${id}`);
}

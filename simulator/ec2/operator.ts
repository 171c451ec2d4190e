import { dayMs, type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import { type Cloud, newPlainId } from './cloud.ts';
import { rebalanceEvent, retirementEvent, spotInterruptionEvent } from './events.ts';
import { associate, disassociate } from './handlers/addresses.ts';
import { removeInterface } from './handlers/network-interfaces.ts';
import { removeRoute, setRoute } from './handlers/routes.ts';
import { createTags, deleteTags } from './handlers/tags.ts';
import * as lifecycle from './lifecycle.ts';
import type { ImageRecord, InstanceRecord, RouteTargetRecord, SubnetRecord } from './records.ts';

const defaultRoute = '0.0.0.0/0';

/** What people and the world do to the account. Every function throws an Error that names an id that is not there. */
export function terminateInstance(cloud: Cloud, id: string): void {
  instanceOf(cloud, id);
  lifecycle.terminate(cloud, id, 'Client.UserInitiatedShutdown: User initiated shutdown');
}

export function stopInstance(cloud: Cloud, id: string): void {
  expectState(cloud, id, 'running');
  lifecycle.stop(cloud, id);
}

export function startInstance(cloud: Cloud, id: string): void {
  expectState(cloud, id, 'stopped');
  lifecycle.start(cloud, id);
}

export function rebootInstance(cloud: Cloud, id: string): void {
  expectState(cloud, id, 'running');
  lifecycle.reboot(cloud, id);
}

export function failLaunch(
  cloud: Cloud,
  id: string,
  reason = 'Server.InternalError: Internal error on launch',
): void {
  expectState(cloud, id, 'pending');
  lifecycle.failLaunch(cloud, id, reason);
}

export function impair(cloud: Cloud, id: string, check: 'instance' | 'system'): void {
  const from = cloud.clock.now();
  cloud.store.instances.update(id, (instance) => ({
    ...instance,
    impairments: [...instance.impairments, { check, from }],
  }));
}

/** Every impairment ends now; broken forwarding is another matter. */
export function recover(cloud: Cloud, id: string): void {
  if (lifecycle.isOfDudImage(cloud, id)) return;
  const to = cloud.clock.now();
  cloud.store.instances.update(id, (instance) => ({
    ...instance,
    impairments: instance.impairments.map((impairment) => ({ to, ...impairment })),
  }));
}

export function setForwardingBroken(cloud: Cloud, id: string, forwardingBroken: boolean): void {
  cloud.store.instances.update(id, (instance) => ({ ...instance, forwardingBroken }));
}

export function setSourceDestCheck(cloud: Cloud, interfaceId: string, on: boolean): void {
  cloud.store.interfaces.update(interfaceId, (record) => ({ ...record, sourceDestCheck: on }));
}

export function setSecurityGroups(cloud: Cloud, interfaceId: string, groupIds: readonly string[]): void {
  cloud.store.interfaces.update(interfaceId, (record) => ({ ...record, groupIds }));
}

export function takeAddressOff(cloud: Cloud, allocationId: string): void {
  disassociate(cloud, allocationId);
}

export function associateAddressElsewhere(cloud: Cloud, allocationId: string, interfaceId: string): void {
  if (cloud.store.interfaces.current.get(interfaceId) === undefined) throw absent(interfaceId);
  associate(cloud, allocationId, interfaceId);
}

export function deleteRoute(cloud: Cloud, routeTableId: string, destination = defaultRoute): void {
  removeRoute(cloud, routeTableId, destination);
}

export function pointRouteAt(
  cloud: Cloud,
  routeTableId: string,
  target: RouteTargetRecord,
  destination = defaultRoute,
): void {
  setRoute(cloud, routeTableId, { destination, target, origin: 'CreateRoute' });
}

/** As a further interface of the instance: from then on the instance no longer stands for its only one. */
export function attachInterface(cloud: Cloud, interfaceId: string, instanceId: string): void {
  instanceOf(cloud, instanceId);
  const siblings = cloud.store.interfaces.current
    .all()
    .filter((record) => record.attachment?.instanceId === instanceId);
  cloud.store.interfaces.update(interfaceId, (record) => {
    if (record.attachment !== undefined) throw new Error(`${interfaceId} is attached already`);
    const id = newPlainId(cloud, 'eni-attach');
    const attachedAt = cloud.clock.now();
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
export function detachInterface(cloud: Cloud, interfaceId: string): void {
  cloud.store.interfaces.update(interfaceId, (record) => {
    if (record.attachment?.deviceIndex === 0) {
      throw new Error(`${interfaceId} is the primary interface: EC2 refuses to detach it`);
    }
    const { attachment, ...rest } = record;
    return rest;
  });
}

/** Leaves the subnet to another table, or without one to the VPC's main table. */
export function reassociate(cloud: Cloud, subnetId: string, routeTableId: string | undefined): void {
  const { routeTables } = cloud.store;
  for (const table of routeTables.current.all()) {
    const associations = table.associations.filter((association) => association.subnetId !== subnetId);
    if (associations.length < table.associations.length) {
      routeTables.update(table.id, (present) => ({ ...present, associations }));
    }
  }
  if (routeTableId === undefined) return;
  const association = { id: newPlainId(cloud, 'rtbassoc'), subnetId };
  routeTables.update(routeTableId, (table) => ({
    ...table,
    associations: [...table.associations, association],
  }));
}

/** What has it keeps it, so far as this simulator cares; nothing new can be given it. Undone by what is returned. */
export function loseSecurityGroup(cloud: Cloud, id: string): { restore(): void } {
  const group = cloud.store.securityGroups.current.get(id);
  if (group === undefined) throw absent(id);
  cloud.store.securityGroups.remove(id);
  return {
    restore: () => {
      cloud.store.securityGroups.put(group);
    },
  };
}

/** Only an interface that is not attached can be deleted. */
export function deleteInterface(cloud: Cloud, id: string): void {
  const record = cloud.store.interfaces.current.get(id);
  if (record === undefined) throw absent(id);
  if (record.attachment !== undefined) throw new Error(`${id} is attached: terminate its instance first`);
  removeInterface(cloud, id);
}

export function deleteNatGateway(cloud: Cloud, id: string): void {
  cloud.store.natGateways.update(id, (gateway) => ({ ...gateway, state: 'deleted' }));
}

export function changeImage(cloud: Cloud, id: string, change: Partial<ImageRecord>): void {
  cloud.store.images.update(id, (image) => ({ ...image, ...change }));
}

/** VPC Block Public Access as it applies to a subnet; `undefined`: EC2 says nothing of it. */
export function blockPublicAccess(
  cloud: Cloud,
  id: string,
  mode: SubnetRecord['internetGatewayBlock'],
): void {
  const subnet = cloud.store.subnets.current.get(id);
  if (subnet === undefined) throw absent(id);
  const { internetGatewayBlock: _, ...rest } = subnet;
  cloud.store.subnets.put(mode === undefined ? rest : { ...rest, internetGatewayBlock: mode });
}

/** As if it had been made so: in a Local Zone, on an Outpost, by another account. */
export function moveSubnet(
  cloud: Cloud,
  id: string,
  change: Partial<Pick<SubnetRecord, 'availabilityZone' | 'ownerId' | 'outpostArn'>>,
): void {
  cloud.store.subnets.update(id, (subnet) => ({ ...subnet, ...change }));
}

/** With its associations, as EC2 does; it must be empty. */
export function deleteSubnet(cloud: Cloud, id: string): void {
  if (cloud.store.subnets.current.get(id) === undefined) throw absent(id);
  if (cloud.store.interfaces.current.all().some((record) => record.subnetId === id)) {
    throw new Error(`${id} has interfaces in it: EC2 refuses to delete it (DependencyViolation)`);
  }
  for (const table of cloud.store.routeTables.current.all()) {
    const associations = table.associations.filter((association) => association.subnetId !== id);
    if (associations.length < table.associations.length) {
      cloud.store.routeTables.update(table.id, (present) => ({ ...present, associations }));
    }
  }
  cloud.store.subnets.remove(id);
}

export function tag(cloud: Cloud, resourceId: string, key: string, value: string): void {
  createTags(cloud, { Resources: [resourceId], Tags: [{ Key: key, Value: value }] });
}

export function untag(cloud: Cloud, resourceId: string, key: string): void {
  deleteTags(cloud, { Resources: [resourceId], Tags: [{ Key: key }] });
}

/** At the date EC2 stops an instance with an EBS root (EC2 User Guide, "Scheduled events for your instances"). */
export function retire(cloud: Cloud, id: string, notBefore: EpochMs = cloud.clock.now() + 14 * dayMs): void {
  const event = {
    id: newPlainId(cloud, 'instance-event'),
    code: 'instance-retirement' as const,
    description: 'The instance is running on degraded hardware',
    notBefore,
  };
  cloud.store.instances.update(id, (instance) => ({
    ...instance,
    scheduledEvents: [...instance.scheduledEvents, event],
  }));
  cloud.publish(retirementEvent(cloud, id, notBefore));
  cloud.clock.at(notBefore, () => {
    const instance = cloud.store.instances.current.get(id);
    const due = instance?.scheduledEvents.some((scheduled) => scheduled.id === event.id);
    if (due && instance?.state === 'running') lifecycle.stop(cloud, id);
  });
}

export function interruptSpot(cloud: Cloud, id: string): void {
  const instance = instanceOf(cloud, id);
  cloud.publish(spotInterruptionEvent(cloud, id, instance.launch.availabilityZone));
  cloud.clock.at(cloud.clock.now() + 2 * minuteMs, () => {
    lifecycle.terminate(cloud, id, 'Server.SpotInstanceTermination: Spot instance termination');
  });
}

export function recommendRebalance(cloud: Cloud, id: string): void {
  cloud.publish(rebalanceEvent(cloud, id, instanceOf(cloud, id).launch.availabilityZone));
}

function instanceOf(cloud: Cloud, id: string): InstanceRecord {
  const instance = cloud.store.instances.current.get(id);
  if (instance === undefined) throw absent(id);
  return instance;
}

function expectState(cloud: Cloud, id: string, state: InstanceRecord['state']): void {
  const present = instanceOf(cloud, id).state;
  if (present !== state) throw new Error(`${id} is ${present}; it must be ${state} for this`);
}

function absent(id: string): Error {
  return new Error(`the simulated account has no ${id}`);
}

import { awsError } from './aws-error.ts';
import type {
  AddressRecord,
  InstanceRecord,
  InterfaceRecord,
  NatGatewayRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
} from './records.ts';
import type { Region } from './region.ts';

/** EC2's error codes and texts for an id that it does not know, from its list of error codes. */
export const unknownId = {
  instance: (id: string) => awsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`),
  interface: (id: string) =>
    awsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`),
  address: (id: string) =>
    awsError('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`),
  routeTable: (id: string) =>
    awsError('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
  subnet: (id: string) => awsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`),
  securityGroup: (id: string) =>
    awsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
  natGateway: (id: string) =>
    awsError('InvalidNatGatewayID.NotFound', `The natGateway ID '${id}' does not exist`),
  gateway: (id: string) => awsError('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`),
  image: (id: string) => awsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`),
} as const;

const malformedCode = {
  i: 'InvalidInstanceID.Malformed',
  eni: 'InvalidNetworkInterfaceId.Malformed',
  eipalloc: 'InvalidAllocationID.Malformed',
  rtb: 'InvalidRouteTableId.Malformed',
  subnet: 'InvalidSubnetID.Malformed',
  sg: 'InvalidGroupId.Malformed',
  nat: 'InvalidNatGatewayID.Malformed',
  ami: 'InvalidAMIID.Malformed',
} as const;

export type IdPrefix = keyof typeof malformedCode;

/** @throws the Malformed error of the kind, or MissingParameter. */
export function checkedId(prefix: IdPrefix, parameter: string, id: string | undefined): string {
  if (id === undefined || id === '') {
    throw awsError('MissingParameter', `The request must contain the parameter ${parameter}`);
  }
  if (!id.startsWith(`${prefix}-`) || !hexDigits.test(id.slice(prefix.length + 1))) {
    throw awsError(malformedCode[prefix], `Invalid id: "${id}"`);
  }
  return id;
}

const hexDigits = /^([0-9a-f]{8}|[0-9a-f]{17})$/;

/** A terminated instance leaves the list within the hour; from then on its id is unknown. */
export function isListed(region: Region, instance: InstanceRecord): boolean {
  if (instance.state !== 'terminated') return true;
  return region.clock.now() < instance.stateSince + region.behaviour.terminatedListedMs;
}

/** @throws InvalidInstanceID.NotFound or .Malformed */
export function findInstance(region: Region, id: string | undefined): InstanceRecord {
  const checked = checkedId('i', 'instanceId', id);
  const instance = region.store.instances.referable(checked);
  if (instance === undefined || !isListed(region, instance)) throw unknownId.instance(checked);
  return instance;
}

/** @throws InvalidNetworkInterfaceID.NotFound or .Malformed */
export function findInterface(region: Region, id: string | undefined): InterfaceRecord {
  const checked = checkedId('eni', 'networkInterfaceId', id);
  return region.store.interfaces.referable(checked) ?? fail(unknownId.interface(checked));
}

/** @throws InvalidAllocationID.NotFound or .Malformed */
export function findAddress(region: Region, id: string | undefined): AddressRecord {
  const checked = checkedId('eipalloc', 'allocationId', id);
  return region.store.addresses.referable(checked) ?? fail(unknownId.address(checked));
}

/** @throws InvalidRouteTableID.NotFound or .Malformed */
export function findRouteTable(region: Region, id: string | undefined): RouteTableRecord {
  const checked = checkedId('rtb', 'routeTableId', id);
  return region.store.routeTables.referable(checked) ?? fail(unknownId.routeTable(checked));
}

/** @throws InvalidSubnetID.NotFound or .Malformed */
export function findSubnet(region: Region, id: string | undefined): SubnetRecord {
  const checked = checkedId('subnet', 'subnetId', id);
  return region.store.subnets.referable(checked) ?? fail(unknownId.subnet(checked));
}

/** @throws InvalidNatGatewayID.NotFound or .Malformed */
export function findNatGateway(region: Region, id: string | undefined): NatGatewayRecord {
  const checked = checkedId('nat', 'natGatewayId', id);
  const gateway = region.store.natGateways.referable(checked);
  // A deleted one stays listed for about an hour, and no route can be led to it any more.
  return gateway === undefined || gateway.state === 'deleted' ? fail(unknownId.natGateway(checked)) : gateway;
}

/** The groups named, or the VPC's own default group. @throws InvalidGroup.NotFound, InvalidParameter. */
export function findGroups(
  region: Region,
  ids: readonly string[] | undefined,
  vpcId: string,
): readonly SecurityGroupRecord[] {
  const groups = region.store.securityGroups;
  if (ids === undefined || ids.length === 0) {
    return groups.current.all().filter((group) => group.vpcId === vpcId && group.name === 'default');
  }
  return ids.map((id) => {
    const group = groups.referable(checkedId('sg', 'groupId', id)) ?? fail(unknownId.securityGroup(id));
    if (group.vpcId !== vpcId) {
      throw awsError('InvalidParameter', `Security group ${id} and subnet belong to different networks.`);
    }
    return group;
  });
}

/** The interface with device index 0. */
export function primaryInterface(
  interfaces: readonly InterfaceRecord[],
  instanceId: string,
): InterfaceRecord | undefined {
  return interfaces.find(
    (record) => record.attachment?.instanceId === instanceId && record.attachment.deviceIndex === 0,
  );
}

/** @throws the two errors that EC2 gives where an instance stands for its only interface. */
export function onlyInterfaceOf(region: Region, instanceId: string): InterfaceRecord {
  const attached = region.store.interfaces.current
    .all()
    .filter((record) => record.attachment?.instanceId === instanceId);
  const [only, ...others] = attached;
  if (only === undefined) {
    throw awsError('InvalidInstanceID', `The instance '${instanceId}' has no network interface attached.`);
  }
  if (others.length > 0) {
    throw awsError(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return only;
}

export function fail(error: Error): never {
  throw error;
}

import type { Address } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import type { AddressRecord, AssociationRecord, InterfaceRecord } from '../records.ts';
import { newId, type Region } from '../region.ts';
import {
  findAddress,
  findInstance,
  findInterface,
  findSubnet,
  onlyInterfaceOf,
  unknownId,
} from '../resources.ts';
import type { View } from '../store.ts';
import { type DescribedKind, selectAsked, tagList } from './describe.ts';

/** @throws InvalidAllocationID.NotFound for an unknown id that was named; a filter just finds nothing. */
export function describeAddresses(
  region: Region,
  input: Ec2Input<'DescribeAddresses'>,
): Ec2Output<'DescribeAddresses'> {
  allowOnly('DescribeAddresses', input, ['AllocationIds', 'Filters']);
  const view = region.store.view('described');
  const found = selectAsked(kindIn(view), view.addresses, { ...input, ids: input.AllocationIds });
  return { Addresses: found.map((record) => describeAddress(region, view, record)) };
}

function kindIn(view: View): DescribedKind<AddressRecord> {
  const interfaceOf = (record: AddressRecord) => view.interfaces.get(record.association?.interfaceId ?? '');
  return {
    call: 'DescribeAddresses',
    id: { parameter: 'allocationId', prefix: 'eipalloc', unknown: unknownId.address },
    fields: {
      'allocation-id': (record) => [record.id],
      'association-id': (record) => [record.association?.id],
      'network-interface-id': (record) => [record.association?.interfaceId],
      'instance-id': (record) => [interfaceOf(record)?.attachment?.instanceId],
      'public-ip': (record) => [record.publicIp],
    },
    tagsOf: (record) => record.tags,
  };
}

function describeAddress(region: Region, view: View, record: AddressRecord): Address {
  const common: Address = {
    AllocationId: record.id,
    PublicIp: record.publicIp,
    Domain: 'vpc',
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: region.name,
    Tags: tagList(record.tags),
  };
  if (record.association === undefined) return common;
  const { id, interfaceId, privateIp } = record.association;
  const target = view.interfaces.get(interfaceId);
  return {
    ...common,
    AssociationId: id,
    NetworkInterfaceId: interfaceId,
    NetworkInterfaceOwnerId: region.accountId,
    PrivateIpAddress: privateIp,
    InstanceId: target?.attachment?.instanceId,
  };
}

/**
 * Moves an Elastic IP to an interface. Idempotent; an association elsewhere is given up without being asked, unless
 * AllowReassociation is false.
 */
export function associateAddress(
  region: Region,
  input: Ec2Input<'AssociateAddress'>,
): Ec2Output<'AssociateAddress'> {
  const supported = ['AllocationId', 'InstanceId', 'NetworkInterfaceId', 'AllowReassociation'];
  allowOnly('AssociateAddress', input, [...supported, 'PrivateIpAddress']);
  const address = findAddress(region, input.AllocationId);
  const target = targetOf(region, input);
  if (region.store.vpcs.current.get(target.vpcId)?.internetGatewayId === undefined) {
    throw awsError('Gateway.NotAttached', `Network ${target.vpcId} is not attached to any internet gateway`);
  }
  const { availabilityZone } = findSubnet(region, target.subnetId);
  // A Local Zone announces addresses of its own.
  if (/-\d+-/.test(availabilityZone)) {
    throw awsError(
      'InvalidParameterCombination',
      `The address ${address.publicIp} of network border group ${region.name} cannot be associated in ${availabilityZone}`,
    );
  }
  const privateIp = input.PrivateIpAddress ?? target.privateIp;
  if (![target.privateIp, ...target.secondaryIps].includes(privateIp)) {
    throw awsError(
      'InvalidParameterValue',
      `The private IP address ${privateIp} is not assigned to the network interface ${target.id}`,
    );
  }
  const present = address.association;
  if (present !== undefined && isOn(present, target, privateIp)) return { AssociationId: present.id };
  if (present !== undefined && input.AllowReassociation === false) {
    throw awsError(
      'Resource.AlreadyAssociated',
      `resource ${address.id} is already associated with associate-id ${present.id}`,
    );
  }
  return { AssociationId: associate(region, address.id, target.id, privateIp) };
}

function targetOf(region: Region, input: Ec2Input<'AssociateAddress'>): InterfaceRecord {
  if ((input.InstanceId === undefined) === (input.NetworkInterfaceId === undefined)) {
    throw awsError(
      'InvalidParameterCombination',
      'You must specify either instance ID or network interface ID, and not both',
    );
  }
  return input.InstanceId === undefined
    ? readyInterface(region, input.NetworkInterfaceId)
    : onlyInterfaceOf(region, readyInstance(region, input.InstanceId));
}

function readyInstance(region: Region, id: string): string {
  const instance = findInstance(region, id);
  if (instance.state !== 'running' && instance.state !== 'stopped' && instance.state !== 'stopping') {
    throw awsError(
      'InvalidInstanceID',
      `The ${instance.state} instance '${id}' is not in a valid state for this operation.`,
    );
  }
  return id;
}

/** An unattached interface may have an Elastic IP; one whose instance comes up or goes down may not be touched. */
function readyInterface(region: Region, id: string | undefined): InterfaceRecord {
  const target = findInterface(region, id);
  const instanceId = target.attachment?.instanceId;
  const state = instanceId === undefined ? undefined : region.store.instances.current.get(instanceId)?.state;
  if (state === 'pending' || state === 'shutting-down') {
    const word = state === 'pending' ? 'pending-instance-creation' : state;
    throw awsError(
      'IncorrectInstanceState',
      `The ${word} instance to which '${target.id}' is attached is not in a valid state for this operation`,
    );
  }
  return target;
}

export function isOn(
  association: AssociationRecord | undefined,
  { id }: InterfaceRecord,
  privateIp: string,
): boolean {
  return association?.interfaceId === id && association.privateIp === privateIp;
}

/**
 * A private address has room for one Elastic IP: the one that was there is set free. On a secondary one it leaves the
 * public address alone that the interface was launched with (assumed).
 */
export function associate(region: Region, allocationId: string, interfaceId: string, given?: string): string {
  const target = findInterface(region, interfaceId);
  const privateIp = given ?? target.privateIp;
  for (const other of region.store.addresses.current.all()) {
    if (isOn(other.association, target, privateIp)) disassociate(region, other.id);
  }
  const association = { id: newId(region, 'association'), interfaceId, privateIp };
  region.store.addresses.update(allocationId, (address) => ({ ...address, association }));
  if (target.ownPublicIp !== undefined && privateIp === target.privateIp) {
    region.store.interfaces.update(interfaceId, ({ ownPublicIp, ...rest }) => rest);
  }
  return association.id;
}

/** The address stays the account's. EC2 calls it idempotent, and answers for an association that is over (assumed). */
export function disassociateAddress(
  region: Region,
  input: Ec2Input<'DisassociateAddress'>,
): Ec2Output<'DisassociateAddress'> {
  allowOnly('DisassociateAddress', input, ['AssociationId']);
  const id = input.AssociationId;
  if (id === undefined || id === '') {
    throw awsError('MissingParameter', 'Either public IP or association id must be specified');
  }
  const address = region.store.addresses.current.all().find(({ association }) => association?.id === id);
  if (address === undefined) {
    throw awsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`);
  }
  disassociate(region, address.id);
  return {};
}

export function disassociate(region: Region, allocationId: string): void {
  region.store.addresses.update(allocationId, ({ association, ...address }) => address);
}

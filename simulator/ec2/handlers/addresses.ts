import type { Address } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import { type Cloud, newId } from '../cloud.ts';
import type { AddressRecord, InterfaceRecord } from '../records.ts';
import {
  checkedId,
  findAddress,
  findInstance,
  findInterface,
  findSubnet,
  onlyInterfaceOf,
  unknownId,
} from '../resources.ts';
import type { View } from '../store.ts';
import { checkFilters, type FilterFields, matchesFilters, selectByIds, tagList } from './describe.ts';

/** @throws InvalidAllocationID.NotFound for an unknown id that was named; a filter just finds nothing. */
export function describeAddresses(
  cloud: Cloud,
  input: Ec2Input<'DescribeAddresses'>,
): Ec2Output<'DescribeAddresses'> {
  allowOnly('DescribeAddresses', input, ['AllocationIds', 'Filters']);
  const view = cloud.store.view('described');
  const fields = filterFields(view);
  checkFilters('DescribeAddresses', input.Filters, fields);
  const ids = input.AllocationIds?.map((id) => checkedId('eipalloc', 'allocationId', id));
  const selected = selectByIds(ids, view.addresses.get, view.addresses.all, unknownId.address);
  const found = selected.filter((record) =>
    matchesFilters(record, input.Filters, fields, (address) => address.tags),
  );
  return { Addresses: found.map((record) => describeAddress(cloud, view, record)) };
}

function filterFields(view: View): FilterFields<AddressRecord> {
  const interfaceOf = (record: AddressRecord) => view.interfaces.get(record.association?.interfaceId ?? '');
  return {
    'allocation-id': (record) => [record.id],
    'association-id': (record) => [record.association?.id],
    'network-interface-id': (record) => [record.association?.interfaceId],
    'instance-id': (record) => [interfaceOf(record)?.attachment?.instanceId],
    'public-ip': (record) => [record.publicIp],
  };
}

function describeAddress(cloud: Cloud, view: View, record: AddressRecord): Address {
  const common: Address = {
    AllocationId: record.id,
    PublicIp: record.publicIp,
    Domain: 'vpc',
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: cloud.region,
    Tags: tagList(record.tags),
  };
  if (record.association === undefined) return common;
  const target = view.interfaces.get(record.association.interfaceId);
  return {
    ...common,
    AssociationId: record.association.id,
    NetworkInterfaceId: record.association.interfaceId,
    NetworkInterfaceOwnerId: cloud.accountId,
    PrivateIpAddress: target?.privateIp,
    InstanceId: target?.attachment?.instanceId,
  };
}

/**
 * Moves an Elastic IP to an interface. Idempotent; an association elsewhere is given up without being asked, unless
 * AllowReassociation is false.
 */
export function associateAddress(
  cloud: Cloud,
  input: Ec2Input<'AssociateAddress'>,
): Ec2Output<'AssociateAddress'> {
  const supported = ['AllocationId', 'InstanceId', 'NetworkInterfaceId', 'AllowReassociation'];
  allowOnly('AssociateAddress', input, supported);
  const address = findAddress(cloud, input.AllocationId);
  const target = targetOf(cloud, input);
  if (cloud.store.vpcs.current.get(target.vpcId)?.internetGatewayId === undefined) {
    throw awsError('Gateway.NotAttached', `Network ${target.vpcId} is not attached to any internet gateway`);
  }
  const { availabilityZone } = findSubnet(cloud, target.subnetId);
  // A Local Zone announces addresses of its own.
  if (/-\d+-/.test(availabilityZone)) {
    throw awsError(
      'InvalidParameterCombination',
      `The address ${address.publicIp} of network border group ${cloud.region} cannot be associated in ${availabilityZone}`,
    );
  }
  const present = address.association;
  if (present?.interfaceId === target.id) return { AssociationId: present.id };
  if (present !== undefined && input.AllowReassociation === false) {
    throw awsError(
      'Resource.AlreadyAssociated',
      `resource ${address.id} is already associated with associate-id ${present.id}`,
    );
  }
  return { AssociationId: associate(cloud, address.id, target.id) };
}

function targetOf(cloud: Cloud, input: Ec2Input<'AssociateAddress'>): InterfaceRecord {
  if ((input.InstanceId === undefined) === (input.NetworkInterfaceId === undefined)) {
    throw awsError(
      'InvalidParameterCombination',
      'You must specify either instance ID or network interface ID, and not both',
    );
  }
  return input.InstanceId === undefined
    ? readyInterface(cloud, input.NetworkInterfaceId)
    : onlyInterfaceOf(cloud, readyInstance(cloud, input.InstanceId));
}

function readyInstance(cloud: Cloud, id: string): string {
  const instance = findInstance(cloud, id);
  if (instance.state !== 'running' && instance.state !== 'stopped' && instance.state !== 'stopping') {
    throw awsError(
      'InvalidInstanceID',
      `The ${instance.state} instance '${id}' is not in a valid state for this operation.`,
    );
  }
  return id;
}

/** An unattached interface may have an Elastic IP; one whose instance comes up or goes down may not be touched. */
function readyInterface(cloud: Cloud, id: string | undefined): InterfaceRecord {
  const target = findInterface(cloud, id);
  const instanceId = target.attachment?.instanceId;
  const state = instanceId === undefined ? undefined : cloud.store.instances.current.get(instanceId)?.state;
  if (state === 'pending' || state === 'shutting-down') {
    const word = state === 'pending' ? 'pending-instance-creation' : state;
    throw awsError(
      'IncorrectInstanceState',
      `The ${word} instance to which '${target.id}' is attached is not in a valid state for this operation`,
    );
  }
  return target;
}

/** An interface with one private address has room for one Elastic IP: the one that was there is set free. */
export function associate(cloud: Cloud, allocationId: string, interfaceId: string): string {
  for (const other of cloud.store.addresses.current.all()) {
    if (other.association?.interfaceId === interfaceId) disassociate(cloud, other.id);
  }
  const association = { id: newId(cloud, 'association'), interfaceId };
  cloud.store.addresses.update(allocationId, (address) => ({ ...address, association }));
  if (cloud.store.interfaces.current.get(interfaceId)?.ownPublicIp !== undefined) {
    cloud.store.interfaces.update(interfaceId, ({ ownPublicIp, ...rest }) => rest);
  }
  return association.id;
}

export function disassociate(cloud: Cloud, allocationId: string): void {
  cloud.store.addresses.update(allocationId, ({ association, ...address }) => address);
}

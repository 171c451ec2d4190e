import type { NetworkInterface, NetworkInterfaceAssociation } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import { dropOwnPublicIp, giveOwnPublicIp, learnStandInIp } from '../lifecycle.ts';
import type { InterfaceRecord, Tags } from '../records.ts';
import { availabilityZoneIn, newId, newPrivateIps, type Region } from '../region.ts';
import { findGroups, findInterface, findSubnet, unknownId } from '../resources.ts';
import type { View } from '../store.ts';
import { once } from '../tokens.ts';
import { disassociate, isOn } from './addresses.ts';
import { describePage, type PagedKind, tagList } from './describe.ts';
import { tagsFor } from './tags.ts';

/** @throws InvalidNetworkInterfaceID.NotFound for an unknown id that was named. */
export function describeNetworkInterfaces(
  region: Region,
  input: Ec2Input<'DescribeNetworkInterfaces'>,
): Ec2Output<'DescribeNetworkInterfaces'> {
  allowOnly(kind.call, input, ['NetworkInterfaceIds', 'Filters', 'MaxResults', 'NextToken']);
  const view = region.store.view('described');
  const asked = { ...input, ids: input.NetworkInterfaceIds };
  const { items, ...next } = describePage(region, kind, view.interfaces, asked);
  return { NetworkInterfaces: items.map((record) => describeInterface(region, view, record)), ...next };
}

const kind: PagedKind<InterfaceRecord> = {
  call: 'DescribeNetworkInterfaces',
  idsParameter: 'networkInterfaceIds',
  id: { parameter: 'networkInterfaceId', prefix: 'eni', unknown: unknownId.interface },
  fields: {
    'network-interface-id': (record) => [record.id],
    'subnet-id': (record) => [record.subnetId],
    'vpc-id': (record) => [record.vpcId],
    'availability-zone': (record) => [record.availabilityZone],
    'attachment.instance-id': (record) => [record.attachment?.instanceId],
    status: (record) => [statusOf(record)],
  },
  tagsOf: (record) => record.tags,
};

function statusOf(record: InterfaceRecord): 'in-use' | 'available' {
  return record.attachment === undefined ? 'available' : 'in-use';
}

export function describeInterface(region: Region, view: View, record: InterfaceRecord): NetworkInterface {
  const { attachment } = record;
  return {
    NetworkInterfaceId: record.id,
    VpcId: record.vpcId,
    SubnetId: record.subnetId,
    AvailabilityZone: availabilityZoneIn(region, record.availabilityZone),
    OwnerId: region.accountId,
    RequesterManaged: false,
    InterfaceType: 'interface',
    Description: record.description,
    Status: statusOf(record),
    SourceDestCheck: record.sourceDestCheck,
    PrivateIpAddress: record.privateIp,
    PrivateIpAddresses: [record.privateIp, ...record.secondaryIps].map((ip) => ({
      Primary: ip === record.privateIp,
      PrivateIpAddress: ip,
      ...publicSide(region, view, record, ip),
    })),
    Groups: groupsOf(region, record),
    TagSet: tagList(record.tags),
    ...publicSide(region, view, record),
    ...(attachment && {
      Attachment: {
        AttachmentId: attachment.id,
        AttachTime: new Date(attachment.attachedAt),
        DeleteOnTermination: attachment.deleteOnTermination,
        DeviceIndex: attachment.deviceIndex,
        NetworkCardIndex: 0,
        InstanceId: attachment.instanceId,
        InstanceOwnerId: region.accountId,
        Status: view.instances.get(attachment.instanceId)?.state === 'pending' ? 'attaching' : 'attached',
      } as const,
    }),
  };
}

export function groupsOf(region: Region, record: InterfaceRecord): { GroupId: string; GroupName: string }[] {
  return record.groupIds.map((id) => ({
    GroupId: id,
    GroupName: region.store.securityGroups.current.get(id)?.name ?? id,
  }));
}

/**
 * The public address of the interface, or of one of its private addresses: an Elastic IP belongs to the account, one
 * assigned at launch to `amazon`.
 */
export function publicSide(
  region: Region,
  view: View,
  record: InterfaceRecord,
  privateIp: string = record.privateIp,
): { readonly Association?: NetworkInterfaceAssociation } {
  const elastic = view.addresses.all().find(({ association }) => isOn(association, record, privateIp));
  if (elastic?.association !== undefined) {
    const Association = {
      AllocationId: elastic.id,
      AssociationId: elastic.association.id,
      IpOwnerId: region.accountId,
      PublicIp: elastic.publicIp,
    };
    return { Association };
  }
  if (record.ownPublicIp === undefined || privateIp !== record.privateIp) return {};
  return { Association: { IpOwnerId: 'amazon', PublicIp: record.ownPublicIp } };
}

/** Idempotent by ClientToken: the same request again gives the same interface. */
export function createNetworkInterface(
  region: Region,
  input: Ec2Input<'CreateNetworkInterface'>,
): Ec2Output<'CreateNetworkInterface'> {
  const call = 'CreateNetworkInterface';
  const supported = ['SubnetId', 'Groups', 'Description', 'TagSpecifications', 'ClientToken'];
  allowOnly(call, input, [...supported, 'SecondaryPrivateIpAddressCount']);
  const { ClientToken, ...parameters } = input;
  const subnet = findSubnet(region, input.SubnetId);
  const groups = findGroups(region, input.Groups, subnet.vpcId);
  const tags = tagsFor(call, input.TagSpecifications, ['network-interface'])['network-interface'] ?? {};
  const id = once(region, call, ClientToken, parameters, () => {
    const groupIds = groups.map((group) => group.id);
    const wish = { subnetId: subnet.id, groupIds, tags, description: input.Description ?? '' };
    const secondaryCount = input.SecondaryPrivateIpAddressCount ?? 0;
    return addInterface(region, {
      ...wish,
      secondaryCount,
      wantsOwnPublicAddress: subnet.mapPublicIpOnLaunch,
    }).id;
  });
  const record = region.store.interfaces.current.get(id);
  // A replayed request whose interface is gone by now still names it.
  if (record === undefined) return { NetworkInterface: { NetworkInterfaceId: id }, ClientToken };
  return { NetworkInterface: describeInterface(region, region.store.view('current'), record), ClientToken };
}

type InterfaceWish = {
  readonly subnetId: string;
  readonly groupIds: readonly string[];
  readonly description: string;
  readonly tags: Tags;
  readonly secondaryCount: number;
  readonly wantsOwnPublicAddress: boolean;
};

/** A new, unattached interface. Its source/destination check is on: no create call can switch it off. */
export function addInterface(region: Region, { secondaryCount, ...wish }: InterfaceWish): InterfaceRecord {
  const subnet = findSubnet(region, wish.subnetId);
  const [privateIp = '', ...secondaryIps] = newPrivateIps(region, subnet, 1 + secondaryCount);
  return region.store.interfaces.put({
    ...wish,
    id: newId(region, 'interface'),
    vpcId: subnet.vpcId,
    availabilityZone: subnet.availabilityZone,
    privateIp,
    secondaryIps,
    sourceDestCheck: true,
  });
}

/** @throws PrivateIpAddressLimitExceeded, InsufficientFreeAddressesInSubnet. */
export function assignPrivateIpAddresses(
  region: Region,
  input: Ec2Input<'AssignPrivateIpAddresses'>,
): Ec2Output<'AssignPrivateIpAddresses'> {
  allowOnly('AssignPrivateIpAddresses', input, ['NetworkInterfaceId', 'SecondaryPrivateIpAddressCount']);
  const { id, subnetId, secondaryIps, attachment } = findInterface(region, input.NetworkInterfaceId);
  const count = input.SecondaryPrivateIpAddressCount;
  if (count === undefined) {
    throw awsError('MissingParameter', 'Either private IP addresses or their count must be given');
  }
  const type = region.store.instances.current.get(attachment?.instanceId ?? '')?.launch.instanceType;
  if (type !== undefined) checkRoom(type, 1 + secondaryIps.length + count);
  const added = newPrivateIps(region, findSubnet(region, subnetId), count);
  region.store.interfaces.update(id, (present) => ({
    ...present,
    secondaryIps: [...secondaryIps, ...added],
  }));
  if (attachment !== undefined) learnStandInIp(region, attachment.instanceId, 'later');
  return {
    NetworkInterfaceId: id,
    AssignedPrivateIpAddresses: added.map((PrivateIpAddress) => ({ PrivateIpAddress })),
  };
}

/** EC2 User Guide, "IP addresses per network interface per instance type": 2 for nano and micro, 4 or more for others. */
export function checkRoom(instanceType: string, privateIps: number): void {
  const most = /\.(nano|micro)$/.test(instanceType) ? 2 : 4;
  if (privateIps > most) {
    throw awsError('PrivateIpAddressLimitExceeded', 'Number of private addresses will exceed limit.');
  }
}

/** @throws InvalidParameterValue while it is attached. */
export function deleteNetworkInterface(
  region: Region,
  input: Ec2Input<'DeleteNetworkInterface'>,
): Ec2Output<'DeleteNetworkInterface'> {
  allowOnly('DeleteNetworkInterface', input, ['NetworkInterfaceId']);
  const record = findInterface(region, input.NetworkInterfaceId);
  if (record.attachment !== undefined) {
    throw awsError('InvalidParameterValue', `Network interface '${record.id}' is currently in use.`);
  }
  removeInterface(region, record.id);
  return {};
}

/** Routes that point at it stay, as blackholes; an Elastic IP on it stays allocated. */
export function removeInterface(region: Region, id: string): void {
  for (const address of region.store.addresses.current.all()) {
    if (address.association?.interfaceId === id) disassociate(region, address.id);
  }
  region.store.interfaces.remove(id);
}

/** One attribute per call, as EC2 wants it. */
export function modifyNetworkInterfaceAttribute(
  region: Region,
  input: Ec2Input<'ModifyNetworkInterfaceAttribute'>,
): Ec2Output<'ModifyNetworkInterfaceAttribute'> {
  const attributes = ['SourceDestCheck', 'AssociatePublicIpAddress', 'Groups', 'Description'] as const;
  allowOnly('ModifyNetworkInterfaceAttribute', input, ['NetworkInterfaceId', ...attributes]);
  const record = findInterface(region, input.NetworkInterfaceId);
  const given = attributes.filter((attribute) => input[attribute] !== undefined);
  if (given.length !== 1) {
    const text =
      given.length === 0 ? 'No attributes specified.' : 'Fields for multiple attribute types specified';
    throw awsError('InvalidParameterCombination', `${text}: ${given.join(', ')}`);
  }
  if (input.SourceDestCheck !== undefined) {
    const sourceDestCheck = input.SourceDestCheck.Value ?? true;
    region.store.interfaces.update(record.id, (present) => ({ ...present, sourceDestCheck }));
  }
  if (input.Groups !== undefined) {
    const groupIds = findGroups(region, input.Groups, record.vpcId).map((group) => group.id);
    region.store.interfaces.update(record.id, (present) => ({ ...present, groupIds }));
  }
  if (input.Description !== undefined) {
    const description = input.Description.Value ?? '';
    region.store.interfaces.update(record.id, (present) => ({ ...present, description }));
  }
  if (input.AssociatePublicIpAddress !== undefined)
    wantPublicIp(region, record.id, input.AssociatePublicIpAddress);
  return {};
}

function wantPublicIp(region: Region, id: string, wanted: boolean): void {
  const record = region.store.interfaces.update(id, (present) => ({
    ...present,
    wantsOwnPublicAddress: wanted,
  }));
  if (wanted) giveOwnPublicIp(region, record);
  else dropOwnPublicIp(region, record);
}

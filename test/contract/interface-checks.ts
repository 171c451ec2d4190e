import {
  AssignPrivateIpAddressesCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import {
  createInterface,
  createInterfaceId,
  instanceOf,
  interfaceOf,
  interfaceStatus,
  launch,
  launchOnInterface,
  stackTagKey,
  tagRecord,
  tagsOf,
  untilState,
} from './asking.ts';
import type { Contract } from './contract.ts';
import { outcomeOf, present, type Subject } from './subject.ts';

const unknownInterface = 'eni-0123456789abcdef0';

function modify(subject: Subject, NetworkInterfaceId: string, change: object) {
  const input = { NetworkInterfaceId, ...change };
  return subject.run(subject.ec2.send(new ModifyNetworkInterfaceAttributeCommand(input)));
}

function remove(subject: Subject, NetworkInterfaceId: string) {
  return subject.run(subject.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })));
}

const checkOff = { SourceDestCheck: { Value: false } };

export function interfaceChecks(contract: Contract): void {
  creation(contract);
  attributes(contract);
  secondaryAddresses(contract);
  deletion(contract);
}

function creation({ check, diverging }: Contract): void {
  check('are made with tags, groups and a description', async (subject) => {
    const id = present((await createInterface(subject)).NetworkInterfaceId, 'interface id');
    const made = await interfaceOf(subject, id);
    expect(made).toMatchObject({
      Status: 'available',
      Description: 'NAT instance of zone a',
      SourceDestCheck: true,
      SubnetId: subject.vpc.publicSubnetId,
      VpcId: subject.vpc.vpcId,
      AvailabilityZone: subject.vpc.availabilityZone,
      PrivateIpAddress: expect.any(String),
    });
    expect(made.Groups?.map((group) => group.GroupId)).toEqual([subject.vpc.securityGroupId]);
    expect(tagRecord(made.TagSet)).toEqual(tagRecord(tagsOf(subject)));
    expect(made.Association).toBeUndefined();
  });

  check('are found by the stack tag', async (subject) => {
    const id = await createInterfaceId(subject);
    await createInterface(subject, { TagSpecifications: [] });
    const find = async (stack: string) => {
      const Filters = [{ Name: `tag:${stackTagKey}`, Values: [stack] }];
      const command = new DescribeNetworkInterfacesCommand({ Filters, MaxResults: 200 });
      const found = (await subject.run(subject.ec2.send(command))).NetworkInterfaces;
      return found?.map((one) => one.NetworkInterfaceId);
    };
    expect(await find(subject.stack)).toEqual([id]);
    expect(await find('no such stack')).toEqual([]);
  });

  check('cannot be made in a subnet that does not exist', async (subject) => {
    const creating = createInterface(subject, { SubnetId: 'subnet-0123456789abcdef0' });
    expect(await outcomeOf(creating)).toBe('InvalidSubnetID.NotFound');
  });

  check('that do not exist are refused by id', async (subject) => {
    const code = 'InvalidNetworkInterfaceID.NotFound';
    expect(await interfaceStatus(subject, unknownInterface)).toBe(code);
    expect(await outcomeOf(modify(subject, unknownInterface, checkOff))).toBe(code);
    expect(await outcomeOf(remove(subject, unknownInterface))).toBe(code);
  });

  diverging('interface-token-replayed', async (subject) => {
    const ClientToken = `${subject.stack}-interface-1`;
    const first = await createInterface(subject, { ClientToken });
    const second = await createInterface(subject, { ClientToken });
    return first.NetworkInterfaceId === second.NetworkInterfaceId
      ? 'the same interface'
      : 'another interface';
  });
}

function attributes({ check, diverging }: Contract): void {
  check('lose their source/destination check, and get it back', async (subject) => {
    const id = await createInterfaceId(subject);
    await modify(subject, id, checkOff);
    expect((await interfaceOf(subject, id)).SourceDestCheck).toBe(false);
    await modify(subject, id, { SourceDestCheck: { Value: true } });
    expect((await interfaceOf(subject, id)).SourceDestCheck).toBe(true);
  });

  diverging('check-of-instance-and-interface', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    await modify(subject, interfaceId, checkOff);
    const instance = await instanceOf(subject, instanceId);
    return [instance.SourceDestCheck, instance.NetworkInterfaces?.[0]?.SourceDestCheck];
  });

  diverging('own-address-given-up', async (subject) => {
    const { publicSubnetId: SubnetId, securityGroupId } = subject.vpc;
    const spec = { DeviceIndex: 0, SubnetId, Groups: [securityGroupId], AssociatePublicIpAddress: true };
    const launched = await launch(subject, { NetworkInterfaces: [spec] });
    const id = present(launched.InstanceId, 'instance id');
    const eni = present(launched.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'interface id');
    await untilState(subject, id, 'running');
    const outcome = await outcomeOf(modify(subject, eni, { AssociatePublicIpAddress: false }));
    const { PublicIpAddress } = await instanceOf(subject, id);
    return [outcome, PublicIpAddress === undefined ? 'no address' : 'an address'];
  });

  diverging('two-attributes-at-once', async (subject) => {
    const id = await createInterfaceId(subject);
    return outcomeOf(modify(subject, id, { ...checkOff, Description: { Value: 'both' } }));
  });
}

function assign(subject: Subject, NetworkInterfaceId: string) {
  const input = { NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 };
  return subject.run(subject.ec2.send(new AssignPrivateIpAddressesCommand(input)));
}

async function privateIpsOf(subject: Subject, id: string) {
  const { PrivateIpAddress, PrivateIpAddresses = [] } = await interfaceOf(subject, id);
  const secondary = PrivateIpAddresses.filter(({ Primary }) => Primary !== true);
  return { primary: PrivateIpAddress, secondary: secondary.map((one) => one.PrivateIpAddress) };
}

function secondaryAddresses({ check, diverging }: Contract): void {
  check('are made with a secondary private address beside the primary one', async (subject) => {
    const made = await createInterface(subject, { SecondaryPrivateIpAddressCount: 1 });
    const { primary, secondary } = await privateIpsOf(subject, present(made.NetworkInterfaceId, 'id'));
    expect(secondary).toEqual([expect.stringMatching(/^10\./)]);
    expect(secondary).not.toContain(primary);
  });

  check('are given a secondary private address later', async (subject) => {
    const id = await createInterfaceId(subject);
    const before = await privateIpsOf(subject, id);
    expect(before.secondary).toEqual([]);
    expect((await assign(subject, id)).NetworkInterfaceId).toBe(id);
    const after = await privateIpsOf(subject, id);
    expect(after).toEqual({ primary: before.primary, secondary: [expect.stringMatching(/^10\./)] });
  });

  check('that do not exist are given no address', async (subject) => {
    expect(await outcomeOf(assign(subject, unknownInterface))).toBe('InvalidNetworkInterfaceID.NotFound');
  });

  diverging('assigned-addresses-are-told', async (subject) => {
    const id = await createInterfaceId(subject);
    const { AssignedPrivateIpAddresses = [] } = await assign(subject, id);
    const { secondary } = await privateIpsOf(subject, id);
    return AssignedPrivateIpAddresses.every(({ PrivateIpAddress }) => secondary.includes(PrivateIpAddress))
      ? 'the new ones'
      : 'others too';
  });

  diverging('launch-with-secondary-address', async (subject) => {
    const { publicSubnetId: SubnetId, securityGroupId } = subject.vpc;
    const spec = { DeviceIndex: 0, SubnetId, Groups: [securityGroupId], SecondaryPrivateIpAddressCount: 1 };
    const launched = await launch(subject, { NetworkInterfaces: [spec] });
    const id = present(launched.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'interface id');
    return `${(await privateIpsOf(subject, id)).secondary.length}`;
  });

  diverging('more-addresses-than-the-type-has-room-for', async (subject) => {
    const { interfaceId } = await launchOnInterface(subject);
    await assign(subject, interfaceId);
    return outcomeOf(assign(subject, interfaceId));
  });
}

function deletion({ check, diverging }: Contract): void {
  check('are gone once they are deleted', async (subject) => {
    const id = await createInterfaceId(subject);
    await remove(subject, id);
    expect(await interfaceStatus(subject, id)).toBe('InvalidNetworkInterfaceID.NotFound');
  });

  diverging('delete-interface-in-use', async (subject) => {
    const { interfaceId } = await launchOnInterface(subject);
    return outcomeOf(remove(subject, interfaceId));
  });
}

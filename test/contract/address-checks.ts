import { DescribeAddressesCommand, DisassociateAddressCommand } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import {
  addressOf,
  associate,
  createInterface,
  createInterfaceId,
  interfaceOf,
  launchId,
  launchOnInterface,
} from './asking.ts';
import type { Contract } from './contract.ts';
import { outcomeOf, present, type Subject } from './subject.ts';

const unknownAllocation = 'eipalloc-0123456789abcdef0';
const unknownAssociation = 'eipassoc-0123456789abcdef0';

async function isOn(subject: Subject, allocationId: string): Promise<string> {
  // moto leaves the name empty where EC2 leaves it out.
  return (await addressOf(subject, allocationId)).NetworkInterfaceId || 'nothing';
}

function moveTo(subject: Subject, NetworkInterfaceId: string) {
  return associate(subject, { NetworkInterfaceId, AllowReassociation: true });
}

export function addressChecks(contract: Contract): void {
  moves(contract);
  onSecondary(contract);
  refusals(contract);
  listing(contract);
}

function moves({ check, diverging }: Contract): void {
  check('go on an interface that is attached to nothing', async (subject) => {
    const eni = await createInterfaceId(subject);
    const answer = await moveTo(subject, eni);
    const address = await addressOf(subject, subject.vpc.allocationId);
    const made = await interfaceOf(subject, eni);
    expect(address).toMatchObject({
      AllocationId: subject.vpc.allocationId,
      AssociationId: answer.AssociationId,
      NetworkInterfaceId: eni,
      PrivateIpAddress: made.PrivateIpAddress,
      PublicIp: expect.any(String),
    });
    expect(made.Association).toMatchObject({
      AllocationId: address.AllocationId,
      AssociationId: answer.AssociationId,
      PublicIp: address.PublicIp,
    });
  });

  check('move with AllowReassociation, and moving twice is the same', async (subject) => {
    const first = await createInterfaceId(subject);
    const second = await createInterfaceId(subject);
    await moveTo(subject, first);
    await moveTo(subject, second);
    expect(await isOn(subject, subject.vpc.allocationId)).toBe(second);
    expect(await outcomeOf(moveTo(subject, second))).toBe('accepted');
    expect(await isOn(subject, subject.vpc.allocationId)).toBe(second);
  });

  check('come off by the id of their association, and are free', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    const { AssociationId } = await associate(subject, { NetworkInterfaceId, AllowReassociation: true });
    await takeOff(subject, AssociationId);
    expect(await isOn(subject, subject.vpc.allocationId)).toBe('nothing');
    expect(await outcomeOf(takeOff(subject, unknownAssociation))).toBe('InvalidAssociationID.NotFound');
  });

  diverging('reassociation-by-default', async (subject) => {
    await moveTo(subject, await createInterfaceId(subject));
    return outcomeOf(associate(subject, { NetworkInterfaceId: await createInterfaceId(subject) }));
  });

  diverging('address-displaced', async (subject) => {
    const { otherAllocationId } = subject.vpc;
    const eni = await createInterfaceId(subject);
    await associate(subject, { AllocationId: otherAllocationId, NetworkInterfaceId: eni });
    await moveTo(subject, eni);
    return (await isOn(subject, otherAllocationId)) === 'nothing' ? 'set free' : 'still on the interface';
  });

  diverging('address-names-instance', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    await moveTo(subject, interfaceId);
    const named = (await addressOf(subject, subject.vpc.allocationId)).InstanceId;
    return named === instanceId ? 'the instance' : (named ?? 'nothing');
  });

  diverging('address-leaves-former-interface', async (subject) => {
    const former = await createInterfaceId(subject);
    await moveTo(subject, former);
    await moveTo(subject, await createInterfaceId(subject));
    const { Association } = await interfaceOf(subject, former);
    return Association === undefined ? 'no association' : 'an association';
  });
}

function takeOff(subject: Subject, AssociationId: string | undefined) {
  return subject.run(subject.ec2.send(new DisassociateAddressCommand({ AssociationId })));
}

/** An interface with two private addresses, and what the Elastic IPs are on that were put on the one and the other. */
async function putOnBoth(subject: Subject) {
  const made = await createInterface(subject, { SecondaryPrivateIpAddressCount: 1 });
  const NetworkInterfaceId = present(made.NetworkInterfaceId, 'interface id');
  const { PrivateIpAddresses = [] } = await interfaceOf(subject, NetworkInterfaceId);
  const PrivateIpAddress = PrivateIpAddresses.find(({ Primary }) => Primary !== true)?.PrivateIpAddress;
  const { allocationId, otherAllocationId } = subject.vpc;
  const AllowReassociation = true;
  await associate(subject, { AllocationId: otherAllocationId, NetworkInterfaceId, AllowReassociation });
  await associate(subject, { NetworkInterfaceId, PrivateIpAddress, AllowReassociation });
  const first = await addressOf(subject, otherAllocationId);
  const second = await addressOf(subject, allocationId);
  return { made, first, second, PrivateIpAddress };
}

function onSecondary({ check, diverging }: Contract): void {
  check('go on an interface beside one another, if a private address of it is named', async (subject) => {
    const { made, first, second } = await putOnBoth(subject);
    expect(second.NetworkInterfaceId).toBe(made.NetworkInterfaceId);
    expect(first).toMatchObject({
      NetworkInterfaceId: made.NetworkInterfaceId,
      PrivateIpAddress: made.PrivateIpAddress,
    });
  });

  diverging('address-on-secondary-private-address', async (subject) => {
    const { second, PrivateIpAddress } = await putOnBoth(subject);
    return second.PrivateIpAddress === PrivateIpAddress ? 'the secondary one' : 'the primary one';
  });

  diverging('private-address-of-no-interface', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    return outcomeOf(
      associate(subject, { NetworkInterfaceId, PrivateIpAddress: '10.0.0.251', AllowReassociation: true }),
    );
  });
}

function refusals({ check, diverging }: Contract): void {
  check('stay where they are without AllowReassociation', async (subject) => {
    const first = await createInterfaceId(subject);
    await moveTo(subject, first);
    const NetworkInterfaceId = await createInterfaceId(subject);
    const outcome = await outcomeOf(associate(subject, { NetworkInterfaceId, AllowReassociation: false }));
    expect(outcome).toBe('Resource.AlreadyAssociated');
    expect(await isOn(subject, subject.vpc.allocationId)).toBe(first);
  });

  check('that do not exist cannot be moved', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    const outcome = await outcomeOf(
      associate(subject, { AllocationId: unknownAllocation, NetworkInterfaceId }),
    );
    expect(outcome).toBe('InvalidAllocationID.NotFound');
  });

  check('do not go on an interface that does not exist', async (subject) => {
    const outcome = await outcomeOf(moveTo(subject, 'eni-0123456789abcdef0'));
    expect(outcome).toBe('InvalidNetworkInterfaceID.NotFound');
  });

  diverging('address-for-pending-instance', async (subject) => {
    const eni = await createInterfaceId(subject);
    await launchId(subject, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] });
    return outcomeOf(moveTo(subject, eni));
  });
}

function listing({ check }: Contract): void {
  check(
    'are found by allocation id, and one that does not exist makes the answer shorter',
    async (subject) => {
      const { allocationId, otherAllocationId } = subject.vpc;
      const Values = [allocationId, unknownAllocation, otherAllocationId];
      const command = new DescribeAddressesCommand({ Filters: [{ Name: 'allocation-id', Values }] });
      const found = (await subject.run(subject.ec2.send(command))).Addresses ?? [];
      expect(found.map((one) => one.AllocationId).sort()).toEqual([allocationId, otherAllocationId].sort());
      expect(found.map((one) => one.AssociationId)).toEqual([undefined, undefined]);
    },
  );

  check('that do not exist are refused by id', async ({ ec2, run }) => {
    const command = new DescribeAddressesCommand({ AllocationIds: [unknownAllocation] });
    expect(await outcomeOf(run(ec2.send(command)))).toBe('InvalidAllocationID.NotFound');
  });
}

import {
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { consistent, launch, type Rig, setUp } from './rig.ts';

async function interfaceOf(rig: Rig, id: string) {
  const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] });
  return (await rig.run(rig.ec2.send(command))).NetworkInterfaces?.[0];
}

async function createInterface(rig: Rig): Promise<string> {
  const input = { SubnetId: rig.zone.publicSubnetId, Groups: [rig.topology.securityGroupId] };
  const answer = await rig.run(rig.ec2.send(new CreateNetworkInterfaceCommand(input)));
  const id = answer.NetworkInterface?.NetworkInterfaceId;
  if (id === undefined) throw new Error('no interface was named');
  return id;
}

describe('an interface', () => {
  test('of its own outlives the instance, and carries one live instance at a time', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaceId = await createInterface(rig);
    const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId }];
    const { instanceId } = await launch(rig, { NetworkInterfaces });
    await expect(launch(rig, { NetworkInterfaces })).rejects.toMatchObject({
      name: 'InvalidNetworkInterface.InUse',
      message: `Interface: [${NetworkInterfaceId}] in use.`,
    });
    const remove = new DeleteNetworkInterfaceCommand({ NetworkInterfaceId });
    await expect(rig.run(rig.ec2.send(remove))).rejects.toMatchObject({ name: 'InvalidParameterValue' });

    rig.sim.terminateInstance(instanceId);
    expect((await interfaceOf(rig, NetworkInterfaceId))?.Status).toBe('in-use');
    await rig.clock.runFor(41_000);
    expect((await interfaceOf(rig, NetworkInterfaceId))?.Status).toBe('available');
    await rig.run(rig.ec2.send(remove));
    await expect(interfaceOf(rig, NetworkInterfaceId)).rejects.toMatchObject({
      name: 'InvalidNetworkInterfaceID.NotFound',
    });
  });

  test('that exists brings its own groups, subnet and life span', async () => {
    const rig = setUp();
    const NetworkInterfaceId = await createInterface(rig);
    for (const extra of [{ Groups: [rig.topology.securityGroupId] }, { DeleteOnTermination: true }]) {
      const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId, ...extra }];
      await expect(launch(rig, { NetworkInterfaces })).rejects.toMatchObject({
        name: 'InvalidParameterCombination',
      });
    }
  });

  test('made by a launch goes with the instance', async () => {
    const rig = setUp(consistent);
    const { instanceId, interfaceId } = await launch(rig);
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(41_000);
    await expect(interfaceOf(rig, interfaceId)).rejects.toMatchObject({
      name: 'InvalidNetworkInterfaceID.NotFound',
    });
  });

  test('starts with its source/destination check on; one attribute is changed at a time', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaceId = await createInterface(rig);
    expect((await interfaceOf(rig, NetworkInterfaceId))?.SourceDestCheck).toBe(true);
    const modify = (change: object) =>
      rig.run(rig.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, ...change })));
    await modify({ SourceDestCheck: { Value: false } });
    expect((await interfaceOf(rig, NetworkInterfaceId))?.SourceDestCheck).toBe(false);
    const both = { SourceDestCheck: { Value: true }, AssociatePublicIpAddress: true };
    await expect(modify(both)).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    await expect(modify({})).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });

  test('gets a public address of its own at launch and can give it up', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaces = [
      { DeviceIndex: 0, SubnetId: rig.zone.publicSubnetId, AssociatePublicIpAddress: true },
    ];
    const { interfaceId } = await launch(rig, { NetworkInterfaces });
    const before = await interfaceOf(rig, interfaceId);
    expect(before?.Association).toMatchObject({ IpOwnerId: 'amazon', PublicIp: expect.any(String) });
    expect(before?.Association?.AllocationId).toBeUndefined();

    const change = { NetworkInterfaceId: interfaceId, AssociatePublicIpAddress: false };
    await rig.run(rig.ec2.send(new ModifyNetworkInterfaceAttributeCommand(change)));
    expect((await interfaceOf(rig, interfaceId))?.Association).toBeUndefined();
  });

  test('loses its own public address while the instance is stopped, and gets another', async () => {
    const rig = setUp(consistent);
    const NetworkInterfaces = [
      { DeviceIndex: 0, SubnetId: rig.zone.publicSubnetId, AssociatePublicIpAddress: true },
    ];
    const { instanceId, interfaceId } = await launch(rig, { NetworkInterfaces });
    await rig.clock.runFor(20_000);
    const before = (await interfaceOf(rig, interfaceId))?.Association?.PublicIp;
    rig.sim.stopInstance(instanceId);
    await rig.clock.runFor(40_000);
    expect((await interfaceOf(rig, interfaceId))?.Association).toBeUndefined();
    rig.sim.startInstance(instanceId);
    await rig.clock.runFor(20_000);
    const after = (await interfaceOf(rig, interfaceId))?.Association?.PublicIp;
    expect(after).toEqual(expect.any(String));
    expect(after).not.toBe(before);
  });
});

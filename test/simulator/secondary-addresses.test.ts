import {
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { hasEgress, publicAddressOf } from '../../simulator/data-plane.ts';
import { consistent, launch, type Rig, setUp } from './rig.ts';

/** Two zones; the second one's instance was told of the first one's addresses, and has its own Elastic IP. */
async function withNeighbour(secondaries = 1) {
  const rig = setUp(consistent, { zones: 2 });
  const [failed, neighbour] = rig.topology.zones;
  if (failed === undefined || neighbour === undefined) throw new Error('two zones were asked for');
  const cidrs = failed.privateSubnetIds.map((id) => rig.sim.region.store.subnets.current.get(id)?.cidr);
  const nic = { DeviceIndex: 0, SubnetId: neighbour.publicSubnetId, Groups: [rig.topology.securityGroupId] };
  const { instanceId, interfaceId } = await launch(rig, {
    UserData: Buffer.from(`#cloud-config\n      OTHER_CIDRS="${cidrs.join(' ')}"\n`).toString('base64'),
    NetworkInterfaces: [{ ...nic, SecondaryPrivateIpAddressCount: secondaries }],
  });
  await rig.clock.runFor(30_000);
  rig.sim.setSourceDestCheck(interfaceId, false);
  rig.sim.associateAddressElsewhere(neighbour.allocationId, interfaceId);
  for (const table of rig.topology.zones.flatMap(({ privateRouteTableIds }) => privateRouteTableIds)) {
    rig.sim.pointRouteAt(table, { kind: 'interface', id: interfaceId });
  }
  return { ...rig, failed, neighbour, instanceId, interfaceId };
}

function secondaryOf({ sim }: Rig, interfaceId: string): string | undefined {
  return sim.region.store.interfaces.current.get(interfaceId)?.secondaryIps[0];
}

function putOn(rig: Rig, AllocationId: string, NetworkInterfaceId: string, PrivateIpAddress?: string) {
  const input = { AllocationId, NetworkInterfaceId, PrivateIpAddress, AllowReassociation: true };
  return rig.run(rig.ec2.send(new AssociateAddressCommand(input)));
}

function assign(rig: Rig, NetworkInterfaceId: string) {
  const input = { NetworkInterfaceId, SecondaryPrivateIpAddressCount: 1 };
  return rig.run(rig.ec2.send(new AssignPrivateIpAddressesCommand(input)));
}

describe('packets of another zone', () => {
  test('leave as the Elastic IP on the secondary private address, its own as that on the primary one', async () => {
    const nat = await withNeighbour();
    const [subnetId = ''] = nat.failed.privateSubnetIds;
    const [ownId = ''] = nat.neighbour.privateSubnetIds;
    expect(hasEgress(nat.sim, subnetId)).toMatchObject({ why: expect.stringMatching(/^10\..* of eni-/) });
    expect(publicAddressOf(nat.sim, ownId)).toBe(nat.neighbour.publicIp);

    await putOn(nat, nat.failed.allocationId, nat.interfaceId, secondaryOf(nat, nat.interfaceId));
    expect(publicAddressOf(nat.sim, subnetId)).toBe(nat.failed.publicIp);
    expect(publicAddressOf(nat.sim, ownId)).toBe(nat.neighbour.publicIp);
  });

  test('leave as the primary one while the rules do not know a secondary one', async () => {
    const nat = await withNeighbour(0);
    const [subnetId = ''] = nat.failed.privateSubnetIds;
    expect(publicAddressOf(nat.sim, subnetId)).toBe(nat.neighbour.publicIp);

    await assign(nat, nat.interfaceId);
    await putOn(nat, nat.failed.allocationId, nat.interfaceId, secondaryOf(nat, nat.interfaceId));
    expect(publicAddressOf(nat.sim, subnetId)).toBe(nat.neighbour.publicIp);
    await nat.clock.runFor(62_000);
    expect(publicAddressOf(nat.sim, subnetId)).toBe(nat.failed.publicIp);
  });
});

describe('an Elastic IP on a secondary private address', () => {
  test('is shown there, by address, interface and instance', async () => {
    const nat = await withNeighbour();
    const secondary = secondaryOf(nat, nat.interfaceId);
    await putOn(nat, nat.failed.allocationId, nat.interfaceId, secondary);
    const ids = new DescribeAddressesCommand({ AllocationIds: [nat.failed.allocationId] });
    expect((await nat.run(nat.ec2.send(ids))).Addresses?.[0]).toMatchObject({
      NetworkInterfaceId: nat.interfaceId,
      InstanceId: nat.instanceId,
      PrivateIpAddress: secondary,
    });
    const own = new DescribeInstancesCommand({ InstanceIds: [nat.instanceId] });
    const instance = (await nat.run(nat.ec2.send(own))).Reservations?.[0]?.Instances?.[0];
    expect(instance?.PublicIpAddress).toBe(nat.neighbour.publicIp);
    expect(instance?.NetworkInterfaces?.[0]?.PrivateIpAddresses).toMatchObject([
      { Primary: true, Association: { PublicIp: nat.neighbour.publicIp } },
      { Primary: false, PrivateIpAddress: secondary, Association: { PublicIp: nat.failed.publicIp } },
    ]);
  });

  test('moves between the addresses of one interface, and sets free what was there', async () => {
    const nat = await withNeighbour();
    const { current } = nat.sim.region.store.addresses;
    await putOn(nat, nat.failed.allocationId, nat.interfaceId, secondaryOf(nat, nat.interfaceId));
    await putOn(nat, nat.failed.allocationId, nat.interfaceId);
    expect(current.get(nat.failed.allocationId)?.association?.interfaceId).toBe(nat.interfaceId);
    expect(current.get(nat.neighbour.allocationId)?.association).toBeUndefined();
  });

  test('goes when the instance ends', async () => {
    const nat = await withNeighbour();
    await putOn(nat, nat.failed.allocationId, nat.interfaceId, secondaryOf(nat, nat.interfaceId));
    nat.sim.terminateInstance(nat.instanceId);
    await nat.clock.runFor(41_000);
    const { current } = nat.sim.region.store.addresses;
    expect(current.get(nat.failed.allocationId)?.association).toBeUndefined();
  });

  test('is refused where the interface does not have that address', async () => {
    const nat = await withNeighbour();
    await expect(putOn(nat, nat.failed.allocationId, nat.interfaceId, '10.0.1.200')).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });
});

test('a subnet without a free address gives none', async () => {
  const rig = setUp(consistent);
  const input = { SubnetId: rig.zone.publicSubnetId, SecondaryPrivateIpAddressCount: 250 };
  const { NetworkInterface } = await rig.run(rig.ec2.send(new CreateNetworkInterfaceCommand(input)));
  await expect(assign(rig, NetworkInterface?.NetworkInterfaceId ?? '')).rejects.toMatchObject({
    name: 'InsufficientFreeAddressesInSubnet',
  });
  await expect(launch(rig)).rejects.toMatchObject({ name: 'InsufficientFreeAddressesInSubnet' });
});

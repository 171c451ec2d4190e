import {
  CreateNetworkInterfaceCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  EC2ServiceException,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { packagesFirst } from '../../simulator/behaviour.ts';
import { arm64Image, consistent, launch, launchInput, type Rig, setUp } from './rig.ts';

async function stateOf(rig: Rig, id: string): Promise<string | undefined> {
  const answer = await rig.run(rig.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  return answer.Reservations?.[0]?.Instances?.[0]?.State?.Name;
}

describe('an instance', () => {
  test('is pending, then running, then shutting-down, then terminated for an hour, then unknown', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    expect(await stateOf(rig, instanceId)).toBe('pending');
    await rig.clock.runFor(18_000);
    expect(await stateOf(rig, instanceId)).toBe('running');

    const again = new TerminateInstancesCommand({ InstanceIds: [instanceId] });
    const answer = await rig.run(rig.ec2.send(again));
    expect(answer.TerminatingInstances?.[0]).toMatchObject({
      PreviousState: { Name: 'running', Code: 16 },
      CurrentState: { Name: 'shutting-down', Code: 32 },
    });
    await rig.clock.runFor(41_000);
    expect(await stateOf(rig, instanceId)).toBe('terminated');
    // Idempotent.
    expect((await rig.run(rig.ec2.send(again))).TerminatingInstances?.[0]?.PreviousState?.Name).toBe(
      'terminated',
    );

    await rig.clock.runFor(3_600_000);
    await expect(stateOf(rig, instanceId)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
  });

  test('ends while it is pending where KMS denies the key of its volume', async () => {
    const refusal = 'Client.InternalError: Client error on launch';
    const rig = setUp(consistent);
    const key = rig.sim.refuseVolumeKey(refusal);
    const encrypted = { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }] };
    const refused = await launch(rig, encrypted);
    const plain = await launch(rig);
    expect(await stateOf(rig, refused.instanceId)).toBe('pending');
    await rig.clock.runFor(60_000);
    const one = new DescribeInstancesCommand({ InstanceIds: [refused.instanceId] });
    expect((await rig.run(rig.ec2.send(one))).Reservations?.[0]?.Instances?.[0]).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Client.InternalError', Message: refusal },
    });
    expect(await stateOf(rig, plain.instanceId)).toBe('running');

    key.restore();
    const { instanceId } = await launch(rig, encrypted);
    await rig.clock.runFor(60_000);
    expect(await stateOf(rig, instanceId)).toBe('running');
  });

  test('whose public access is blocked cannot install its packages, and gives up unless that ends', async () => {
    const rig = setUp({ ...consistent, ...packagesFirst });
    const isUp = (id: string) => rig.sim.region.store.instances.current.get(id)?.booted;
    rig.sim.blockPublicAccess(rig.zone.publicSubnetId, 'block-ingress');
    const late = await launch(rig);
    await rig.clock.runFor(8 * 60_000);
    expect(isUp(late.instanceId)).toBe(false);
    rig.sim.blockPublicAccess(rig.zone.publicSubnetId, 'off');
    await rig.clock.runFor(10_000);
    expect(isUp(late.instanceId)).toBe(true);

    rig.sim.blockPublicAccess(rig.zone.publicSubnetId, 'block-ingress');
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(11 * 60_000);
    expect([await stateOf(rig, late.instanceId), await stateOf(rig, instanceId)]).toEqual([
      'running',
      'terminated',
    ]);
  });

  test('loses its network at once and its tags later when it is terminated', async () => {
    const rig = setUp(consistent);
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'own', Value: 'us' }] }];
    const { instanceId } = await launch(rig, { TagSpecifications });
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(41_000);
    const byTag = new DescribeInstancesCommand({ Filters: [{ Name: 'tag:own', Values: ['us'] }] });
    const found = (await rig.run(rig.ec2.send(byTag))).Reservations?.[0]?.Instances?.[0];
    expect(found).toMatchObject({ InstanceId: instanceId, NetworkInterfaces: [] });
    expect(found?.VpcId).toBeUndefined();
    const byVpc = new DescribeInstancesCommand({
      Filters: [{ Name: 'vpc-id', Values: [rig.topology.vpcId] }],
    });
    expect((await rig.run(rig.ec2.send(byVpc))).Reservations).toEqual([]);

    await rig.clock.runFor(30 * 60_000);
    expect((await rig.run(rig.ec2.send(byTag))).Reservations).toEqual([]);
    expect(await stateOf(rig, instanceId)).toBe('terminated');
  });

  test('has status checks that initialize for two minutes and then notice an impairment at their next run', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    const status = async () => {
      const answer = await rig.run(rig.ec2.send(new DescribeInstanceStatusCommand({})));
      const [only] = answer.InstanceStatuses ?? [];
      return only && `${only.InstanceStatus?.Status} ${only.SystemStatus?.Status}`;
    };
    expect(await status()).toBeUndefined();
    await rig.clock.runFor(18_000);
    expect(await status()).toBe('initializing initializing');
    await rig.clock.runFor(120_000);
    expect(await status()).toBe('ok ok');

    rig.sim.breakForwarding(instanceId);
    await rig.clock.runFor(120_000);
    expect(await status()).toBe('ok ok');
    rig.sim.impair(instanceId, 'instance');
    // The check ran a moment ago and runs again within the minute.
    expect(await status()).toBe('ok ok');
    await rig.clock.runFor(60_000);
    expect(await status()).toBe('impaired ok');
    rig.sim.recover(instanceId);
    rig.sim.impair(instanceId, 'system');
    await rig.clock.runFor(60_000);
    expect(await status()).toBe('impaired impaired');
    rig.sim.recover(instanceId);
    await rig.clock.runFor(60_000);
    expect(await status()).toBe('ok ok');
  });

  test('keeps its id and interface over stop and start, with a new launch time', async () => {
    const rig = setUp(consistent);
    const { instanceId, interfaceId } = await launch(rig);
    await rig.clock.runFor(20_000);
    rig.sim.stopInstance(instanceId);
    expect(await stateOf(rig, instanceId)).toBe('stopping');
    await rig.clock.runFor(36_000);
    expect(await stateOf(rig, instanceId)).toBe('stopped');
    const startedAt = rig.clock.now();
    rig.sim.startInstance(instanceId);
    await rig.clock.runFor(18_000);

    const answer = await rig.run(rig.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })));
    const instance = answer.Reservations?.[0]?.Instances?.[0];
    expect(instance?.State?.Name).toBe('running');
    expect(instance?.LaunchTime?.getTime()).toBe(startedAt - (startedAt % 1_000));
    expect(instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId).toBe(interfaceId);
  });

  test('can come to nothing after its launch was accepted', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig);
    rig.sim.failLaunch(instanceId);
    await rig.clock.runFor(60_000);
    const answer = await rig.run(rig.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })));
    expect(answer.Reservations?.[0]?.Instances?.[0]).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Server.InternalError' },
    });
  });
});

describe('a client token', () => {
  test('launches once in a zone, also when the first instance is dead', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig, { ClientToken: 'slot-1' });
    expect((await launch(rig, { ClientToken: 'slot-1' })).instanceId).toBe(instanceId);

    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(60_000);
    const replay = new RunInstancesCommand(launchInput(rig, { ClientToken: 'slot-1' }));
    const answer = await rig.run(rig.ec2.send(replay));
    expect(answer.Instances?.[0]).toMatchObject({ InstanceId: instanceId, State: { Name: 'terminated' } });
  });

  test('of a dead instance may be refused instead', async () => {
    const rig = setUp({ ...consistent, tokenOfTerminated: 'error' });
    const { instanceId } = await launch(rig, { ClientToken: 'slot-1' });
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(60_000);

    await expect(launch(rig, { ClientToken: 'slot-1' })).rejects.toMatchObject({
      name: 'IdempotentInstanceTerminated',
    });
  });

  test('stands for what was asked for where there was no capacity, and for nothing where EC2 refused it', async () => {
    const rig = setUp(consistent);
    const shortage = rig.sim.withoutCapacity('t4g.nano', rig.zone.name);
    await expect(launch(rig, { ClientToken: 'slot-1' })).rejects.toMatchObject({
      name: 'InsufficientInstanceCapacity',
    });
    await expect(launch(rig, { ClientToken: 'slot-1', InstanceType: 't4g.micro' })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
    shortage.restore();
    await expect(launch(rig, { ClientToken: 'slot-1' })).resolves.toBeDefined();

    await expect(
      launch(rig, { ClientToken: 'slot-2', ImageId: 'ami-0123456789abcdef0' }),
    ).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await expect(launch(rig, { ClientToken: 'slot-2' })).resolves.toBeDefined();
  });

  test('is refused with other parameters, and means another launch in another zone', async () => {
    const rig = setUp(consistent);
    const { instanceId } = await launch(rig, { ClientToken: 'slot-1' });
    await expect(launch(rig, { ClientToken: 'slot-1', EbsOptimized: true })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
    const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: rig.topology.zones[1]?.publicSubnetId }];
    const elsewhere = await launch(rig, { ClientToken: 'slot-1', NetworkInterfaces });
    expect(elsewhere.instanceId).not.toBe(instanceId);
  });

  test('of a failed launch may be used again', async () => {
    const rig = setUp(consistent);
    const shortage = rig.sim.withoutCapacity('t4g.nano', rig.zone.name);
    await expect(launch(rig, { ClientToken: 'slot-1' })).rejects.toMatchObject({
      name: 'InsufficientInstanceCapacity',
    });
    shortage.restore();
    await expect(launch(rig, { ClientToken: 'slot-1' })).resolves.toBeDefined();
  });

  test('creates one interface', async () => {
    const rig = setUp(consistent);
    const input = { SubnetId: rig.zone.publicSubnetId, ClientToken: 'eni-1' };
    const create = () => rig.run(rig.ec2.send(new CreateNetworkInterfaceCommand(input)));
    const id = (await create()).NetworkInterface?.NetworkInterfaceId;
    expect((await create()).NetworkInterface?.NetworkInterfaceId).toBe(id);
    const mismatch = new CreateNetworkInterfaceCommand({ ...input, Description: 'other' });
    await expect(rig.run(rig.ec2.send(mismatch))).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
  });
});

describe('a launch is refused', () => {
  const refusals: [string, (rig: Rig) => Parameters<typeof launch>[1], string][] = [
    ['for a malformed image id', () => ({ ImageId: 'ami-xyz' }), 'InvalidAMIID.Malformed'],
    ['for an unknown image', () => ({ ImageId: 'ami-0123456789abcdef0' }), 'InvalidAMIID.NotFound'],
    ['for an unknown type', () => ({ InstanceType: 't2.micro' }), 'InvalidParameterValue'],
    ['for the wrong architecture', () => ({ InstanceType: 't3.nano' }), 'InvalidParameterValue'],
    ['for user data that is not base64', () => ({ UserData: '#!/bin/sh' }), 'InvalidUserData.Malformed'],
    [
      'for more than 16 KB of user data',
      () => ({ UserData: Buffer.alloc(16_385).toString('base64') }),
      'InvalidParameterValue',
    ],
    [
      'for a subnet beside an interface',
      (rig) => ({ SubnetId: rig.zone.publicSubnetId }),
      'InvalidParameterCombination',
    ],
    [
      'for an unknown group',
      (rig) => ({
        NetworkInterfaces: [
          { DeviceIndex: 0, SubnetId: rig.zone.publicSubnetId, Groups: ['sg-0123456789abcdef0'] },
        ],
      }),
      'InvalidGroup.NotFound',
    ],
    [
      'for an unknown subnet',
      () => ({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: 'subnet-0123456789abcdef0' }] }),
      'InvalidSubnetID.NotFound',
    ],
    ['for a malformed profile', () => ({ IamInstanceProfile: { Arn: 'profile' } }), 'InvalidParameterValue'],
    ['for what is not simulated', () => ({ KeyName: 'key' }), 'NotSimulated'],
    ['for two instances at a time', () => ({ MaxCount: 2 }), 'NotSimulated'],
    ['for a token that is too long', () => ({ ClientToken: 'x'.repeat(65) }), 'InvalidParameterValue'],
  ];

  test.each(refusals)('%s', async (_, changes, code) => {
    const rig = setUp();
    await expect(launch(rig, changes(rig))).rejects.toMatchObject({ name: code });
    const all = await rig.run(rig.ec2.send(new DescribeInstancesCommand({})));
    expect(all.Reservations).toEqual([]);
  });

  test('where capacity is short: a server error of HTTP 500, as the SDK throws it', async () => {
    const rig = setUp();
    rig.sim.withoutCapacity('t4g.nano', 'eu-central-1a');
    const error: unknown = await launch(rig).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EC2ServiceException);
    expect(error).toMatchObject({
      name: 'InsufficientInstanceCapacity',
      Code: 'InsufficientInstanceCapacity',
      $fault: 'server',
      $metadata: { httpStatusCode: 500 },
      message: expect.stringContaining(
        'sufficient t4g.nano capacity in the Availability Zone you requested (eu-central-1a)',
      ),
    });
    await expect(launch(rig, { InstanceType: 't4g.micro' })).resolves.toBeDefined();
  });

  test('where the type is not offered', async () => {
    const rig = setUp();
    rig.sim.notOffered('t4g.nano', 'eu-central-1a');
    await expect(launch(rig)).rejects.toMatchObject({ name: 'Unsupported', $fault: 'client' });
  });

  test('when the image is gone though it is still listed', async () => {
    const rig = setUp();
    rig.sim.imageGoneButListed(rig.topology.imageIds[arm64Image] ?? '');
    await expect(launch(rig)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });
});

import {
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import {
  createInterfaceId,
  instanceOf,
  interfaceOf,
  launch,
  launchId,
  launchInput,
  launchOnInterface,
  tagRecord,
  tagsOf,
  untilState,
} from './asking.ts';
import type { Contract } from './contract.ts';
import { outcomeOf, present, type Subject } from './subject.ts';

const token = (subject: Subject) => `${subject.stack}-launch-1`;

/** A launch as the controller makes it for a planned replacement, with everything that it sends. */
function fullLaunch(subject: Subject) {
  const { publicSubnetId, securityGroupId } = subject.vpc;
  const Tags = tagsOf(subject);
  return launch(subject, {
    ClientToken: token(subject),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: publicSubnetId,
        Groups: [securityGroupId],
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true,
      },
    ],
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { Encrypted: true, VolumeType: 'gp3', VolumeSize: 8, DeleteOnTermination: true },
      },
    ],
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    MaintenanceOptions: { AutoRecovery: 'disabled' },
    InstanceInitiatedShutdownBehavior: 'terminate',
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
      { ResourceType: 'network-interface', Tags },
    ],
  });
}

export function launchChecks(contract: Contract): void {
  launchesThatWork(contract);
  launchesFromSpot(contract);
  launchesThatAreRefused(contract);
  repeatedLaunches(contract);
}

function launchesThatWork({ check, diverging }: Contract): void {
  check('takes an interface that is there already', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    const launched = await launch(subject, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId }] });
    expect(launched.State?.Name).toBe('pending');
    expect(launched.NetworkInterfaces?.map((one) => one.NetworkInterfaceId)).toEqual([NetworkInterfaceId]);
    const id = present(launched.InstanceId, 'instance id');
    expect((await untilState(subject, id, 'running')).State?.Name).toBe('running');
    expect(await interfaceOf(subject, NetworkInterfaceId)).toMatchObject({
      Status: 'in-use',
      Attachment: { InstanceId: id, DeviceIndex: 0, DeleteOnTermination: false },
    });
  });

  check('makes an interface with a public address of its own', async (subject) => {
    const launched = await fullLaunch(subject);
    const instance = await untilState(subject, present(launched.InstanceId, 'instance id'), 'running');
    expect(instance.PublicIpAddress).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    const eni = present(launched.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'interface id');
    const made = await interfaceOf(subject, eni);
    expect(made).toMatchObject({
      SubnetId: subject.vpc.publicSubnetId,
      SourceDestCheck: true,
      Attachment: { DeleteOnTermination: true },
    });
    expect(made.Groups?.map((group) => group.GroupId)).toEqual([subject.vpc.securityGroupId]);
    expect(made.Association?.AllocationId).toBeUndefined();
  });

  check('shows its tags, its token, its architecture and what it says about metadata', async (subject) => {
    const instance = await instanceOf(
      subject,
      present((await fullLaunch(subject)).InstanceId, 'instance id'),
    );
    expect(tagRecord(instance.Tags)).toEqual(tagRecord(tagsOf(subject)));
    expect(instance).toMatchObject({ ClientToken: token(subject), Architecture: 'arm64' });
    expect(instance.MetadataOptions).toMatchObject({ HttpTokens: 'required', HttpEndpoint: 'enabled' });
  });

  diverging('launch-tags-interface', async (subject) => {
    const launched = await fullLaunch(subject);
    const eni = present(launched.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'interface id');
    return tagRecord((await interfaceOf(subject, eni)).TagSet)['phoenat:zone'] ?? 'no tag';
  });

  diverging('launch-interface-deleted-by-default', async (subject) => {
    const launched = await launch(subject);
    const eni = present(launched.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'interface id');
    return (await interfaceOf(subject, eni)).Attachment?.DeleteOnTermination;
  });

  diverging('instance-shows-groups', async (subject) => {
    const { instanceId } = await launchOnInterface(subject);
    const [group] = (await instanceOf(subject, instanceId)).SecurityGroups ?? [];
    return group?.GroupId === subject.vpc.securityGroupId ? 'those of the interface' : 'none';
  });

  diverging('auto-recovery-kept', async (subject) => {
    const id = present((await fullLaunch(subject)).InstanceId, 'instance id');
    return (await instanceOf(subject, id)).MaintenanceOptions?.AutoRecovery ?? 'not told';
  });

  diverging('boot-takes-time', async (subject) => {
    return (await instanceOf(subject, await launchId(subject))).State?.Name;
  });
}

const spotOnce = {
  MarketType: 'spot',
  SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
} as const;

/** A launch as the controller makes it where Spot is asked for first. */
function spotLaunchInput(subject: Subject, changes: Partial<RunInstancesCommandInput> = {}) {
  const Tags = tagsOf(subject);
  return launchInput(subject, {
    InstanceMarketOptions: spotOnce,
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'spot-instances-request', Tags },
    ],
    ...changes,
  });
}

/**
 * moto labels an instance as one from Spot capacity, and no more: it makes no request, refuses none (capacity, price,
 * quota, no role for Spot), warns of no interruption, recommends no rebalance and takes nothing back. Of all that, what
 * the simulator does rests on AWS's documents alone.
 */
function launchesFromSpot({ check, diverging }: Contract): void {
  check('says of an instance from Spot capacity that it is one, and of another nothing', async (subject) => {
    const launched = await launch(subject, spotLaunchInput(subject));
    expect(launched.InstanceLifecycle).toBe('spot');
    const spot = await instanceOf(subject, present(launched.InstanceId, 'instance id'));
    expect(spot.InstanceLifecycle).toBe('spot');
    expect(tagRecord(spot.Tags)).toEqual(tagRecord(tagsOf(subject)));
    const other = await launch(subject);
    expect(other.InstanceLifecycle).toBeUndefined();
    const shown = await instanceOf(subject, present(other.InstanceId, 'instance id'));
    expect(shown.InstanceLifecycle).toBeUndefined();
  });

  check('takes Spot on an interface that is there already, and says so until the end', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId }];
    const id = await launchId(subject, spotLaunchInput(subject, { NetworkInterfaces }));
    expect((await untilState(subject, id, 'running')).InstanceLifecycle).toBe('spot');
    await subject.run(subject.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
    expect((await untilState(subject, id, 'terminated')).InstanceLifecycle).toBe('spot');
  });

  diverging('spot-request-named', async (subject) => {
    const id = await launchId(subject, spotLaunchInput(subject));
    return (await instanceOf(subject, id)).SpotInstanceRequestId === undefined ? 'not named' : 'named';
  });

  diverging('spot-once-and-stopped', async (subject) => {
    const SpotOptions = { ...spotOnce.SpotOptions, InstanceInterruptionBehavior: 'stop' } as const;
    const InstanceMarketOptions = { ...spotOnce, SpotOptions };
    return outcomeOf(launch(subject, spotLaunchInput(subject, { InstanceMarketOptions })));
  });

  diverging('spot-tags-without-spot', async (subject) => {
    const { InstanceMarketOptions: _, ...without } = spotLaunchInput(subject);
    return outcomeOf(launch(subject, without));
  });

  diverging('spot-token-mismatch', async (subject) => {
    await launch(subject, spotLaunchInput(subject, { ClientToken: token(subject) }));
    return outcomeOf(launch(subject, { ClientToken: token(subject) }));
  });
}

function launchesThatAreRefused({ check, diverging }: Contract): void {
  check('is refused for an image that does not exist', async (subject) => {
    const launching = launch(subject, { ImageId: 'ami-0123456789abcdef0' });
    expect(await outcomeOf(launching)).toBe('InvalidAMIID.NotFound');
  });

  check('is refused in a subnet that does not exist', async (subject) => {
    const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: 'subnet-0123456789abcdef0' }];
    expect(await outcomeOf(launch(subject, { NetworkInterfaces }))).toBe('InvalidSubnetID.NotFound');
  });

  check('is refused on an interface that does not exist', async (subject) => {
    const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId: 'eni-0123456789abcdef0' }];
    const outcome = await outcomeOf(launch(subject, { NetworkInterfaces }));
    expect(outcome).toBe('InvalidNetworkInterfaceID.NotFound');
  });

  check('is refused with a subnet beside its interface', async (subject) => {
    const outcome = await outcomeOf(launch(subject, { SubnetId: subject.vpc.publicSubnetId }));
    expect(outcome).toBe('InvalidParameterCombination');
  });

  diverging('launch-on-interface-in-use', async (subject) => {
    const { interfaceId } = await launchOnInterface(subject);
    const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }];
    return outcomeOf(launch(subject, { NetworkInterfaces }));
  });

  diverging('delete-given-interface-on-termination', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    const spec = { DeviceIndex: 0, NetworkInterfaceId, DeleteOnTermination: true };
    return outcomeOf(launch(subject, { NetworkInterfaces: [spec] }));
  });

  diverging('user-data-too-long', async (subject) => {
    return outcomeOf(launch(subject, { UserData: Buffer.alloc(16_385, 'x').toString('base64') }));
  });
}

function repeatedLaunches({ diverging }: Contract): void {
  diverging('launch-token-replayed', async (subject) => {
    const first = await launchId(subject, { ClientToken: token(subject) });
    const second = await launchId(subject, { ClientToken: token(subject) });
    return first === second ? 'the same instance' : 'another instance';
  });

  diverging('launch-token-mismatch', async (subject) => {
    await launch(subject, { ClientToken: token(subject) });
    const other = launchInput(subject, { ClientToken: token(subject), InstanceType: 't4g.micro' });
    return outcomeOf(subject.run(subject.ec2.send(new RunInstancesCommand(other))));
  });
}

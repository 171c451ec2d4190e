import type {
  _InstanceType,
  InstanceMarketOptionsRequest,
  InstanceNetworkInterfaceSpecification,
} from '@aws-sdk/client-ec2';
import type { Effect } from '../core/memory/learn.ts';
import { InvariantViolation } from '../core/model/assert.ts';
import { parseId } from '../core/model/ids.ts';
import { isEndState } from '../core/model/snapshot.ts';
import type { Step } from '../core/model/step.ts';
import { tagKeys } from '../core/model/tags.ts';
import { isWatching } from '../core/neighbours/watch.ts';
import type { Ec2Input } from './api.ts';
import { malformedAnswer } from './ec2-caller.ts';
import { type Ec2Context, lacksTag, ownTags } from './ec2-context.ts';

type LaunchStep = Extract<Step, { kind: 'launch' }>;

/** Launches one instance; a client token that EC2 already knows answers with the original one. */
export async function launch(step: LaunchStep, ec2Context: Ec2Context): Promise<Effect> {
  const answer = await ec2Context.ec2.call('RunInstances', launchInput(step, ec2Context));
  const instance = answer.Instances?.[0];
  const instanceId = parseId('instance', instance?.InstanceId);
  if (instanceId === undefined) {
    throw malformedAnswer('RunInstances', 'the id of an instance');
  }
  const state = instance?.State?.Name;
  const isForeign = lacksTag(instance?.Tags, ec2Context.settings);
  // An instance that has ended is of no use to whoever launched it.
  if (isEndState(state ?? '') || isForeign) {
    return { kind: 'replayed-dead', instanceId, state: isForeign ? 'without our tag' : (state ?? 'unknown') };
  }
  const launchedAt = instance?.LaunchTime?.getTime();
  const interfaceId = parseId('interface', instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId);
  return {
    kind: 'launched',
    instanceId,
    ...(interfaceId === undefined ? {} : { interfaceId }),
    ...(launchedAt === undefined ? {} : { launchedAt }),
  };
}

function launchInput(step: LaunchStep, ec2Context: Ec2Context): Ec2Input<'RunInstances'> {
  const { settings, specHash } = ec2Context;
  const tags = ownTags(step.zone, settings);
  const userData = ec2Context.userData(step);
  // Where the list does not fit in, the instance is told nothing.
  const wasTold = step.others !== undefined && userData !== ec2Context.userData({});
  const told = wasTold ? [{ Key: tagKeys.others, Value: step.others.mark }] : [];
  const instanceTags = [...tags, { Key: tagKeys.spec, Value: specHash }, ...told];
  return {
    ImageId: step.image.id,
    InstanceType: sdkInstanceType(step.instanceType),
    MinCount: 1,
    MaxCount: 1,
    ClientToken: step.clientToken,
    UserData: userData,
    NetworkInterfaces: [networkInterface(step, ec2Context)],
    BlockDeviceMappings: [
      {
        DeviceName: step.image.rootDeviceName,
        Ebs: {
          Encrypted: true,
          VolumeType: 'gp3',
          VolumeSize: settings.volumeGiB,
          DeleteOnTermination: true,
        },
      },
    ],
    MetadataOptions: {
      HttpTokens: 'required',
      HttpEndpoint: 'enabled',
      HttpPutResponseHopLimit: 1,
      // A watch reads there whom it watches.
      ...(isWatching(settings) ? { InstanceMetadataTags: 'enabled' } : {}),
    },
    // EC2's own recovery would bring the old instance back while we replace it.
    MaintenanceOptions: { AutoRecovery: 'disabled' },
    // `shutdown` inside a NAT instance means that it is done with, not that it waits to be started.
    InstanceInitiatedShutdownBehavior: 'terminate',
    ...(step.spot === true ? { InstanceMarketOptions: spotOnce } : {}),
    TagSpecifications: [
      { ResourceType: 'instance', Tags: instanceTags },
      { ResourceType: 'volume', Tags: tags },
      ...(step.spot === true ? [{ ResourceType: 'spot-instances-request' as const, Tags: tags }] : []),
      // Only an interface that the launch itself makes can be tagged by it.
      ...(step.on.kind === 'new-interface'
        ? [{ ResourceType: 'network-interface' as const, Tags: tags }]
        : []),
    ],
    ...(settings.instanceProfileArn === undefined
      ? {}
      : { IamInstanceProfile: { Arn: settings.instanceProfileArn } }),
  };
}

/**
 * A one-time request ends with its instance, which a later launch of ours replaces; a persistent one would launch another by
 * itself. Without a price of ours the on-demand price is the limit (EC2 User Guide, "Spot Instances").
 */
const spotOnce: InstanceMarketOptionsRequest = {
  MarketType: 'spot',
  SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
};

function networkInterface(step: LaunchStep, { settings }: Ec2Context): InstanceNetworkInterfaceSpecification {
  switch (step.on.kind) {
    case 'interface':
      return { DeviceIndex: 0, NetworkInterfaceId: step.on.id };
    case 'new-interface':
      return {
        DeviceIndex: 0,
        SubnetId: step.on.subnetId,
        Groups: [...settings.securityGroupIds],
        // The subnet may not assign addresses, and the candidate must reach the package repositories.
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true,
        ...(step.on.secondary === true ? { SecondaryPrivateIpAddressCount: 1 } : {}),
      };
    case 'created':
      throw new InvariantViolation('the interface to launch on was never made');
  }
}

/** The SDK's list of types is as old as the SDK; EC2 knows better, and refuses what it does not know. */
function sdkInstanceType(name: string): _InstanceType {
  return name as _InstanceType;
}

import { gunzipSync } from 'node:zlib';
import type { InstanceNetworkInterfaceSpecification } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { type DurationMs, secondMs } from '../../../shared/core/model/time.ts';
import { awsError, NotSimulated } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import { begin } from '../lifecycle.ts';
import type { InterfaceRecord, Launch, SubnetRecord, Tags } from '../records.ts';
import { availabilityZoneIn, newId, newPlainId, type Region } from '../region.ts';
import { fail, findGroups, findInterface, findSubnet } from '../resources.ts';
import { once } from '../tokens.ts';
import { findLaunchableImage } from './images.ts';
import { checkCapacity, checkedType, checkSpotCapacity } from './instance-types.ts';
import { describeInstance } from './instances.ts';
import { addInterface, checkRoom } from './network-interfaces.ts';
import { isSpot } from './spot-request.ts';
import { tagsFor } from './tags.ts';

type Input = Ec2Input<'RunInstances'>;

const supported = [
  'ImageId',
  'InstanceType',
  'MinCount',
  'MaxCount',
  'ClientToken',
  'NetworkInterfaces',
  'SubnetId',
  'SecurityGroupIds',
  'UserData',
  'TagSpecifications',
  'IamInstanceProfile',
  'MetadataOptions',
  'MaintenanceOptions',
  'BlockDeviceMappings',
  'CreditSpecification',
  'InstanceInitiatedShutdownBehavior',
  'InstanceMarketOptions',
  'Placement',
  'Monitoring',
  'EbsOptimized',
];

/** What gives the launch its place: an interface that is there already, or one to be made. */
type Nic =
  | { readonly kind: 'given'; readonly record: InterfaceRecord; readonly subnet: SubnetRecord }
  | {
      readonly kind: 'new';
      readonly subnet: SubnetRecord;
      readonly groupIds: readonly string[];
      readonly description: string;
      readonly deleteOnTermination: boolean;
      readonly publicIp: boolean;
      readonly secondaryCount: number;
    };

/**
 * Launches one instance. Tokens are zonal: the same token in another zone launches a second instance; in the same zone
 * it gives the first one again, whatever its state.
 */
export function runInstances(region: Region, input: Input): Ec2Output<'RunInstances'> {
  checkShape(input);
  const subnet = subnetOf(region, input);
  const { ClientToken, ...parameters } = input;
  const scope = `RunInstances ${availabilityZoneIn(region, subnet.availabilityZone)}`;
  const id = once(region, scope, ClientToken, parameters, () => launch(region, input));
  const instance =
    region.store.instances.current.get(id) ?? fail(new Error(`${id} was launched but is gone`));
  if (instance.state === 'terminated' && region.behaviour.tokenOfTerminated === 'error') {
    throw awsError(
      'IdempotentInstanceTerminated',
      'The client token you have provided is associated with a terminated instance. Please use a different client token.',
    );
  }
  return {
    ReservationId: instance.reservationId,
    OwnerId: region.accountId,
    Groups: [],
    Instances: [describeInstance(region, region.store.view('current'), instance)],
  };
}

function checkShape(input: Input): void {
  allowOnly('RunInstances', input, supported);
  allowOnly('RunInstances Placement', input.Placement, ['AvailabilityZone', 'Tenancy']);
  if (input.MinCount === undefined || input.MaxCount === undefined) {
    throw awsError('MissingParameter', 'The request must contain the parameters minCount and maxCount');
  }
  if (input.MinCount !== 1 || input.MaxCount !== 1) {
    throw new NotSimulated('RunInstances: only one instance per call is simulated (MinCount and MaxCount 1)');
  }
  if ((input.NetworkInterfaces?.length ?? 0) > 1) {
    throw new NotSimulated('RunInstances: more than one network interface is not simulated');
  }
  checkUserData(input.UserData);
  const profile = input.IamInstanceProfile?.Arn;
  if (profile !== undefined && !/^arn:aws[a-z-]*:iam::\d{12}:instance-profile\/.+$/.test(profile)) {
    throw awsError(
      'InvalidParameterValue',
      `Value (${profile}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
    );
  }
}

/** At most 16 KB before base64 (EC2 User Guide, "user data"); the SDK sends it as it is. */
function checkUserData(userData: string | undefined): void {
  if (userData === undefined) return;
  const decoded = Buffer.from(userData, 'base64');
  if (decoded.toString('base64') !== userData) {
    throw awsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  if (decoded.length > 16_384) {
    throw awsError('InvalidParameterValue', 'User data is limited to 16384 bytes');
  }
}

/** Its boot files read these lines of theirs (infra/nat-env.ts). */
function cidrsIn(userData: string | undefined, name: 'OTHER_CIDRS' | 'NAT_CIDRS'): readonly string[] {
  const line = new RegExp(`^ *${name}="([^"]*)"$`, 'm').exec(textOf(userData));
  return line?.[1]?.split(' ').filter(Boolean) ?? [];
}

/** Somebody could have its traffic at once. */
function isLookedAfter(userData: string | undefined): boolean {
  return cidrsIn(userData, 'OTHER_CIDRS').length > 0 || /^ *STANDBY=1$/m.test(textOf(userData));
}

function handOverIn(userData: string | undefined): DurationMs {
  return Number(/^ *HAND_OVER_SECONDS=(\d+)$/m.exec(textOf(userData))?.[1] ?? 0) * secondMs;
}

function textOf(userData = ''): string {
  const raw = Buffer.from(userData, 'base64');
  return (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString();
}

function subnetOf(region: Region, input: Input): SubnetRecord {
  const nic = input.NetworkInterfaces?.[0];
  if (nic === undefined) return findSubnet(region, input.SubnetId);
  if (input.SubnetId !== undefined || input.SecurityGroupIds !== undefined) {
    const what = input.SubnetId === undefined ? 'security groups' : 'subnet ID';
    throw awsError(
      'InvalidParameterCombination',
      `Network interfaces and an instance-level ${what} may not be specified on the same request`,
    );
  }
  return findSubnet(
    region,
    nic.NetworkInterfaceId === undefined
      ? nic.SubnetId
      : findInterface(region, nic.NetworkInterfaceId).subnetId,
  );
}

function launch(region: Region, input: Input): string {
  const image = findLaunchableImage(region, input.ImageId);
  const type = checkedType(input.InstanceType, image.architecture);
  const nic = checkedNic(region, input);
  const zone = availabilityZoneIn(region, nic.subnet.availabilityZone);
  const placed = input.Placement?.AvailabilityZone;
  if (placed !== undefined && placed !== zone) {
    throw awsError(
      'InvalidParameterCombination',
      `The subnet is in ${zone}, the placement asks for ${placed}`,
    );
  }
  const types = ['instance', 'volume', 'network-interface', 'spot-instances-request'];
  const tags = tagsFor('RunInstances', input.TagSpecifications, types);
  checkRoom(type, 1 + (nic.kind === 'new' ? nic.secondaryCount : nic.record.secondaryIps.length));
  if (isSpot(input)) checkSpotCapacity(region, type, zone);
  checkCapacity(region, type, zone);
  const id = newId(region, 'instance');
  attach(region, id, nic, tags['network-interface'] ?? {});
  begin(region, {
    id,
    reservationId: newPlainId(region, 'r'),
    launch: launchOf(region, input, { image, type, subnet: nic.subnet }),
    state: 'pending',
    stateSince: region.clock.now(),
    launchedAt: region.clock.now(),
    booted: false,
    console: [],
    impairments: [],
    scheduledEvents: [],
    tags: tags['instance'] ?? {},
  });
  return id;
}

type Place = {
  readonly image: ReturnType<typeof findLaunchableImage>;
  readonly type: string;
  readonly subnet: SubnetRecord;
};

function launchOf(region: Region, input: Input, { image, type, subnet }: Place): Launch {
  const profileArn =
    input.IamInstanceProfile?.Arn ??
    (input.IamInstanceProfile?.Name &&
      `arn:aws:iam::${region.accountId}:instance-profile/${input.IamInstanceProfile.Name}`);
  return {
    imageId: image.id,
    instanceType: type,
    architecture: image.architecture,
    rootDeviceName: image.rootDeviceName,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    availabilityZone: subnet.availabilityZone,
    ...(input.ClientToken !== undefined && { clientToken: input.ClientToken }),
    ...(profileArn && { profileArn }),
    httpTokens: input.MetadataOptions?.HttpTokens ?? (image.imdsV2Only ? 'required' : 'optional'),
    autoRecovery: input.MaintenanceOptions?.AutoRecovery ?? 'default',
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    ...(input.UserData !== undefined && { userData: input.UserData }),
    madeForNat: input.UserData !== undefined || /-nat-/.test(`-${image.name}-`),
    otherCidrs: cidrsIn(input.UserData, 'OTHER_CIDRS'),
    natCidrs: cidrsIn(input.UserData, 'NAT_CIDRS'),
    handOverMs: handOverIn(input.UserData),
    asksClients: /^ *KEEP_CONNECTIONS=all$/m.test(textOf(input.UserData)),
    isLookedAfter: isLookedAfter(input.UserData),
    spot: isSpot(input),
    volumeId: newPlainId(region, 'vol'),
    encryptedVolume: input.BlockDeviceMappings?.some((device) => device.Ebs?.Encrypted === true) ?? false,
  };
}

function checkedNic(region: Region, input: Input): Nic {
  const spec = input.NetworkInterfaces?.[0];
  if (spec === undefined) {
    const subnet = findSubnet(region, input.SubnetId);
    const groups = findGroups(region, input.SecurityGroupIds, subnet.vpcId);
    const publicIp = subnet.mapPublicIpOnLaunch;
    const groupIds = groups.map((group) => group.id);
    const plain = { description: '', deleteOnTermination: true, secondaryCount: 0 };
    return { kind: 'new', subnet, groupIds, publicIp, ...plain };
  }
  if (spec.DeviceIndex !== 0) {
    throw awsError(
      'MissingParameter',
      'The request must contain the parameter deviceIndex, 0 for the primary interface',
    );
  }
  return spec.NetworkInterfaceId === undefined ? newNic(region, spec) : givenNic(region, spec);
}

/** An interface that exists brings everything with it, and outlives the instance. */
function givenNic(region: Region, spec: InstanceNetworkInterfaceSpecification): Nic {
  const { DeviceIndex, NetworkInterfaceId, DeleteOnTermination, NetworkCardIndex, ...others } = spec;
  const extra = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (extra !== undefined || DeleteOnTermination === true) {
    const what = extra ?? 'DeleteOnTermination true';
    throw awsError(
      'InvalidParameterCombination',
      `A network interface may not specify both a network interface ID and ${what}`,
    );
  }
  const record = findInterface(region, NetworkInterfaceId);
  if (record.attachment !== undefined) {
    throw awsError('InvalidNetworkInterface.InUse', `Interface: [${record.id}] in use.`);
  }
  return { kind: 'given', record, subnet: findSubnet(region, record.subnetId) };
}

function newNic(region: Region, spec: InstanceNetworkInterfaceSpecification): Nic {
  const known = ['DeviceIndex', 'SubnetId', 'Groups', 'AssociatePublicIpAddress', 'DeleteOnTermination'];
  allowOnly('RunInstances NetworkInterfaces', spec, [
    ...known,
    'Description',
    'NetworkCardIndex',
    'SecondaryPrivateIpAddressCount',
  ]);
  const subnet = findSubnet(region, spec.SubnetId);
  return {
    kind: 'new',
    subnet,
    groupIds: findGroups(region, spec.Groups, subnet.vpcId).map((group) => group.id),
    description: spec.Description ?? '',
    deleteOnTermination: spec.DeleteOnTermination ?? true,
    publicIp: spec.AssociatePublicIpAddress ?? subnet.mapPublicIpOnLaunch,
    secondaryCount: spec.SecondaryPrivateIpAddressCount ?? 0,
  };
}

function attach(region: Region, instanceId: string, nic: Nic, tags: Tags): void {
  const { clock, store } = region;
  const record =
    nic.kind === 'given'
      ? nic.record
      : addInterface(region, {
          subnetId: nic.subnet.id,
          groupIds: nic.groupIds,
          description: nic.description,
          tags,
          secondaryCount: nic.secondaryCount,
          wantsOwnPublicAddress: nic.publicIp,
        });
  const attachment = {
    id: newPlainId(region, 'eni-attach'),
    instanceId,
    deviceIndex: 0,
    deleteOnTermination: nic.kind === 'new' && nic.deleteOnTermination,
    attachedAt: clock.now(),
  };
  store.interfaces.update(record.id, (present) => ({ ...present, attachment }));
}

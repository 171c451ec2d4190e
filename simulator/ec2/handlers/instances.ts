import {
  _InstanceType,
  type InstanceState as Ec2State,
  type Instance,
  type InstanceNetworkInterface,
} from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import type { InstanceState } from '../../../shared/core/model/snapshot.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import { terminate } from '../lifecycle.ts';
import type { InstanceRecord, InterfaceRecord } from '../records.ts';
import { availabilityZoneIn, type Region } from '../region.ts';
import { findInstance, isListed, primaryInterface, unknownId } from '../resources.ts';
import type { Lookup, View } from '../store.ts';
import { describePage, type PagedKind, tagList } from './describe.ts';
import { describeInterface, groupsOf, publicSide } from './network-interfaces.ts';
import { instanceTags } from './tags.ts';

const codeOfState: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

const ec2InstanceType = new Map<string, _InstanceType>(
  Object.values(_InstanceType).map((type) => [type, type]),
);

export function ec2State(state: InstanceState): Ec2State {
  return { Code: codeOfState[state], Name: state };
}

/** @throws InvalidInstanceID.NotFound for an unknown id that was named: the whole call fails. */
export function describeInstances(
  region: Region,
  input: Ec2Input<'DescribeInstances'>,
): Ec2Output<'DescribeInstances'> {
  allowOnly('DescribeInstances', input, ['InstanceIds', 'Filters', 'MaxResults', 'NextToken']);
  const view = region.store.view('described');
  const asked = { ...input, ids: input.InstanceIds };
  const { items, ...next } = describePage(region, kindIn(region), listedIn(region, view), asked);
  const Reservations = items.map((instance) => ({
    ReservationId: instance.reservationId,
    OwnerId: region.accountId,
    Groups: [],
    Instances: [describeInstance(region, view, instance)],
  }));
  return { Reservations, ...next };
}

export const namedInstances = {
  idsParameter: 'instancesSet',
  id: { parameter: 'instanceId', prefix: 'i', unknown: unknownId.instance },
} as const;

function kindIn(region: Region): PagedKind<InstanceRecord> {
  return {
    call: 'DescribeInstances',
    ...namedInstances,
    fields: {
      'instance-id': (instance) => [instance.id],
      'instance-state-name': (instance) => [instance.state],
      'client-token': (instance) => [instance.launch.clientToken],
      // Terminated instances have left their network: neither filter finds them.
      'vpc-id': (instance) => (instance.state === 'terminated' ? [] : [instance.launch.vpcId]),
      'subnet-id': (instance) => (instance.state === 'terminated' ? [] : [instance.launch.subnetId]),
      'image-id': (instance) => [instance.launch.imageId],
      architecture: (instance) => [instance.launch.architecture],
    },
    tagsOf: (instance) => instanceTags(region, instance),
  };
}

export function listedIn(region: Region, view: View): Lookup<InstanceRecord> {
  const listed = (instance: InstanceRecord) => isListed(region, instance);
  return {
    get: (id) => {
      const instance = view.instances.get(id);
      return instance !== undefined && listed(instance) ? instance : undefined;
    },
    all: () => view.instances.all().filter(listed),
  };
}

export function describeInstance(region: Region, view: View, instance: InstanceRecord): Instance {
  const { launch } = instance;
  return {
    InstanceId: instance.id,
    ImageId: launch.imageId,
    InstanceType: ec2InstanceType.get(launch.instanceType),
    Architecture: launch.architecture,
    State: ec2State(instance.state),
    ...(instance.stateReason && {
      StateReason: { Code: instance.stateReason.code, Message: instance.stateReason.message },
      StateTransitionReason: transitionReason(instance.stateReason),
    }),
    // EC2's launch times have whole seconds.
    LaunchTime: new Date(instance.launchedAt - (instance.launchedAt % secondMs)),
    Placement: {
      AvailabilityZone: availabilityZoneIn(region, launch.availabilityZone),
      GroupName: '',
      Tenancy: 'default',
    },
    ClientToken: launch.clientToken ?? '',
    ...(launch.profileArn && { IamInstanceProfile: { Arn: launch.profileArn } }),
    ...(launch.spot && { InstanceLifecycle: 'spot' as const }),
    MetadataOptions: { State: 'applied', HttpTokens: launch.httpTokens, HttpEndpoint: 'enabled' },
    MaintenanceOptions: { AutoRecovery: launch.autoRecovery },
    EnaSupport: true,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceType: 'ebs',
    RootDeviceName: launch.rootDeviceName,
    Tags: tagList(instanceTags(region, instance)),
    ...networkOf(region, view, instance),
  };
}

/** Only what a user asked for carries its time: "User initiated (2026-11-23 03:00:05 GMT)". */
function transitionReason({ code, message, at }: NonNullable<InstanceRecord['stateReason']>): string {
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return code === 'Client.UserInitiatedShutdown' ? `User initiated (${time} GMT)` : message;
}

function networkOf(region: Region, view: View, instance: InstanceRecord): Instance {
  if (instance.state === 'terminated') {
    return { NetworkInterfaces: [], SecurityGroups: [], BlockDeviceMappings: [] };
  }
  const { launch } = instance;
  const primary = primaryInterface(view.interfaces.all(), instance.id);
  const common: Instance = {
    VpcId: launch.vpcId,
    SubnetId: launch.subnetId,
    BlockDeviceMappings: [
      { DeviceName: launch.rootDeviceName, Ebs: { VolumeId: launch.volumeId, DeleteOnTermination: true } },
    ],
    NetworkInterfaces: [],
  };
  if (primary === undefined) return common;
  const publicIp = publicSide(region, view, primary).Association?.PublicIp;
  return {
    ...common,
    PrivateIpAddress: primary.privateIp,
    ...(publicIp && { PublicIpAddress: publicIp }),
    SourceDestCheck: primary.sourceDestCheck,
    SecurityGroups: groupsOf(region, primary),
    NetworkInterfaces: view.interfaces
      .all()
      .filter((record) => record.attachment?.instanceId === instance.id)
      .map((record) => asSeenFromInstance(region, view, record)),
  };
}

function asSeenFromInstance(region: Region, view: View, record: InterfaceRecord): InstanceNetworkInterface {
  const { Attachment, Association, ...full } = describeInterface(region, view, record);
  const { TagSet, AvailabilityZone, RequesterManaged, ...shown } = full;
  const { InstanceId, InstanceOwnerId, ...attachment } = Attachment ?? {};
  return {
    ...shown,
    Attachment: attachment,
    ...(Association && { Association: { IpOwnerId: Association.IpOwnerId, PublicIp: Association.PublicIp } }),
  };
}

/** Idempotent; one unknown id fails the whole call. */
export function terminateInstances(
  region: Region,
  input: Ec2Input<'TerminateInstances'>,
): Ec2Output<'TerminateInstances'> {
  allowOnly('TerminateInstances', input, ['InstanceIds', 'SkipOsShutdown']);
  const instances = (input.InstanceIds ?? []).map((id) => findInstance(region, id));
  if (instances.length === 0) {
    throw awsError('MissingParameter', 'The request must contain the parameter instancesSet');
  }
  const TerminatingInstances = instances.map(({ id, state }) => {
    terminate(region, id, 'Client.UserInitiatedShutdown: User initiated shutdown', input.SkipOsShutdown);
    const now = region.store.instances.current.get(id)?.state ?? state;
    return { InstanceId: id, PreviousState: ec2State(state), CurrentState: ec2State(now) };
  });
  return { TerminatingInstances };
}

import type { AllocationId, InstanceId, InterfaceId } from '../shared/core/model/ids.ts';
import { hourMs } from '../shared/core/model/time.ts';
import { newId, newPlainId, newPrivateIp, newPublicIp } from './ec2/cloud.ts';
import type { Ec2Simulator } from './ec2/ec2-simulator.ts';
import type { InterfaceRecord } from './ec2/records.ts';
import type { Topology } from './topology.ts';

/** An Elastic IP that belongs to somebody else's work in the same account. */
export function addAddress(sim: Ec2Simulator, tags: Readonly<Record<string, string>> = {}): AllocationId {
  const id = newId(sim.cloud, 'allocation');
  sim.cloud.store.addresses.seed({ id, publicIp: newPublicIp(sim.cloud), tags });
  return id;
}

export type ForeignInstance = { readonly instanceId: InstanceId; readonly interfaceId: InterfaceId };

/** A running, booted instance that the controller did not launch, for example a hand-made NAT or a bystander. */
export function addForeignInstance(
  sim: Ec2Simulator,
  topology: Topology,
  subnetId: string,
  tags: Readonly<Record<string, string>> = {},
): ForeignInstance {
  const { cloud } = sim;
  const interfaceId = addForeignInterface(sim, topology, subnetId, tags);
  const record = cloud.store.interfaces.current.get(interfaceId);
  const image = cloud.store.images.current.all().find((candidate) => candidate.architecture === 'arm64');
  if (record === undefined || image === undefined)
    throw new Error('the topology has no arm64 image to launch from');
  const instanceId = newId(cloud, 'instance');
  const since = cloud.clock.now() - hourMs;
  const attachment = { id: newPlainId(cloud, 'eni-attach'), deviceIndex: 0, deleteOnTermination: true };
  cloud.store.interfaces.seed({ ...record, attachment: { ...attachment, instanceId, attachedAt: since } });
  cloud.store.instances.seed({
    id: instanceId,
    reservationId: newPlainId(cloud, 'r'),
    launch: {
      imageId: image.id,
      instanceType: 't4g.nano',
      architecture: 'arm64',
      rootDeviceName: image.rootDeviceName,
      subnetId,
      vpcId: record.vpcId,
      availabilityZone: record.availabilityZone,
      httpTokens: 'required',
      autoRecovery: 'default',
      shutdownBehavior: 'stop',
      madeForNat: true,
      spot: false,
      volumeId: newPlainId(cloud, 'vol'),
      encryptedVolume: false,
    },
    state: 'running',
    stateSince: since,
    launchedAt: since,
    runningSince: since,
    booted: true,
    forwardingBroken: false,
    console: [],
    impairments: [],
    scheduledEvents: [],
    tags,
  });
  return { instanceId, interfaceId };
}

/** An unattached interface that the controller did not create. */
export function addForeignInterface(
  sim: Ec2Simulator,
  topology: Topology,
  subnetId: string,
  tags: Readonly<Record<string, string>> = {},
): InterfaceId {
  const { cloud } = sim;
  const subnet = cloud.store.subnets.current.get(subnetId);
  if (subnet === undefined) throw new Error(`the simulated account has no ${subnetId}`);
  const id = newId(cloud, 'interface');
  const record: InterfaceRecord = {
    id,
    vpcId: subnet.vpcId,
    subnetId,
    availabilityZone: subnet.availabilityZone,
    privateIp: newPrivateIp(cloud, subnet.cidr, subnetId),
    groupIds: [topology.defaultSecurityGroupId],
    description: '',
    sourceDestCheck: true,
    wantsOwnPublicAddress: false,
    tags,
  };
  cloud.store.interfaces.seed(record);
  return id;
}

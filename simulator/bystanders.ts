import type { AllocationId, InstanceId, InterfaceId } from '../shared/core/model/ids.ts';
import { hourMs } from '../shared/core/model/time.ts';
import type { Ec2Simulator } from './ec2/ec2-simulator.ts';
import type { InterfaceRecord } from './ec2/records.ts';
import { newId, newPlainId, newPrivateIps, newPublicIp } from './ec2/region.ts';
import type { Topology } from './topology.ts';

/** An Elastic IP that belongs to somebody else's work in the same account. */
export function addAddress(sim: Ec2Simulator, tags: Readonly<Record<string, string>> = {}): AllocationId {
  const id = newId(sim.region, 'allocation');
  sim.region.store.addresses.seed({ id, publicIp: newPublicIp(sim.region), tags });
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
  const { region } = sim;
  const interfaceId = addForeignInterface(sim, topology, subnetId, tags);
  const record = region.store.interfaces.current.get(interfaceId);
  const image = region.store.images.current.all().find((candidate) => candidate.architecture === 'arm64');
  if (record === undefined || image === undefined)
    throw new Error('the topology has no arm64 image to launch from');
  const instanceId = newId(region, 'instance');
  const since = region.clock.now() - hourMs;
  const attachment = { id: newPlainId(region, 'eni-attach'), deviceIndex: 0, deleteOnTermination: true };
  region.store.interfaces.seed({ ...record, attachment: { ...attachment, instanceId, attachedAt: since } });
  region.store.instances.seed({
    id: instanceId,
    reservationId: newPlainId(region, 'r'),
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
      otherCidrs: [],
      natCidrs: [],
      isLookedAfter: false,
      spot: false,
      volumeId: newPlainId(region, 'vol'),
      handOverMs: 0,
      asksClients: false,
      encryptedVolume: false,
    },
    state: 'running',
    stateSince: since,
    launchedAt: since,
    runningSince: since,
    booted: true,
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
  const { region } = sim;
  const subnet = region.store.subnets.current.get(subnetId);
  if (subnet === undefined) throw new Error(`the simulated account has no ${subnetId}`);
  const id = newId(region, 'interface');
  const [privateIp = ''] = newPrivateIps(region, subnet, 1);
  const record: InterfaceRecord = {
    id,
    vpcId: subnet.vpcId,
    subnetId,
    availabilityZone: subnet.availabilityZone,
    privateIp,
    secondaryIps: [],
    groupIds: [topology.defaultSecurityGroupId],
    description: '',
    sourceDestCheck: true,
    wantsOwnPublicAddress: false,
    tags,
  };
  region.store.interfaces.seed(record);
  return id;
}

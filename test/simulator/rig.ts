import { RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { Behaviour } from '../../simulator/behaviour.ts';
import type { SimulatedClient } from '../../simulator/ec2/client.ts';
import { Ec2Simulator } from '../../simulator/ec2/ec2-simulator.ts';
import { buildVpc, type Topology, type VpcOptions, type ZoneTopology } from '../../simulator/topology.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

/** A small world for the simulator's own tests. */
export type Rig = {
  readonly clock: VirtualClock;
  readonly sim: Ec2Simulator;
  readonly topology: Topology;
  readonly zone: ZoneTopology;
  readonly ec2: SimulatedClient;
  /** Moves the clock on until the promise settles. */
  readonly run: <T>(promise: Promise<T>) => Promise<T>;
};

export function setUp(behaviour: Partial<Behaviour> = {}, options: VpcOptions = {}): Rig {
  const clock = new VirtualClock();
  const sim = new Ec2Simulator({ clock, behaviour: { ...nothingToInstall, ...behaviour } });
  const topology = buildVpc(sim, options);
  const [zone] = topology.zones;
  if (zone === undefined) throw new Error('a topology without zones');
  return { clock, sim, topology, zone, ec2: sim.client(), run: (promise) => clock.complete(promise) };
}

const nothingToInstall: Partial<Behaviour> = { installingPackages: { minMs: 0, maxMs: 0 } };

/** Describe calls show every change at once. */
export const consistent: Partial<Behaviour> = { describeLag: { minMs: 0, maxMs: 0 } };

export const arm64Image = 'al2023-ami-2023.12.20260831.0-kernel-6.1-arm64';

export function launchInput(
  { topology, zone }: Rig,
  changes: Partial<RunInstancesCommandInput> = {},
): RunInstancesCommandInput {
  return {
    ImageId: topology.imageIds[arm64Image],
    InstanceType: 't4g.nano',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from('#cloud-config').toString('base64'),
    NetworkInterfaces: [
      { DeviceIndex: 0, SubnetId: zone.publicSubnetId, Groups: [topology.securityGroupId] },
    ],
    ...changes,
  };
}

/** Launches an instance and gives its id and its primary interface's. */
export async function launch(
  rig: Rig,
  changes: Partial<RunInstancesCommandInput> = {},
): Promise<{ readonly instanceId: string; readonly interfaceId: string }> {
  const answer = await rig.run(rig.ec2.send(new RunInstancesCommand(launchInput(rig, changes))));
  const instance = answer.Instances?.[0];
  const instanceId = instance?.InstanceId;
  const interfaceId = instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  if (instanceId === undefined || interfaceId === undefined) throw new Error('the launch named no instance');
  return { instanceId, interfaceId };
}

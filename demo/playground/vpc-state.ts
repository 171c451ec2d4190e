import {
  addressLeftBy,
  defaultTargetOf,
  forwards,
  hasEgress,
  publicAddressOf,
} from '../../simulator/data-plane.ts';
import { routeState } from '../../simulator/ec2/handlers/routes.ts';
import type { InstanceRecord } from '../../simulator/ec2/records.ts';
import type { View } from '../../simulator/ec2/store.ts';
import type { Harness } from '../../simulator/harness/harness.ts';
import type { ZoneTopology } from '../../simulator/topology.ts';
import { interfaceOf } from '../zone-state.ts';

/** The VPC as it truly is at one moment, with the ways that packets take. */
export type VpcState = { readonly zones: readonly VpcZone[] };

export type VpcZone = {
  readonly name: string;
  readonly availabilityZone: string;
  readonly publicIp: string;
  /** The interface that has the Elastic IP. */
  readonly addressOn?: string;
  readonly instances: readonly VpcInstance[];
  readonly subnets: readonly VpcSubnet[];
};

export type VpcInstance = {
  readonly id: string;
  readonly type: string;
  readonly interfaceId?: string;
  /** What keeps it from forwarding; absent where it forwards. */
  readonly why?: string;
  readonly phase: 'starts' | 'runs' | 'ends';
  readonly sourceDestCheck: boolean;
};

export type VpcSubnet = {
  readonly id: string;
  readonly cidr: string;
  readonly tableId?: string;
  readonly route: 'active' | 'blackhole' | 'missing';
  /** The interface, or whatever else, that its default route leads to. */
  readonly target?: string;
  /** The public address that the internet sees; absent where nothing arrives. */
  readonly seenAs?: string;
  /** The public address that packets leave by which are lost beyond the account. */
  readonly lostFrom?: string;
  /** What stands in the way; absent where packets reach the internet and come back. */
  readonly why?: string;
};

export function vpcStateOf(harness: Harness): VpcState {
  const view = harness.sim.region.store.view('current');
  return {
    zones: harness.topology.zones.map((zone, index) => ({
      ...zoneStateOf(harness, view, zone),
      name: harness.settings.zones[index]?.name ?? zone.name,
    })),
  };
}

function zoneStateOf(harness: Harness, view: View, zone: ZoneTopology): Omit<VpcZone, 'name'> {
  const addressOn = view.addresses.get(zone.allocationId)?.association?.interfaceId;
  return {
    availabilityZone: zone.name,
    publicIp: zone.publicIp,
    ...(addressOn === undefined ? {} : { addressOn }),
    instances: view.instances
      .all()
      .filter(({ launch, state }) => launch.subnetId === zone.publicSubnetId && state !== 'terminated')
      .toSorted((a, b) => a.launchedAt - b.launchedAt)
      .map((instance) => instanceStateOf(view, instance)),
    subnets: zone.privateSubnetIds.map((id) => subnetStateOf(harness, view, id)),
  };
}

function instanceStateOf(view: View, instance: InstanceRecord): VpcInstance {
  const forwarding = forwards(instance);
  const own = interfaceOf(view, instance);
  return {
    id: instance.id,
    type: instance.launch.instanceType,
    phase: phaseOf(instance),
    sourceDestCheck: own?.sourceDestCheck ?? false,
    ...(own === undefined ? {} : { interfaceId: own.id }),
    ...(forwarding.ok ? {} : { why: forwarding.why }),
  };
}

function phaseOf({ state, booted }: InstanceRecord): VpcInstance['phase'] {
  if (state === 'pending') return 'starts';
  if (state === 'running') return booted ? 'runs' : 'starts';
  return 'ends';
}

function subnetStateOf({ sim }: Harness, view: View, id: string): VpcSubnet {
  const egress = hasEgress(sim, id);
  const target = defaultTargetOf(sim, id);
  const table = view.routeTables
    .all()
    .find(({ associations }) => associations.some(({ subnetId }) => subnetId === id));
  const seenAs = publicAddressOf(sim, id);
  const lostFrom = egress.ok ? undefined : addressLeftBy(sim, id);
  return {
    id,
    cidr: view.subnets.get(id)?.cidr ?? id,
    route: target === undefined ? 'missing' : routeState(view, target),
    ...(table === undefined ? {} : { tableId: table.id }),
    ...(target === undefined ? {} : { target: target.kind === 'local' ? 'local' : target.id }),
    ...(seenAs === undefined ? {} : { seenAs }),
    ...(lostFrom === undefined ? {} : { lostFrom }),
    ...(egress.ok ? {} : { why: egress.why }),
  };
}

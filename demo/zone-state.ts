import { tagKeys } from '../shared/core/model/tags.ts';
import { hasEgress } from '../simulator/data-plane.ts';
import { routeState } from '../simulator/ec2/handlers/routes.ts';
import type { InstanceRecord, InterfaceRecord, RouteTableRecord } from '../simulator/ec2/records.ts';
import type { View } from '../simulator/ec2/store.ts';
import type { Harness } from '../simulator/harness/harness.ts';
import type { ZoneTopology } from '../simulator/topology.ts';

/** A zone as it truly is at one moment, whatever Describe calls say of it. */
export type ZoneState = {
  readonly zone: string;
  readonly availabilityZone: string;
  readonly instance?: InstanceState;
  readonly networkInterface?: { readonly id: string; readonly sourceDestCheck: boolean };
  /** The Elastic IP, and the interface that has it. */
  readonly address: { readonly publicIp: string; readonly on?: string };
  readonly routes: readonly RouteState[];
  readonly egress: readonly EgressState[];
};

export type InstanceState = {
  readonly id: string;
  readonly state: InstanceRecord['state'];
  readonly instanceType: string;
  readonly image: ImageState;
  /** EC2's checks fail, or will when they next run. */
  readonly impaired: boolean;
  /** Its forwarding is broken, which no status check shows. */
  readonly broken: boolean;
};

export type ImageState = {
  readonly id: string;
  readonly name: string;
  readonly architecture: InstanceRecord['launch']['architecture'];
  /** The day it was made, as YYYY-MM-DD. */
  readonly createdOn: string;
};

export type RouteState = {
  readonly routeTableId: string;
  readonly state: 'active' | 'blackhole' | 'missing';
  readonly target?: string;
  /** Where the route pointed before it was taken over, as the table's tag has it. */
  readonly remembered?: string;
};

export type EgressState = {
  readonly subnetId: string;
  readonly cidr: string;
  readonly ok: boolean;
  readonly why?: string;
};

export function zoneStates(harness: Harness): ZoneState[] {
  return harness.topology.zones.map((zone, index) => ({
    zone: harness.settings.zones[index]?.name ?? zone.name,
    ...zoneState(harness, zone),
  }));
}

function zoneState(harness: Harness, zone: ZoneTopology): Omit<ZoneState, 'zone'> {
  const view = harness.sim.region.store.view('current');
  const address = view.addresses.get(zone.allocationId);
  const on = address?.association?.interfaceId;
  const instance = natInstanceOf(view, zone);
  const networkInterface = interfaceOf(view, instance);
  return {
    availabilityZone: zone.name,
    address: { publicIp: zone.publicIp, ...(on === undefined ? {} : { on }) },
    routes: zone.privateRouteTableIds.flatMap((id) => {
      const table = view.routeTables.get(id);
      return table === undefined ? [] : [routeStateOf(view, table)];
    }),
    egress: zone.privateSubnetIds.map((subnetId) => egressOf(harness, view, subnetId)),
    ...(instance === undefined ? {} : { instance: instanceState(view, instance) }),
    ...(networkInterface === undefined
      ? {}
      : {
          networkInterface: {
            id: networkInterface.id,
            sourceDestCheck: networkInterface.sourceDestCheck,
          },
        }),
  };
}

/** The instance behind the Elastic IP, otherwise the zone's youngest, the living before the dead. */
export function natInstanceOf(view: View, zone: ZoneTopology): InstanceRecord | undefined {
  const on = view.addresses.get(zone.allocationId)?.association?.interfaceId;
  const holder = view.instances.get(view.interfaces.get(on ?? '')?.attachment?.instanceId ?? '');
  const isDead = (instance: InstanceRecord) => Number(instance.state === 'terminated');
  const [youngest] = view.instances
    .all()
    .filter((instance) => instance.launch.subnetId === zone.publicSubnetId)
    .toSorted((a, b) => isDead(a) - isDead(b) || b.launchedAt - a.launchedAt);
  return holder ?? youngest;
}

export function interfaceOf(view: View, instance: InstanceRecord | undefined): InterfaceRecord | undefined {
  return view.interfaces
    .all()
    .find((record) => instance !== undefined && record.attachment?.instanceId === instance.id);
}

function instanceState(view: View, instance: InstanceRecord): InstanceState {
  const { imageId, instanceType } = instance.launch;
  return {
    id: instance.id,
    state: instance.state,
    instanceType,
    image: imageState(view, imageId),
    impaired: instance.impairments.some(({ to }) => to === undefined),
    broken: instance.breakage !== undefined,
  };
}

/** @throws Error where the simulated account has no such image: instances are launched from images that exist. */
function imageState(view: View, id: string): ImageState {
  const image = view.images.get(id);
  if (image === undefined) {
    throw new Error(`the simulated account has no ${id}`);
  }
  const { name, architecture, createdAt } = image;
  return { id, name, architecture, createdOn: new Date(createdAt).toISOString().slice(0, 10) };
}

function routeStateOf(view: View, table: RouteTableRecord): RouteState {
  const remembered = table.tags[tagKeys.remembered];
  const known = {
    routeTableId: table.id,
    ...(remembered === undefined ? {} : { remembered }),
  };
  const route = table.routes.find(({ destination }) => destination === '0.0.0.0/0');
  if (route === undefined) {
    return { ...known, state: 'missing' };
  }
  const target = route.target.kind === 'local' ? 'local' : route.target.id;
  return { ...known, state: routeState(view, route.target), target };
}

function egressOf(harness: Harness, view: View, subnetId: string): EgressState {
  const egress = hasEgress(harness.sim, subnetId);
  const cidr = view.subnets.get(subnetId)?.cidr ?? subnetId;
  return { subnetId, cidr, ok: egress.ok, ...(egress.ok ? {} : { why: egress.why }) };
}

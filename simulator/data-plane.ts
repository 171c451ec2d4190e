import type { DurationMs, EpochMs } from '../shared/core/model/time.ts';
import type { Ec2Simulator } from './ec2/ec2-simulator.ts';
import { isOn } from './ec2/handlers/addresses.ts';
import { routeState } from './ec2/handlers/routes.ts';
import type {
  InstanceRecord,
  InterfaceRecord,
  RouteRecord,
  RouteTableRecord,
  RouteTargetRecord,
  SubnetRecord,
} from './ec2/records.ts';
import type { View } from './ec2/store.ts';

/** Whether a packet from a private subnet reaches the internet and its answer comes back, and if not, why. */
export type Egress =
  | { readonly ok: true }
  /** `isBeyond`: packets leave the account, and are lost behind it. */
  | { readonly ok: false; readonly why: string; readonly isBeyond?: true };

const yes: Egress = { ok: true };
const no = (why: string): Egress => ({ ok: false, why });

export function hasEgress(sim: Ec2Simulator, subnetId: string): Egress {
  const view = sim.region.store.view('current');
  const subnet = view.subnets.get(subnetId);
  if (subnet === undefined) return no(`${subnetId} does not exist`);
  const route = defaultRouteOf(view, subnetId);
  if (route === undefined) return no('no default route');
  if (routeState(view, route) === 'blackhole')
    return no(`the default route is a blackhole (${nameOf(route)})`);
  const override = overrideOf(view, subnetId, route);
  if (override !== undefined) {
    return no(`${override.destination} leads to ${nameOf(override.target)}, past the default route`);
  }
  switch (route.kind) {
    case 'interface':
      return throughInterface(view, route.id, subnet);
    case 'nat-gateway':
      return throughGateway(view, route.id);
    case 'local':
    case 'internet-gateway':
    case 'transit-gateway':
      return no(`the default route leads to ${nameOf(route)}, which does no NAT for a private subnet`);
  }
}

/** Which interface or gateway carries a subnet's traffic at present, whether or not it arrives. */
export function defaultTargetOf(sim: Ec2Simulator, subnetId: string): RouteTargetRecord | undefined {
  return defaultRouteOf(sim.region.store.view('current'), subnetId);
}

/** The public address that the internet sees, if packets arrive there through an interface. */
export function publicAddressOf(sim: Ec2Simulator, subnetId: string): string | undefined {
  return hasEgress(sim, subnetId).ok ? addressLeftBy(sim, subnetId) : undefined;
}

/** The public address that packets leave the account by through an interface, whether or not they are lost behind it. */
export function addressLeftBy(sim: Ec2Simulator, subnetId: string): string | undefined {
  const view = sim.region.store.view('current');
  const target = defaultRouteOf(view, subnetId);
  const egress = hasEgress(sim, subnetId);
  if (target?.kind !== 'interface' || !(egress.ok || egress.isBeyond)) return undefined;
  const record = view.interfaces.get(target.id);
  const subnet = view.subnets.get(subnetId);
  return record && subnet && publicIpOf(view, record, translatedTo(view, record, subnet));
}

function throughInterface(view: View, interfaceId: string, from: SubnetRecord): Egress {
  const record = view.interfaces.get(interfaceId);
  const instance = view.instances.get(record?.attachment?.instanceId ?? '');
  if (record === undefined || instance === undefined) return no(`${interfaceId} has no instance`);
  const forwarding = forwards(instance);
  if (!forwarding.ok) return forwarding;
  if (record.sourceDestCheck) return no(`the source/destination check of ${record.id} is on`);
  return outwards(view, record, translatedTo(view, record, from));
}

/** What the instance's rules make of a client's address: the secondary one for other zones, where they know it. */
function translatedTo(view: View, record: InterfaceRecord, { cidr }: SubnetRecord): string {
  const instance = view.instances.get(record.attachment?.instanceId ?? '');
  const isOfOther = instance?.launch.otherCidrs.includes(cidr) === true;
  return (isOfOther ? instance.standInIp : undefined) ?? record.privateIp;
}

/** Whether the instance itself gets out, whatever becomes of what it forwards. */
export function ownEgress(sim: Ec2Simulator, instanceId: string): Egress {
  const view = sim.region.store.view('current');
  const record = view.interfaces
    .all()
    .find(({ attachment }) => attachment?.instanceId === instanceId && attachment.deviceIndex === 0);
  return record === undefined
    ? no(`${instanceId} has no interface`)
    : outwards(view, record, record.privateIp);
}

/** From one of an interface's private addresses to the internet and back. */
function outwards(view: View, record: InterfaceRecord, privateIp: string): Egress {
  if (publicIpOf(view, record, privateIp) === undefined) {
    const which = privateIp === record.privateIp ? record.id : `${privateIp} of ${record.id}`;
    return no(`${which} has no public address`);
  }
  const outward = defaultRouteOf(view, record.subnetId);
  if (outward?.kind !== 'internet-gateway' || routeState(view, outward) !== 'active') {
    return no(`${record.subnetId} of ${record.id} has no route to an internet gateway`);
  }
  const override = overrideOf(view, record.subnetId, outward);
  if (override !== undefined) {
    return no(`${override.destination} leads to ${nameOf(override.target)}, past the internet gateway`);
  }
  const block = blockOf(view, record.subnetId);
  if (block !== 'off') return no(`VPC Block Public Access (${block}) cuts ${record.subnetId} off`);
  return beyond(view, record.subnetId);
}

/** What nothing in the account has to do with. */
function beyond(view: View, subnetId: string): Egress {
  return view.subnets.get(subnetId)?.upstreamLost === true
    ? { ok: false, why: `upstream of ${subnetId} packets are lost`, isBeyond: true }
    : yes;
}

/** Of the two modes of VPC Block Public Access one lets NAT gateways through (EC2 API Reference, BlockPublicAccessStates). */
function throughGateway(view: View, gatewayId: string): Egress {
  const subnetId = view.natGateways.get(gatewayId)?.subnetId ?? '';
  const block = blockOf(view, subnetId);
  return block === 'block-bidirectional'
    ? no(`VPC Block Public Access (${block}) cuts ${gatewayId} off`)
    : beyond(view, subnetId);
}

function blockOf(view: View, subnetId: string): 'off' | 'block-bidirectional' | 'block-ingress' {
  return view.subnets.get(subnetId)?.internetGatewayBlock ?? 'off';
}

export function forwards(instance: InstanceRecord): Egress {
  const { id } = instance;
  if (instance.state !== 'running' && instance.heldSince === undefined)
    return no(`${id} is ${instance.state}`);
  if (!instance.booted) return no(`${id} is still booting`);
  if (!instance.launch.madeForNat) return no(`${id} was never set up as a NAT: plain image, no user data`);
  const impairment = instance.impairments.find((candidate) => candidate.to === undefined);
  if (impairment?.check === 'system') return no(`the host of ${id} is lost`);
  if (impairment !== undefined) return no(`${id} hangs`);
  if (instance.breakage !== undefined) return no(`${id} does not forward`);
  return yes;
}

function publicIpOf(view: View, record: InterfaceRecord, privateIp: string): string | undefined {
  const elastic = view.addresses.all().find(({ association }) => isOn(association, record, privateIp));
  return elastic?.publicIp ?? (privateIp === record.privateIp ? record.ownPublicIp : undefined);
}

/** A subnet uses the table that it is associated with, otherwise the VPC's main table. */
function effectiveTable(view: View, subnetId: string): RouteTableRecord | undefined {
  const tables = view.routeTables.all();
  const own = tables.find((table) =>
    table.associations.some((association) => association.subnetId === subnetId),
  );
  const vpcId = view.subnets.get(subnetId)?.vpcId;
  return own ?? tables.find((table) => table.main && table.vpcId === vpcId);
}

function defaultRouteOf(view: View, subnetId: string): RouteTargetRecord | undefined {
  return effectiveTable(view, subnetId)?.routes.find((route) => route.destination === '0.0.0.0/0')?.target;
}

/** The longest prefix wins, whether or not what it leads to works (VPC User Guide, "Route priority"). */
function overrideOf(view: View, subnetId: string, target: RouteTargetRecord): RouteRecord | undefined {
  return effectiveTable(view, subnetId)?.routes.find(
    (route) => /\/[1-3]$/.test(route.destination) && nameOf(route.target) !== nameOf(target),
  );
}

function nameOf(target: RouteTargetRecord): string {
  return target.kind === 'local' ? 'local' : target.id;
}

export type Outage = {
  readonly subnetId: string;
  readonly from: EpochMs;
  /** Absent while it lasts. */
  readonly to: EpochMs | undefined;
  /** What stood in the way first, and every later reason with its time. */
  readonly why: string;
  readonly reasons: readonly { readonly at: EpochMs; readonly why: string }[];
};

/** Watches private subnets over virtual time: every change of the account is followed by a look at each of them. */
export class OutageMeter {
  readonly #sim: Ec2Simulator;
  readonly #subnetIds: readonly string[];
  readonly #open = new Map<string, Outage>();
  readonly #closed: Outage[] = [];

  constructor(sim: Ec2Simulator, subnetIds: readonly string[]) {
    this.#sim = sim;
    this.#subnetIds = subnetIds;
    sim.region.store.onChange(() => this.#look());
    this.#look();
  }

  /** In order of their beginning; one that is repaired in the same instant is none. */
  outages(): readonly Outage[] {
    return [...this.#closed, ...this.#open.values()].sort((one, other) => one.from - other.from);
  }

  /** Time without egress, up to now, of one subnet or of all together. */
  outageMs(subnetId?: string): DurationMs {
    const now = this.#sim.region.clock.now();
    return this.outages()
      .filter((outage) => subnetId === undefined || outage.subnetId === subnetId)
      .reduce((sum, outage) => sum + (outage.to ?? now) - outage.from, 0);
  }

  #look(): void {
    for (const subnetId of this.#subnetIds) this.#note(subnetId, hasEgress(this.#sim, subnetId));
  }

  #note(subnetId: string, egress: Egress): void {
    const now = this.#sim.region.clock.now();
    const open = this.#open.get(subnetId);
    if (egress.ok) {
      this.#open.delete(subnetId);
      if (open !== undefined && open.from < now) this.#closed.push({ ...open, to: now });
      return;
    }
    const { why } = egress;
    if (open === undefined) {
      this.#open.set(subnetId, { subnetId, from: now, to: undefined, why, reasons: [{ at: now, why }] });
    } else if (open.reasons.at(-1)?.why !== why) {
      // Reasons of the same instant are steps of one change: the last one is what remains.
      const reasons = [...open.reasons.filter((reason) => reason.at < now), { at: now, why }];
      this.#open.set(subnetId, { ...open, why: reasons[0]?.why ?? why, reasons });
    }
  }
}

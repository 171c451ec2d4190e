import { tagKeys } from '../../../shared/core/model/tags.ts';
import type { EpochMs } from '../../../shared/core/model/time.ts';
import type { Ec2Simulator } from '../../../simulator/ec2/ec2-simulator.ts';
import type { InstanceRecord, InterfaceRecord, RouteTargetRecord } from '../../../simulator/ec2/records.ts';
import { hostPlans } from '../network/address-plan.ts';
import type { Lab } from '../network/lab.ts';
import { NatGateway } from '../network/nat-gateway.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import { internetDevice } from '../network/router.ts';
import type { Metadata } from '../programs/protocol.ts';
import { MirroredNat, type MirrorOptions } from './mirrored-nat.ts';

/**
 * Makes the namespaces be what the simulated account says: after a change of the account, the wanted network is computed
 * from its records, and the difference applied. Routes and addresses that changed together are applied together.
 */
export class RegionMirror {
  readonly #sim: Ec2Simulator;
  readonly #lab: Lab;
  readonly #options: MirrorOptions;
  readonly #lives = new Map<string, MirroredNat>();
  readonly #knownIds = new Set<string>();
  readonly #booting = new Map<string, Promise<void>>();
  readonly #gateways = new Map<string, NatGateway>();
  #changed = true;
  #routes = '';
  #policy = '';
  #failure: unknown;

  constructor(sim: Ec2Simulator, lab: Lab, options: MirrorOptions = {}) {
    this.#sim = sim;
    this.#lab = lab;
    this.#options = options;
    sim.region.store.onChange(() => {
      this.#changed = true;
    });
  }

  /** Applies what has changed. @throws CommandFailed if the network refuses it, now or while an instance was booting. */
  async apply(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#changed) return;
    this.#changed = false;
    await this.#makeGateways();
    await this.#endLives();
    this.#beginLives();
    await this.#changeLives();
    await Promise.all([this.#applyRoutes(), this.#applyPolicy()]);
  }

  /** Waits until no instance is being set up. */
  async settle(): Promise<void> {
    await Promise.all(this.#booting.values());
    await this.apply();
  }

  /** The NAT that stands for a simulated instance. */
  natOf(instanceId: string): NatInstance {
    return this.#lifeOf(instanceId).nat;
  }

  /** Since when packets reach an instance: set up, plugged in. */
  connectedAt(instanceId: string): EpochMs | undefined {
    return this.#lifeOf(instanceId).connectedAt;
  }

  #lifeOf(instanceId: string): MirroredNat {
    const life = this.#lives.get(instanceId);
    if (life === undefined) throw new Error(`no namespace stands for ${instanceId}`);
    return life;
  }

  async #makeGateways(): Promise<void> {
    for (const { id, subnetId } of this.#sim.region.store.natGateways.current.all()) {
      if (this.#gateways.has(id)) continue;
      const cidr = this.#sim.region.store.subnets.current.get(subnetId)?.cidr ?? '';
      this.#gateways.set(id, await NatGateway.create(this.#lab.router, cidr.replace('0/24', '250')));
    }
  }

  /** When EC2 shuts an instance down, its interface forwards nothing any more; nor while it reboots. */
  async #endLives(): Promise<void> {
    for (const [id, life] of this.#lives) {
      const instance = this.#instance(id);
      const reboots = life.connectedAt !== undefined && instance?.booted === false;
      if (isAlive(instance) && !reboots) continue;
      this.#lives.delete(id);
      await life.end();
    }
  }

  /** A namespace is prepared while its instance boots, so that it can be plugged in at the very moment. */
  #beginLives(): void {
    for (const instance of this.#sim.region.store.instances.current.all()) {
      const { id } = instance;
      if (!isAlive(instance) || this.#lives.has(id) || this.#booting.has(id)) continue;
      const record = this.#interfaceOf(id);
      if (record === undefined) continue;
      const addresses = [record.privateIp, ...record.secondaryIps];
      const birth = { instance, addresses, metadata: this.#metadataOf(id), isReboot: this.#knownIds.has(id) };
      this.#knownIds.add(id);
      const boot = MirroredNat.boot(this.#lab, birth, this.#options)
        .then((life) => {
          this.#lives.set(id, life);
        })
        .catch((error: unknown) => {
          this.#failure = error;
        })
        .finally(() => {
          this.#booting.delete(id);
          this.#changed = true;
        });
      this.#booting.set(id, boot);
    }
  }

  async #changeLives(): Promise<void> {
    const now = this.#sim.region.clock.now();
    for (const [id, life] of this.#lives) await life.follow(this.#instance(id), this.#metadataOf(id), now);
  }

  /** What an instance hears of itself (EC2 User Guide, "Instance metadata categories"). */
  #metadataOf(id: string): Metadata {
    const instance = this.#instance(id);
    const record = this.#interfaceOf(id);
    const publicIps = record === undefined ? [] : this.#publicIpsOf(record).map(([publicIp]) => publicIp);
    const { [tagKeys.watch]: watched, [tagKeys.stack]: stack } = instance?.tags ?? {};
    return {
      ...(record && { 'local-ipv4s': [record.privateIp, ...record.secondaryIps].join('\n') }),
      ...(publicIps.length > 0 && { 'public-ipv4s': publicIps.join('\n') }),
      ...(watched !== undefined && { [`tags/instance/${tagKeys.watch}`]: watched }),
      ...(stack !== undefined && { [`tags/instance/${tagKeys.stack}`]: stack }),
      mac: '02:00:00:00:00:01',
      'instance-id': id,
      'placement/region': this.#sim.region.name,
      'services/domain': 'amazonaws.com',
      'iam/security-credentials/': 'lab',
      'iam/security-credentials/lab': '{"AccessKeyId": "lab", "SecretAccessKey": "lab", "Token": "lab"}',
    };
  }

  async #applyRoutes(): Promise<void> {
    const routes = hostPlans.map((plan) => {
      const via = this.#wayTo(this.#defaultTargetOf(`10.0.${plan.third}.0/24`));
      return { plan, ...(via && { via }) };
    });
    const text = JSON.stringify(routes);
    if (text === this.#routes) return;
    this.#routes = text;
    await this.#lab.router.setRoutes(routes);
  }

  async #applyPolicy(): Promise<void> {
    const { interfaces } = this.#sim.region.store;
    const elastic = new Map<string, string>();
    for (const record of interfaces.current.all()) {
      for (const [publicIp, privateIp] of this.#publicIpsOf(record)) elastic.set(publicIp, privateIp);
    }
    for (const [index, { address }] of [...this.#gateways.values()].entries()) {
      elastic.set(`198.51.100.${250 + index}`, address);
    }
    const checked = new Map<string, readonly string[]>();
    const dead = new Set<string>();
    // All of the VPC has one link to the internet: where that is lost, it is lost for every subnet.
    if (this.#sim.region.store.subnets.current.all().some(({ upstreamLost }) => upstreamLost)) {
      dead.add(internetDevice);
    }
    for (const [id, { nat }] of this.#lives) {
      if (this.#interfaceOf(id)?.sourceDestCheck) checked.set(nat.device, nat.addresses);
      if (this.#instance(id)?.impairments.some(({ to }) => to === undefined)) dead.add(nat.device);
    }
    const text = JSON.stringify([[...elastic], [...checked], [...dead]]);
    if (text === this.#policy) return;
    this.#policy = text;
    await this.#lab.setPolicy({ elastic, checked, dead });
  }

  /** What the default route of a private subnet leads to. */
  #defaultTargetOf(cidr: string): RouteTargetRecord | undefined {
    const { subnets, routeTables } = this.#sim.region.store.view('current');
    const subnet = subnets.all().find((candidate) => candidate.cidr === cidr);
    const table = routeTables
      .all()
      .find(({ associations }) => associations.some(({ subnetId }) => subnetId === subnet?.id));
    return table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
  }

  #wayTo(target: RouteTargetRecord | undefined): { address: string; device: string } | undefined {
    if (target?.kind === 'nat-gateway') return this.#gateways.get(target.id);
    if (target?.kind !== 'interface') return undefined;
    const record = this.#sim.region.store.interfaces.current.get(target.id);
    const life = this.#lives.get(record?.attachment?.instanceId ?? '');
    const [address] = life?.nat.addresses ?? [];
    return life?.connectedAt !== undefined && address !== undefined
      ? { address, device: life.nat.device }
      : undefined;
  }

  /** Each with the private address that it stands for. */
  #publicIpsOf({ id, privateIp, ownPublicIp }: InterfaceRecord): readonly (readonly [string, string])[] {
    const elastic = this.#sim.region.store.addresses.current
      .all()
      .flatMap(({ publicIp, association }) =>
        association?.interfaceId === id ? [[publicIp, association.privateIp] as const] : [],
      );
    const isTaken = elastic.some(([, inner]) => inner === privateIp);
    return ownPublicIp === undefined || isTaken ? elastic : [...elastic, [ownPublicIp, privateIp]];
  }

  #instance(id: string): InstanceRecord | undefined {
    return this.#sim.region.store.instances.current.get(id);
  }

  #interfaceOf(instanceId: string): InterfaceRecord | undefined {
    const interfaces = this.#sim.region.store.interfaces.current.all();
    return interfaces.find(({ attachment }) => attachment?.instanceId === instanceId);
  }
}

function isAlive(instance: InstanceRecord | undefined): boolean {
  const { state, heldSince } = instance ?? {};
  return state === 'pending' || state === 'running' || heldSince !== undefined;
}

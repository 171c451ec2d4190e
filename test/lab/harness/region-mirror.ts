import type { Ec2Simulator } from '../../../simulator/ec2/ec2-simulator.ts';
import type { InstanceRecord, InterfaceRecord } from '../../../simulator/ec2/records.ts';
import { hostPlans } from '../network/address-plan.ts';
import type { Lab } from '../network/lab.ts';
import type { NatInstance } from '../network/nat-instance.ts';

type Life = {
  readonly nat: NatInstance;
  connected: boolean;
  forwards: boolean;
};

/**
 * Makes the namespaces be what the simulated account says: after a change of the account, the wanted network is computed
 * from its records, and the difference applied. Routes and addresses that changed together are applied together.
 */
export class RegionMirror {
  readonly #sim: Ec2Simulator;
  readonly #lab: Lab;
  readonly #lives = new Map<string, Life>();
  readonly #booting = new Map<string, Promise<void>>();
  #changed = true;
  #routes = '';
  #policy = '';
  #failure: unknown;

  constructor(sim: Ec2Simulator, lab: Lab) {
    this.#sim = sim;
    this.#lab = lab;
    sim.region.store.onChange(() => {
      this.#changed = true;
    });
  }

  /** Applies what has changed. @throws CommandFailed if the network refuses it, now or while an instance was booting. */
  async apply(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#changed) return;
    this.#changed = false;
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
    const life = this.#lives.get(instanceId);
    if (life === undefined) throw new Error(`no namespace stands for ${instanceId}`);
    return life.nat;
  }

  /** When EC2 shuts an instance down, its interface forwards nothing any more. */
  async #endLives(): Promise<void> {
    for (const [id, { nat }] of this.#lives) {
      if (isAlive(this.#instance(id))) continue;
      this.#lives.delete(id);
      await nat.destroy();
    }
  }

  /** A namespace is prepared while its instance boots, so that it can be plugged in at the very moment. */
  #beginLives(): void {
    for (const instance of this.#sim.region.store.instances.current.all()) {
      const { id } = instance;
      if (!isAlive(instance) || this.#lives.has(id) || this.#booting.has(id)) continue;
      const record = this.#interfaceOf(id);
      if (record === undefined) continue;
      const boot = this.#lab
        .bootNat([record.privateIp])
        .then((nat) => {
          this.#lives.set(id, { nat, connected: false, forwards: true });
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
    for (const [id, life] of this.#lives) {
      const instance = this.#instance(id);
      if (instance?.booted && !life.connected) {
        await life.nat.connect();
        life.connected = true;
      }
      const forwards = instance?.breakage === undefined;
      if (forwards !== life.forwards) {
        life.forwards = forwards;
        await life.nat.setForwarding(forwards);
      }
    }
  }

  async #applyRoutes(): Promise<void> {
    const routes = hostPlans.map((plan) => {
      const life = this.#lifeBehind(this.#defaultTargetOf(`10.0.${plan.third}.0/24`));
      const [address] = life?.nat.addresses ?? [];
      const via = life && address ? { address, device: life.nat.device } : undefined;
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
      const publicIp = this.#publicIpOf(record);
      if (publicIp !== undefined) elastic.set(publicIp, record.privateIp);
    }
    const checked = new Map<string, readonly string[]>();
    const dead = new Set<string>();
    for (const [id, { nat }] of this.#lives) {
      if (this.#interfaceOf(id)?.sourceDestCheck) checked.set(nat.device, nat.addresses);
      if (this.#instance(id)?.impairments.some(({ to }) => to === undefined)) dead.add(nat.device);
    }
    const text = JSON.stringify([[...elastic], [...checked], [...dead]]);
    if (text === this.#policy) return;
    this.#policy = text;
    await this.#lab.setPolicy({ elastic, checked, dead });
  }

  /** Which interface the default route of a private subnet leads to. */
  #defaultTargetOf(cidr: string): string | undefined {
    const { subnets, routeTables } = this.#sim.region.store.view('current');
    const subnet = subnets.all().find((candidate) => candidate.cidr === cidr);
    const table = routeTables
      .all()
      .find(({ associations }) => associations.some(({ subnetId }) => subnetId === subnet?.id));
    const target = table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
    return target?.kind === 'interface' ? target.id : undefined;
  }

  #lifeBehind(interfaceId: string | undefined): Life | undefined {
    if (interfaceId === undefined) return undefined;
    const record = this.#sim.region.store.interfaces.current.get(interfaceId);
    const life = this.#lives.get(record?.attachment?.instanceId ?? '');
    return life?.connected ? life : undefined;
  }

  #publicIpOf(record: InterfaceRecord): string | undefined {
    const addresses = this.#sim.region.store.addresses.current.all();
    const elastic = addresses.find(({ association }) => association?.interfaceId === record.id);
    return elastic?.publicIp ?? record.ownPublicIp;
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
  return instance?.state === 'pending' || instance?.state === 'running';
}

import { tagKeys } from '../../shared/core/model/tags.ts';
import { type EpochMs, secondMs } from '../../shared/core/model/time.ts';
import { ownEgress } from '../data-plane.ts';
import type { Ec2Simulator } from '../ec2/ec2-simulator.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import { AskingWindows } from './asking-windows.ts';
import { WayOut } from './way-out.ts';

/** What comes back from an instance that is asked for its health. */
export type HealthAnswer =
  | { readonly kind: 'answered'; readonly health: object }
  /** `refused`: its system says at once that nobody listens. `silent`: nothing comes back. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent' };

/** The health endpoint of every instance (infra/nat-instance/health.sh), and what an instance keeps for it. */
export class HealthEndpoints {
  readonly #sim: Ec2Simulator;
  /** By instance and boot. */
  readonly #waysOut = new Map<string, WayOut>();
  /** The settings that its user data brought along, which no later tag changes. */
  readonly #specs = new Map<string, string>();
  /** What an instance counts each minute, where its clients ask much of it. */
  readonly minutes = new Map<string, Partial<typeof quietMinute>>();
  readonly windows = new AskingWindows();

  constructor(sim: Ec2Simulator) {
    this.#sim = sim;
    sim.region.store.onChange(() => this.#see());
    this.#see();
  }

  /** At this private address, now. */
  ask(privateIp: string): HealthAnswer {
    const { instances, interfaces } = this.#sim.region.store;
    const attachment = interfaces.current
      .all()
      .find((record) => record.privateIp === privateIp && record.attachment?.deviceIndex === 0)?.attachment;
    const instance = instances.current.get(attachment?.instanceId ?? '');
    const hangs = instance?.impairments.some(({ to }) => to === undefined) === true;
    const isUpright = instance?.state === 'running' || instance?.heldSince !== undefined;
    if (instance?.kernelSince === undefined || !isUpright || hangs) return { kind: 'silent' };
    const now = this.#sim.region.clock.now();
    this.windows.see(this.#sim.region.store, now);
    const isUp = instance.healthSince !== undefined && instance.healthSince <= now;
    return isUp ? { kind: 'answered', health: this.#health(instance, now) } : { kind: 'refused' };
  }

  #see(): void {
    const { store, clock } = this.#sim.region;
    this.windows.see(store, clock.now());
    for (const instance of store.instances.current.all()) {
      if (instance.healthSince === undefined) continue;
      const spec = instance.tags[tagKeys.spec];
      if (spec !== undefined && !this.#specs.has(instance.id)) this.#specs.set(instance.id, spec);
      this.#wayOut(instance)?.see(ownEgress(this.#sim, instance.id).ok, clock.now());
    }
  }

  #wayOut({ id, kernelSince, healthSince, bootedAt }: InstanceRecord): WayOut | undefined {
    if (kernelSince === undefined || healthSince === undefined) return undefined;
    const boot = `${id} ${kernelSince}`;
    const wayOut = this.#waysOut.get(boot) ?? new WayOut(bootedAt ?? healthSince);
    this.#waysOut.set(boot, wayOut);
    return wayOut;
  }

  #health(instance: InstanceRecord, now: EpochMs): object {
    const { booted, breakage, guardRepairs = 0, id, kernelSince = now } = instance;
    const forwarding = booted && breakage?.what !== 'settings' && breakage?.what !== 'boot';
    const rules = booted && breakage?.what !== 'rules' && breakage?.what !== 'boot';
    const wayOut = this.#wayOut(instance);
    const egress = wayOut?.told(now);
    const brokenSince = breakage?.since ?? kernelSince;
    const problems = [
      ...(forwarding ? [] : [problem('forwarding is off', brokenSince, now)]),
      ...(rules ? [] : [problem('nothing is translated: the ruleset is not loaded', brokenSince, now)]),
      ...(rules ? [] : [problem('there is no filter', brokenSince, now)]),
      ...(egress === false ? [problem('this instance has no way to the internet', now, now)] : []),
    ];
    return {
      ok: problems.length === 0,
      ready: forwarding && rules,
      problems,
      forwarding,
      redirects: false,
      masquerade: rules,
      filter: rules,
      nameFilter: null,
      egress: egress ?? null,
      connections: { used: 64, most: 65_536 },
      counters: {},
      lastMinute: now - kernelSince < 2 * 60 * secondMs ? null : { ...quietMinute, ...this.minutes.get(id) },
      boot: milestones(instance, wayOut),
      guard: booted ? { repairs: guardRepairs } : null,
      standIn: (rules ? instance.standInIp : undefined) ?? null,
      handOver: handOverOf(instance, now),
      paging: this.windows.told(instance),
      uptimeSeconds: Math.floor((now - kernelSince) / secondMs),
      spec: this.#specs.get(id) ?? '',
    };
  }
}

/** Of a NAT that has little to do. */
const quietMinute = {
  bytes: 3_000_000,
  packets: 4_000,
  insertFailed: 0,
  dropped: 0,
  stealPercent: 0,
  exceeded: { bw_in: 0, bw_out: 0, pps: 0, conntrack: 0, linklocal: 0 },
};

function problem(what: string, since: EpochMs, now: EpochMs): object {
  return { what, forSeconds: Math.floor((now - since) / secondMs) };
}

function handOverOf({ launch, booted, heldSince }: InstanceRecord, now: EpochMs): object | null {
  if (!booted || launch.handOverMs === 0) return null;
  const held = heldSince === undefined ? {} : { heldForSeconds: Math.floor((now - heldSince) / secondMs) };
  return { atMostSeconds: launch.handOverMs / secondMs, ...held };
}

/** Those that were reached, in seconds since the kernel started. */
function milestones({ kernelSince = 0, healthSince, bootedAt }: InstanceRecord, wayOut?: WayOut): object {
  const at = {
    address: kernelSince + 3 * secondMs,
    health: healthSince,
    rules: bootedAt,
    forwarding: bootedAt,
    egress: wayOut?.firstAt,
  };
  return Object.fromEntries(
    Object.entries(at).flatMap(([name, reachedAt]) =>
      reachedAt === undefined ? [] : [[name, Math.max(0, reachedAt - kernelSince) / secondMs]],
    ),
  );
}

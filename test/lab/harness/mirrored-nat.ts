import type { EpochMs } from '../../../shared/core/model/time.ts';
import type { Breakage, InstanceRecord } from '../../../simulator/ec2/records.ts';
import type { Guard } from '../network/guard.ts';
import type { Lab } from '../network/lab.ts';
import { natEnvIn } from '../network/nat-files.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import type { Metadata } from '../programs/protocol.ts';

export type MirrorOptions = {
  /** Whether the guard runs on every instance. */
  readonly eyes?: boolean;
  /** Where the instances' watches find EventBridge, as `host:port`. */
  readonly eventsAt?: string;
};

/** What a namespace is made of. */
type Birth = {
  readonly instance: InstanceRecord;
  /** Of its interface, the primary one first. */
  readonly addresses: readonly string[];
  readonly metadata: Metadata;
  /** It has run before: what an instance does once in its life is done. */
  readonly isReboot: boolean;
};

/** The namespace of one simulated instance between two of its boots, and what systemd would run on it. */
export class MirroredNat {
  readonly nat: NatInstance;
  /** Since when packets reach it, in the account's time. */
  connectedAt: EpochMs | undefined;
  readonly #env: Readonly<Record<string, string>>;
  readonly #options: MirrorOptions;
  #guard: Guard | undefined;
  #forwards = true;
  #holds = false;
  #metadata: string;

  private constructor(nat: NatInstance, birth: Birth, options: MirrorOptions) {
    this.nat = nat;
    this.#env = envOf(birth);
    this.#metadata = JSON.stringify(birth.metadata);
    this.#options = options;
  }

  /** Nothing reaches it yet. */
  static async boot(lab: Lab, birth: Birth, options: MirrorOptions): Promise<MirroredNat> {
    const env = envOf(birth);
    const asksMetadata = ['OTHER_CIDRS', 'HAND_OVER_SECONDS', 'WATCH'].some((name) => name in env);
    const nat = await lab.bootNat(birth.addresses, env, asksMetadata ? birth.metadata : undefined);
    // The guard's word, the next instance's question for the table, and the neighbour's.
    await nat.serveHealth();
    return new MirroredNat(nat, birth, options);
  }

  /** It becomes what the account says. */
  async follow(instance: InstanceRecord | undefined, metadata: Metadata, now: EpochMs): Promise<void> {
    this.#tell(metadata);
    if (instance?.booted && this.connectedAt === undefined) {
      this.nat.forwardsFromNowOn();
      await this.nat.connect();
      this.connectedAt = now;
      // Not before: what it finds out about its way to the internet holds for some seconds.
      await this.#startUnits();
    }
    // EC2's word for a reboot is that the instance is running.
    if (instance?.heldSince !== undefined) this.#hold(instance.state === 'running');
    const forwards = instance?.breakage === undefined;
    if (forwards !== this.#forwards) {
      this.#forwards = forwards;
      await this.#breakOrMend(instance?.breakage?.what);
    }
  }

  async end(): Promise<void> {
    this.#guard?.stop();
    await this.nat.destroy();
  }

  async #startUnits(): Promise<void> {
    if (this.#options.eyes) this.#guard = this.nat.startGuard();
    if (Number(this.#env['HAND_OVER_SECONDS'] ?? 0) > 0) await this.nat.readyToHandOver();
    // Each ends with the instance, if not before.
    this.#startExtras().catch(() => undefined);
  }

  /** As extras.sh does it. */
  async #startExtras(): Promise<void> {
    const { EXTRAS: hash, WATCH: watch, PREDECESSOR: predecessor } = this.#env;
    const { OTHER_CIDRS: others, STANDBY: standby } = this.#env;
    if (hash !== undefined) await this.nat.receiveExtras(hash);
    const { eventsAt } = this.#options;
    if (watch && eventsAt !== undefined) this.nat.startWatch(eventsAt);
    if (watch && (others || standby)) {
      this.nat.copyTable();
      this.nat.comeHome().catch(() => undefined);
    }
    // Until the traffic has moved.
    if (predecessor !== undefined) await this.nat.takeConnections(predecessor);
  }

  /** When hand-over.sh lets the shutdown go on, so does the operating system. */
  #hold(isReboot: boolean): void {
    if (this.#holds) return;
    this.#holds = true;
    // It may be killed meanwhile, with all of the instance.
    this.nat
      .holdShutdown(isReboot)
      .then(() => this.nat.cutOff())
      .catch(() => undefined);
  }

  #tell(metadata: Metadata): void {
    const text = JSON.stringify(metadata);
    if (text === this.#metadata) return;
    this.#metadata = text;
    this.nat.tellMetadata(metadata);
  }

  /** A guard that the account says does not run is ended: it would put forwarding right. */
  async #breakOrMend(what: Breakage['what'] | undefined): Promise<void> {
    if (what === undefined) {
      await this.nat.setSwallowing(false);
      await this.nat.setForwarding(true);
    } else if (what === 'unseen') {
      await this.nat.setSwallowing(true);
    } else {
      this.#guard?.stop();
      await this.nat.setForwarding(false);
    }
  }
}

/** What its launch wrote into nat.env, but for what happens once in its life. */
function envOf({ instance, isReboot }: Birth): Readonly<Record<string, string>> {
  const { EXTRAS, PREDECESSOR, ...lasting } = natEnvIn(instance.launch.userData);
  return isReboot ? lasting : { ...lasting, ...(EXTRAS && { EXTRAS }), ...(PREDECESSOR && { PREDECESSOR }) };
}

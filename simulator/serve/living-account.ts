import type { Settings } from '../../shared/core/model/settings.ts';
import { type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import { hasEgress, publicAddressOf } from '../data-plane.ts';
import { byDefault } from '../harness/by-default.ts';
import { CommandHarness } from '../harness/command-harness.ts';
import type { Harness, HarnessOptions } from '../harness/harness.ts';

export type LivingOptions = {
  readonly harness?: HarnessOptions;
  /** How many seconds pass in the account while one passes here. Default 1. */
  readonly speed?: number;
  readonly now: () => EpochMs;
};

/** What lasts until it is mended. */
export type Switches = {
  /** Requests are left without an answer. */
  drops: boolean;
  readonly restores: { restore(): void }[];
};

/** Something was done to the account, from outside. */
export type OnNote = (text: string, at: EpochMs) => void;

/** What the stack has lived through before anybody looks: its launches are done, and its alarms are quiet. */
const pastMs = 8 * minuteMs;
/** At most so much of the account's time in one go: after a machine's sleep, requests are answered in between. */
const sliceMs = minuteMs;
/** Between these the catalogue's images are neither unborn nor deprecated. */
const earliest: EpochMs = Date.UTC(2026, 10, 23);
const latest: EpochMs = Date.UTC(2028, 0, 1);

/** A simulated account with one deployed stack that lives in real time, or faster. */
export class LivingAccount {
  readonly command: CommandHarness;
  readonly switches: Switches = { drops: false, restores: [] };
  onNote: OnNote = () => undefined;
  readonly #now: () => EpochMs;
  readonly #speed: number;
  readonly #beganAt: EpochMs;
  readonly #begin: EpochMs;
  #isDriven = false;

  private constructor(command: CommandHarness, { now, speed = 1 }: LivingOptions) {
    this.command = command;
    this.#now = now;
    this.#speed = speed;
    this.#beganAt = now();
    this.#begin = command.clock.now() + pastMs;
  }

  static async open(options: LivingOptions): Promise<LivingAccount> {
    const now = options.now();
    const present = now >= earliest && now < latest ? now : earliest;
    const harness = { probe: 'on', ...options.harness, startAt: present - pastMs } as const;
    const settings: Partial<Settings> = { ...byDefault(harness), ...harness.settings };
    const account = new LivingAccount(new CommandHarness({ ...harness, settings }), options);
    account.harness.goLive();
    await account.harness.clock.runFor(pastMs);
    return account;
  }

  get harness(): Harness {
    return this.command.harness;
  }

  /** What the account's clock should say. */
  present(): EpochMs {
    return this.#begin + (this.#now() - this.#beganAt) * this.#speed;
  }

  /** Lets the time pass that has passed. Does nothing while it is under way. */
  async catchUp(): Promise<void> {
    if (this.#isDriven) return;
    this.#isDriven = true;
    const { clock } = this.harness;
    try {
      await clock.runUntil(Math.min(this.present(), clock.now() + sliceMs));
    } finally {
      this.#isDriven = false;
    }
  }

  note(text: string, at: EpochMs = this.command.clock.now()): void {
    this.onNote(text, at);
  }

  /** The names of the zones with clients. */
  zones(): string[] {
    return this.harness.settings.zones
      .filter(({ standbyFor }) => standbyFor === undefined)
      .map(({ name }) => name);
  }

  /** The zone that the first of these ids that is in one belongs to. */
  zoneOf(ids: readonly string[]): string | undefined {
    const { settings, sim } = this.harness;
    const { instances, interfaces, routeTables, addresses } = sim.region.store;
    const places = ids.flatMap((id) => [
      id,
      instances.current.get(id)?.launch.subnetId ?? '',
      interfaces.current.get(id)?.subnetId ?? '',
      ...(routeTables.current.get(id)?.associations ?? []).map(({ subnetId }) => subnetId),
      ...addresses.current.all().flatMap((record) => (record.association?.id === id ? record.id : [])),
    ]);
    return settings.zones.find(({ publicSubnetId, privateSubnetIds, allocationId }) =>
      [publicSubnetId, ...privateSubnetIds, allocationId].some((id) => places.includes(id)),
    )?.name;
  }

  /** The public address that the internet sees of a machine in the zone's first private subnet, if it gets out. */
  addressFrom(zone: string): string | undefined {
    const { settings, sim, topology } = this.harness;
    const subnetId = settings.zones.find(({ name }) => name === zone)?.privateSubnetIds[0] ?? '';
    if (!hasEgress(sim, subnetId).ok) return undefined;
    const index = settings.zones.findIndex(({ name }) => name === zone);
    return publicAddressOf(sim, subnetId) ?? `the NAT gateway ${topology.zones[index]?.natGatewayId ?? ''}`;
  }
}

import { zoneLetters } from '../../../shared/config/zone-letters.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../../../shared/core/model/time.ts';
import { type Behaviour, packagesFirst } from '../../../simulator/behaviour.ts';
import { addAddress, addForeignInstance, addForeignInterface } from '../../../simulator/bystanders.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import { newId } from '../../../simulator/ec2/region.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';
import { homeOf, settingsNameOf, type ZoneTopology } from '../../../simulator/topology.ts';
import type { Command } from '../schedule/command.ts';
import type { BootImage, Schedule, World } from '../schedule/schedule.ts';

/** What belongs to somebody else in the same account, within reach of every mistake. */
export type Bystanders = {
  readonly instanceId: string;
  readonly interfaceId: string;
  readonly addressId: string;
  /** Another stack of the same product, tagged like ours but for the name. */
  readonly siblingInstanceId: string;
  readonly natGatewayId: string;
  /** A route table without a default route that serves nobody. */
  readonly emptyTableId: string;
};

/** An instance without a role could not tell what it sees. */
const watching = {
  watch: 'on',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
} as const;

const boots: Readonly<Record<BootImage, Partial<Behaviour>>> = {
  'lacks-packages': packagesFirst,
  'rules-first': {},
  'has-everything': { installingPackages: { minMs: 0, maxMs: 0 } },
};

/** What a schedule is played in: the harness, its bystanders, and what is to be undone when the faults end. */
export class Play {
  readonly harness: Harness;
  readonly stack: StackHarness;
  readonly bystanders: Bystanders;
  readonly firstSettings: Settings;
  /** What was done to the account, and when. */
  readonly notes: { readonly at: EpochMs; readonly text: string }[] = [];
  /** The tables whose default route a person has led elsewhere: no deletion can know how those were found. */
  readonly tablesChangedByHand = new Set<string>();
  /** When a person last led the default route of a table to something that works. */
  readonly routePointedAt = new Map<string, EpochMs>();
  /** When somebody last switched an interface's source/destination check on. */
  readonly checkSwitchedOnAt = new Map<string, EpochMs>();
  /** For so long a change may stay unseen, as EC2 is on this day. */
  readonly describeLagMs: DurationMs;
  readonly commands: Command[] = [];
  /** When somebody last rebooted an instance, which no state of it shows. */
  readonly rebootedAt = new Map<string, EpochMs>();
  /** The instances that Spot has announced to take. */
  readonly warnedOfSpot = new Set<string>();
  /** What VPC Block Public Access was last declared to be, and when that or its end took effect. */
  publicAccess: object | undefined;
  publicAccessChangedAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** Until when something goes on that nobody can stop: an announced interruption. */
  troubledUntil: EpochMs = 0;
  /** When the last fault ended, or the last operator's command was given. */
  calmSince: EpochMs = 0;
  #lasting: (() => void)[] = [];
  readonly #ring: readonly string[] | undefined;
  readonly #probeFails: number;
  readonly #rebuildNotBefore = new Map<string, EpochMs>();

  constructor({ seed, world: topology, day }: Schedule) {
    this.harness = new Harness({
      seed,
      vpc: {
        zones: topology.zones,
        standby: topology.standby === 'on',
        lanes: lanesOf(topology),
        privateTables: topology.privateTables,
        publicTables: topology.publicTables,
        natGateways: topology.natGateways,
        mapPublicIpOnLaunch: topology.mapPublicIpOnLaunch,
      },
      probe: topology.probe,
      settings: {
        instanceTypes: ['t4g.nano', 't3.nano'],
        maxLaunchesPerHour: topology.maxLaunchesPerHour,
        marketType: topology.marketType,
        standIn: topology.standIn,
        ...(topology.watch === 'on' ? watching : {}),
        spareInterface: topology.spareInterface,
        handOverMs: topology.handOverMs,
      },
      behaviour: {
        ...boots[topology.image],
        shutdownGrace: day.shutdownGrace,
        describeLag: { minMs: 0, maxMs: day.describeLagMs },
        referenceLag: { minMs: 0, maxMs: day.referenceLagMs },
        eventDelay: { minMs: 200, maxMs: 200 + day.eventDelayMs },
        alarmDelay: { minMs: 200, maxMs: 200 + day.eventDelayMs },
        lostEventProbability: day.lostEvents,
        duplicateEventProbability: day.doubledEvents,
        addressSurvivesTermination: topology.addressSurvivesTermination,
        // Nobody says how far a console is behind, and EC2 may have none.
        consoleDelay: seed % 7 === 3 ? 'empty' : { minMs: 2_000, maxMs: (1 + (seed % 5)) * 60_000 },
        // The guide says the one, and people have seen the other.
        tokenOfTerminated: seed % 2 === 0 ? 'answer' : 'error',
      },
    });
    this.firstSettings = this.harness.settings;
    this.#probeFails = day.probeFails;
    this.#ring = ringsOfLanes[`${topology.lanes} ${topology.zones}`]?.split('');
    this.describeLagMs = day.describeLagMs;
    this.stack = new StackHarness(this.harness);
    this.bystanders = addBystanders(this.harness);
  }

  /** From now on the probes err as often as they do on this day. */
  beginDay(): void {
    if (this.#probeFails === 0) return;
    for (const { name } of this.firstSettings.zones) {
      this.harness.probes.trouble(name, { kind: 'fails-at-times', share: this.#probeFails });
    }
  }

  get doProbesErr(): boolean {
    return this.#probeFails > 0;
  }

  /** Whether anything can tell that packets pass. */
  get hasProbes(): boolean {
    return this.harness.settings.zones.some(({ probe }) => probe !== undefined);
  }

  get now(): EpochMs {
    return this.harness.clock.now();
  }

  zone(index: number): ZoneTopology {
    const { zones } = this.harness.topology;
    const found = zones[index % zones.length];
    if (found === undefined) throw new Error('a topology without zones');
    return found;
  }

  /** What the settings call the zone that looks after this one. */
  neighbourOf(zone: ZoneTopology): string | undefined {
    const { zones } = this.harness.topology;
    const ring = this.#ring ?? zones.map(({ name }) => settingsNameOf(name));
    const at = ring.indexOf(settingsNameOf(zone.name));
    return ring.length < 2 ? undefined : ring[(at + 1) % ring.length];
  }

  isPaused(index: number): boolean {
    const { allocationId } = this.zone(index);
    const address = this.harness.sim.region.store.addresses.current.get(allocationId);
    return address?.tags[tagKeys.paused] !== undefined;
  }

  /** The zone's name in the settings: its letter. */
  letter(index: number): string {
    return settingsNameOf(this.zone(index).name);
  }

  /** Our instances in a zone that are not terminated, the oldest first. */
  instancesIn(zoneName: string): readonly InstanceRecord[] {
    return this.ourInstances().filter((instance) => homeOf(instance) === zoneName);
  }

  ourInstances(): readonly InstanceRecord[] {
    const { stack } = this.harness.settings;
    return this.harness.sim.region.store.instances.current
      .all()
      .filter(({ tags, state }) => tags['phoenat:stack'] === stack && state !== 'terminated')
      .toSorted((a, b) => a.launchedAt - b.launchedAt);
  }

  /** Something that lasts is wrong at present. */
  get isTroubled(): boolean {
    return this.#lasting.length > 0;
  }

  /** Something is wrong until `end` is called: after so long, or when the faults end. */
  lasting(forMs: DurationMs, end: () => void): void {
    const { clock } = this.harness;
    const once = () => {
      if (!this.#lasting.includes(once)) return;
      this.#lasting = this.#lasting.filter((other) => other !== once);
      end();
    };
    this.#lasting.push(once);
    clock.at(clock.now() + forMs, once);
  }

  /** Every fault ends, now. */
  liftAll(): void {
    for (const end of [...this.#lasting]) end();
    this.harness.sim.removeAllFaults();
    this.harness.sim.changeEvents({ lostEventProbability: 0 });
    this.calmSince = this.now;
  }

  /** The rules are gone: no event wakes the controller any more. */
  silence(): void {
    this.harness.sim.changeEvents({ lostEventProbability: 1 });
  }

  /** The operator who paused zones is done, and makes sure of it. */
  resumeAll(): void {
    const { harness } = this;
    for (const { name, allocationId } of harness.topology.zones) {
      const tags = harness.sim.region.store.addresses.current.get(allocationId)?.tags;
      if (tags?.[tagKeys.paused] === undefined || !harness.isIdle()) continue;
      harness.start({ action: 'resume', zone: settingsNameOf(name) }).catch(() => undefined);
      this.calmSince = this.now;
    }
  }

  /**
   * Somebody reads the finding `takeover-undone` and does what it says: the same instance takes the route over no more.
   * Once for each time that a route was led back, unless the breaker refuses it; and only where no other route of the zone leads to the instance, which
   * the controller replaces by itself.
   */
  rebuildWhatWasLedBack(): void {
    const { harness } = this;
    for (const { name, privateRouteTableIds } of harness.topology.zones) {
      const notes = privateRouteTableIds.map(
        (id) => harness.sim.region.store.routeTables.current.get(id)?.tags[tagKeys.takenOver] ?? '',
      );
      const isLedBack = notes.every((text) => text.includes(' back:'));
      const isDue = notes.some((text) => (this.#rebuildNotBefore.get(text) ?? 0) <= this.now);
      if (!isLedBack || !isDue || !harness.isIdle()) continue;
      const notBefore = (at: EpochMs) => {
        for (const text of notes) this.#rebuildNotBefore.set(text, at);
      };
      notBefore(Number.POSITIVE_INFINITY);
      harness.start({ action: 'rebuild', zone: settingsNameOf(name) }).then(
        ({ outcome }) => outcome === 'refused' && notBefore(this.now + 10 * minuteMs),
        () => undefined,
      );
      this.calmSince = this.now;
    }
  }

  note(text: string): void {
    this.notes.push({ at: this.now, text });
  }
}

function addBystanders(harness: Harness): Bystanders {
  const { sim, topology, settings } = harness;
  const [zone] = topology.zones;
  if (zone === undefined) throw new Error('a topology without zones');
  const { instanceId, interfaceId } = addForeignInstance(sim, topology, zone.publicSubnetId, { Name: 'web' });
  const sibling = addForeignInstance(sim, topology, zone.publicSubnetId, {
    'phoenat:stack': `${settings.stack}-2`,
    'phoenat:zone': settingsNameOf(zone.name),
  });
  addForeignInterface(sim, topology, zone.publicSubnetId, { Name: 'spare of somebody' });
  const addressId = addAddress(sim, { Name: 'web' });
  sim.associateAddressElsewhere(addressId, interfaceId);
  const natGatewayId = newId(sim.region, 'natGateway');
  sim.region.store.natGateways.seed({ id: natGatewayId, subnetId: zone.publicSubnetId, state: 'available' });
  const emptyTableId = newId(sim.region, 'routeTable');
  const main = sim.region.store.routeTables.current.get(topology.mainRouteTableId);
  sim.region.store.routeTables.seed({
    id: emptyTableId,
    vpcId: topology.vpcId,
    main: false,
    associations: [],
    routes: main?.routes ?? [],
    tags: {},
  });
  // Routes beside the default one, which nobody has asked us to touch.
  for (const tableId of topology.zones.flatMap(({ privateRouteTableIds }) => privateRouteTableIds)) {
    sim.pointRouteAt(tableId, { kind: 'interface', id: interfaceId }, '192.168.0.0/16');
  }
  return {
    instanceId,
    interfaceId,
    addressId,
    siblingInstanceId: sibling.instanceId,
    natGatewayId,
    emptyTableId,
  };
}

/** Worked out by hand: neighbours are in different Availability Zones. Others are in the order of their letters. */
const ringsOfLanes: Readonly<Record<string, string>> = {
  'beside 4': 'acbd',
  'beside 5': 'adbec',
  'beside 6': 'adbecf',
};

/** By a zone's letter, that of the one in whose Availability Zone it is. */
function lanesOf({ zones, lanes }: World): Readonly<Record<string, string>> {
  const apart = lanes === 'beside' ? 1 : Math.ceil(zones / 2);
  const isLane = (nth: number) => lanes !== 'none' && (lanes === 'beside' ? nth % 2 === 1 : nth >= apart);
  return Object.fromEntries(
    zoneLetters
      .slice(0, zones)
      .flatMap((letter, nth) => (isLane(nth) ? [[letter, zoneLetters[nth - apart] ?? letter]] : [])),
  );
}

import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../../../shared/core/model/time.ts';
import { hasEgress, publicAddressOf } from '../../../simulator/data-plane.ts';
import type { CallRecord } from '../../../simulator/ec2/client.ts';
import type { RouteTargetRecord } from '../../../simulator/ec2/records.ts';
import type { RecordedInvocation } from '../../../simulator/harness/harness.ts';
import { homeOf, settingsNameOf, type ZoneTopology } from '../../../simulator/topology.ts';
import type { Play } from '../play/play.ts';
import { isInOrder } from '../play/settled.ts';
import { heardToHold } from './held-traffic-waits.ts';
import { type InvariantName, invariants, runsEndInAReport } from './invariants.ts';
import { LostRoutes } from './lost-routes.ts';
import { cutoverCalls, isAbout, isLook, type Moment, type NamedZone, unseenMs } from './moment.ts';
import { type Picture, takePicture } from './picture.ts';
import { Quiescence } from './quiescence.ts';

/** `plays-to-the-end`: it is the simulation that is broken, or a promise of the controller that never settles. */
export type Promised = InvariantName | 'plays-to-the-end';

/** A promise that was not kept, when, and in what. */
export type Violation = { readonly invariant: Promised; readonly detail: string; readonly at: EpochMs };

/** Looks at every call that changes the account, and keeps what the invariants need to know of the past. */
export class Checker {
  /** The first; what comes after it may be its consequence. */
  violation: Violation | undefined;
  deleting = false;
  readonly #play: Play;
  readonly #pausedSince = new Map<string, EpochMs>();
  readonly #abroadSince = new Map<string, EpochMs>();
  readonly #stoodInSince = new Map<string, EpochMs>();
  readonly #awaySince = new Map<string, EpochMs>();
  /** By the zone's Elastic IP, the instance of its own that had that last. */
  readonly #lastAtHome = new Map<string, string | undefined>();
  readonly #untouchableSince = new Map<string, EpochMs>();
  readonly #servedUntil = new Map<string, EpochMs>();
  // As it was before the call that is under way: the call itself may end what it should have respected.
  #before: Picture | undefined;
  #zonesBefore: readonly NamedZone[] = [];
  #heardToHold: ReadonlySet<string> = new Set();
  #untouchableBefore: ReadonlyMap<string, EpochMs> = new Map();
  readonly #quiescence: Quiescence;
  readonly #lostRoutes: LostRoutes;
  readonly #inOrderSince = new Map<string, EpochMs>();
  readonly #upstreamLostUntil = new Map<string, EpochMs>();
  readonly #upstreamLostSince = new Map<string, EpochMs>();
  #isRoutine = false;
  #settings: object;

  constructor(play: Play) {
    this.#play = play;
    this.#quiescence = new Quiescence(play);
    this.#lostRoutes = new LostRoutes(play, (detail) => this.report('lost-routes-go-back', detail));
    this.#settings = play.harness.settings;
    const { sim } = play.harness;
    sim.region.store.onChange(() => this.#changed());
    sim.watchCalls({ before: (call) => this.#atCall(call), after: (call) => this.#afterCall(call) });
    this.#noteTables();
  }

  report(invariant: Promised, detail: string | undefined): void {
    if (detail !== undefined) this.violation ??= { invariant, detail, at: this.#play.now };
  }

  checkRuns(): void {
    const { invocations, sim } = this.#play.harness;
    this.report('runs-end-in-a-report', runsEndInAReport(invocations, sim.calls));
  }

  #changed(): void {
    this.#quiescence.note(this.#isRoutine);
    this.#noteTables();
    this.#noteAddresses();
    this.#noteUpstream();
    this.#noteOrder();
  }

  #atCall(call: CallRecord): void {
    this.#before = takePicture(this.#play.harness.sim.region.store);
    if (this.#settings !== this.#play.harness.settings) {
      this.#settings = this.#play.harness.settings;
      this.#changed();
      this.#quiescence.disturb();
    }
    const run = this.#runOf(call);
    this.#isRoutine = run !== undefined && isLook(run);
    this.#zonesBefore = this.#zones(call);
    this.#heardToHold = heardToHold(this.#play, call);
    this.#untouchableBefore = new Map(this.#untouchableSince);
  }

  #afterCall(call: CallRecord): void {
    this.#isRoutine = false;
    if (this.#before === undefined || this.violation !== undefined) return;
    const moment = this.#moment(call, this.#before);
    if (!this.deleting) this.#lostRoutes.note(moment);
    for (const [name, check] of invariants) {
      const detail = check(moment);
      if (detail !== undefined) this.report(name, `${detail} (${call.name} by ${call.clientName})`);
    }
  }

  #moment(call: CallRecord, before: Picture): Moment {
    const { harness, now, commands, rebootedAt, routePointedAt, publicAccessChangedAt } = this.#play;
    const { checkSwitchedOnAt, describeLagMs } = this.#play;
    return {
      now,
      call,
      before,
      after: takePicture(harness.sim.region.store),
      stack: harness.settings.stack,
      zones: this.#zonesBefore,
      servedUntil: this.#servedUntil,
      untouchableSince: this.#untouchableBefore,
      maxLaunchesPerHour: harness.settings.maxLaunchesPerHour,
      run: this.#runOf(call),
      commands,
      rebootedAt,
      heardToHold: this.#heardToHold,
      routePointedAt,
      publicAccessChangedAt,
      checkSwitchedOnAt,
      describeLagMs,
      interfacesAskedAt: this.#askedAt('DescribeNetworkInterfaces', call.clientName),
      egressNow: (id) => hasEgress(harness.sim, id),
      addressNow: (id) => publicAddressOf(harness.sim, id),
      hadNoCapacity: harness.sim.mutatingCalls.some(
        ({ name, clientName, outcome, sentAt }) =>
          name === 'RunInstances' &&
          clientName === call.clientName &&
          isWantOfCapacity(outcome) &&
          now - sentAt < unseenMs,
      ),
      hasProbes: this.#play.hasProbes,
      deleting: this.deleting,
    };
  }

  #runOf({ clientName }: CallRecord): RecordedInvocation | undefined {
    return this.#play.harness.invocations.find((run) => run.clientName === clientName);
  }

  #askedAt(about: string, caller: string): EpochMs | undefined {
    return this.#play.harness.sim.calls.findLast(
      ({ name, clientName, outcome }) => name === about && clientName === caller && outcome === 'ok',
    )?.sentAt;
  }

  #cutOverByOther({ allocationId, privateRouteTableIds }: ZoneTopology, caller: string): EpochMs | undefined {
    const ids = [allocationId, ...privateRouteTableIds];
    return this.#play.harness.sim.mutatingCalls.findLast(
      ({ name, clientName, input }) =>
        cutoverCalls.includes(name) && clientName !== caller && isAbout(ids, input),
    )?.sentAt;
  }

  #toldToWatch({ name: zoneName }: ZoneTopology, now: CallRecord): EpochMs | undefined {
    const ids = this.#play.instancesIn(zoneName).map(({ id }) => id);
    return this.#play.harness.sim.mutatingCalls.findLast(
      (call) =>
        call.name === 'CreateTags' &&
        call !== now &&
        isAbout([tagKeys.watch], call.input) &&
        isAbout(ids, call.input),
    )?.sentAt;
  }

  #zones(call: CallRecord): NamedZone[] {
    return this.#play.harness.topology.zones.map((zone) => ({
      letter: settingsNameOf(zone.name),
      lookedAfterBy: this.#play.neighbourOf(zone),
      home: zone.name,
      allocationId: zone.allocationId,
      tableIds: new Set(zone.privateRouteTableIds),
      pausedSince: this.#pausedSince.get(zone.allocationId),
      abroadSince: this.#abroadSince.get(zone.allocationId),
      quiescentSince: this.#quiescence.since(zone),
      inOrderSince: this.#inOrderSince.get(zone.name),
      heardAt: this.#heardAt(settingsNameOf(zone.name)),
      egress: new Map(zone.privateSubnetIds.map((id) => [id, hasEgress(this.#play.harness.sim, id)])),
      shown: new Map(zone.privateSubnetIds.map((id) => [id, publicAddressOf(this.#play.harness.sim, id)])),
      stoodInSince: this.#stoodInSince.get(zone.allocationId),
      awaySince: this.#awaySince.get(zone.allocationId),
      lastAtHome: this.#lastAtHome.get(zone.allocationId),
      wasLedThereUnhindered: this.#isUnhinderedSince(this.#stoodInSince.get(zone.allocationId)),
      upstreamLostSince: this.#upstreamLostSince.get(zone.publicSubnetId),
      cutOverByOtherAt: this.#cutOverByOther(zone, call.clientName),
      toldToWatchAt: this.#toldToWatch(zone, call),
      hasUpstreamTrouble: this.#hasUpstreamTrouble(zone),
      warnedOfSpot: this.#play.instancesIn(zone.name).some(({ id }) => this.#play.warnedOfSpot.has(id)),
    }));
  }

  /** A run is a minute long at most. */
  #isUnhinderedSince(at: EpochMs | undefined): boolean {
    const { invocations, sim } = this.#play.harness;
    const since = at === undefined ? Number.POSITIVE_INFINITY : at - minuteMs;
    return (
      at !== undefined &&
      invocations.every(
        ({ endedAt, error, timedOutAfterMs }) =>
          (endedAt ?? this.#play.now) < since || (error === undefined && timedOutAfterMs === undefined),
      ) &&
      sim.mutatingCalls.every(
        ({ sentAt, outcome }) => sentAt < since || outcome === 'ok' || outcome === 'under way',
      )
    );
  }

  #hasUpstreamTrouble({ publicSubnetId }: ZoneTopology): boolean {
    const until = this.#upstreamLostUntil.get(publicSubnetId) ?? Number.NEGATIVE_INFINITY;
    return this.#play.now - until < upstreamOverMs;
  }

  #noteUpstream(): void {
    for (const [id, until] of this.#upstreamLostUntil) {
      if (until === forEver) this.#upstreamLostUntil.set(id, this.#play.now);
    }
    for (const { id, upstreamLost } of this.#play.harness.sim.region.store.subnets.current.all()) {
      keep(this.#upstreamLostSince, id, upstreamLost === true, this.#play.now);
      if (upstreamLost === true) this.#upstreamLostUntil.set(id, forEver);
    }
  }

  #noteOrder(): void {
    for (const zone of this.#play.harness.topology.zones) {
      keep(this.#inOrderSince, zone.name, isInOrder(zone, this.#play), this.#play.now);
    }
  }

  #heardAt(letter: string): EpochMs | undefined {
    return this.#play.harness.probes.invocations.findLast(
      ({ zone, endedAt, said }) => zone === letter && endedAt !== undefined && said !== undefined,
    )?.endedAt;
  }

  #noteAddresses(): void {
    const { now, harness } = this.#play;
    const { addresses, interfaces } = harness.sim.region.store;
    for (const { id, tags, association } of addresses.current.all()) {
      keep(this.#pausedSince, id, tags[tagKeys.paused] !== undefined, now);
      const place = interfaces.current.get(association?.interfaceId ?? '');
      const isOurs = place?.tags[tagKeys.stack] === harness.settings.stack;
      keep(this.#awaySince, id, !isOurs, now);
      keep(this.#abroadSince, id, association !== undefined && !isOurs, now);
      const home = harness.topology.zones.find(({ allocationId }) => allocationId === id)?.name;
      keep(this.#stoodInSince, id, isOurs && place !== undefined && homeOf(place) !== home, now);
      if (isOurs && homeOf(place) === home) this.#lastAtHome.set(id, place.attachment?.instanceId);
    }
  }

  #noteTables(): void {
    const { harness, now } = this.#play;
    const { topology } = harness;
    const tables = harness.sim.region.store.routeTables.current.all();
    for (const { id, routes } of tables) {
      const isNotToBeTaken = routes.some(
        ({ destination, target }) => destination === '0.0.0.0/0' && gateways.includes(target.kind),
      );
      keep(this.#untouchableSince, id, isNotToBeTaken, now);
    }
    const serving = new Set<string>();
    for (const subnetId of topology.privateSubnetIds) {
      const own = tables.find(({ associations }) =>
        associations.some((entry) => entry.subnetId === subnetId),
      );
      serving.add(own?.id ?? topology.mainRouteTableId);
    }
    for (const id of this.#servedUntil.keys()) {
      if (this.#servedUntil.get(id) === forEver && !serving.has(id)) this.#servedUntil.set(id, now);
    }
    for (const id of serving) this.#servedUntil.set(id, forEver);
  }
}

/** After these a launch has another token. */
function isWantOfCapacity(outcome: string): boolean {
  return ['InsufficientInstanceCapacity', 'SpotMaxPriceTooLow', 'MaxSpotInstanceCountExceeded'].includes(
    outcome,
  );
}

/** What nobody but a person leads a private subnet to, or away from. */
const gateways: readonly RouteTargetRecord['kind'][] = ['internet-gateway', 'transit-gateway'];

/** Until then a run may still be deciding from what it saw while it lasted. */
const upstreamOverMs: DurationMs = minuteMs;

const forEver: EpochMs = Number.POSITIVE_INFINITY;

/** Since when it has been so, without a break. */
function keep(since: Map<string, EpochMs>, id: string, isSo: boolean, now: EpochMs): void {
  if (!isSo) since.delete(id);
  else if (!since.has(id)) since.set(id, now);
}

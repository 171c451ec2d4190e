import { tagKeys } from '../../shared/core/tags.ts';
import type { EpochMs } from '../../shared/core/time.ts';
import type { CallRecord } from '../simulator/client.ts';
import type { RecordedInvocation } from '../stage/stage.ts';
import type { Field } from './field.ts';
import { type InvariantName, invariants, runsEndInAReport } from './invariants.ts';
import { type Moment, type NamedZone, wakeOf } from './moment.ts';
import { type Picture, takePicture } from './picture.ts';
import { undoneIn } from './settled-world.ts';

/** `plays-to-the-end`: it is the simulation that is broken, or a promise of the controller that never settles. */
export type Promised = InvariantName | 'plays-to-the-end';

/** A promise that was not kept, when, and in what. */
export type Violation = { readonly invariant: Promised; readonly detail: string; readonly at: EpochMs };

/** Looks at every call that changes the account, and keeps what the invariants need to know of the past. */
export class Watch {
  /** The first; what comes after it may be its consequence. */
  violation: Violation | undefined;
  deleting = false;
  readonly #field: Field;
  readonly #pausedSince = new Map<string, EpochMs>();
  readonly #abroadSince = new Map<string, EpochMs>();
  readonly #publicSince = new Map<string, EpochMs>();
  readonly #servedUntil = new Map<string, EpochMs>();
  // As it was before the call that is under way: the call itself may end what it should have respected.
  #before: Picture | undefined;
  #zonesBefore: readonly NamedZone[] = [];
  #publicBefore: ReadonlyMap<string, EpochMs> = new Map();
  #stillBefore: EpochMs | undefined;
  /** When anything last changed that is not a routine run's own doing. */
  #disturbedAt: EpochMs;
  /** Since when there is nothing to do in the account; absent while there is. */
  #doneSince: EpochMs | undefined;
  #isRoutine = false;
  #settings: object;

  constructor(field: Field) {
    this.#field = field;
    this.#disturbedAt = field.now;
    this.#settings = field.stage.settings;
    const { sim } = field.stage;
    sim.cloud.store.onChange(() => this.#changed());
    sim.watchCalls({ before: (call) => this.#atCall(call), after: (call) => this.#afterCall(call) });
    this.#noteTables();
  }

  report(invariant: Promised, detail: string | undefined): void {
    if (detail !== undefined) this.violation ??= { invariant, detail, at: this.#field.now };
  }

  checkRuns(): void {
    const { invocations, sim } = this.#field.stage;
    this.report('runs-end-in-a-report', runsEndInAReport(invocations, sim.calls));
  }

  #changed(): void {
    if (!this.#isRoutine) this.#disturbedAt = this.#field.now;
    const isDone = undoneIn(this.#field) === undefined;
    this.#doneSince = isDone ? (this.#doneSince ?? this.#field.now) : undefined;
    this.#noteTables();
    this.#noteAddresses();
  }

  #atCall(call: CallRecord): void {
    this.#before = takePicture(this.#field.stage.sim.cloud.store);
    if (this.#settings !== this.#field.stage.settings) {
      this.#settings = this.#field.stage.settings;
      this.#changed();
    }
    const run = this.#runOf(call);
    this.#stillBefore = this.#stillSince(call);
    this.#isRoutine = run !== undefined && wakeOf(run) === 'routine';
    this.#zonesBefore = this.#zones();
    this.#publicBefore = new Map(this.#publicSince);
  }

  #afterCall(call: CallRecord): void {
    this.#isRoutine = false;
    if (this.#before === undefined || this.violation !== undefined) return;
    const moment = this.#moment(call, this.#before);
    for (const [name, check] of invariants) {
      const detail = check(moment);
      if (detail !== undefined) this.report(name, `${detail} (${call.name} by ${call.clientName})`);
    }
  }

  #moment(call: CallRecord, before: Picture): Moment {
    const { stage, now, commands } = this.#field;
    return {
      now,
      call,
      before,
      after: takePicture(stage.sim.cloud.store),
      stack: stage.settings.stack,
      zones: this.#zonesBefore,
      servedUntil: this.#servedUntil,
      publicSince: this.#publicBefore,
      maxLaunchesPerHour: stage.settings.maxLaunchesPerHour,
      run: this.#runOf(call),
      stillSince: this.#stillBefore,
      commands,
      deleting: this.deleting,
    };
  }

  #runOf({ clientName }: CallRecord): RecordedInvocation | undefined {
    return this.#field.stage.invocations.find((run) => run.clientName === clientName);
  }

  /**
   * Since when there is nothing to do, nothing was disturbed, and no run was kept from seeing or doing anything. What the
   * caller itself could not read is no excuse for what it does.
   */
  #stillSince({ clientName: caller }: CallRecord): EpochMs | undefined {
    if (this.#doneSince === undefined) return undefined;
    const { invocations, sim } = this.#field.stage;
    const failed = sim.calls.findLast(
      ({ outcome, clientName, name }) =>
        outcome !== 'ok' && outcome !== 'under way' && !(clientName === caller && !sim.isMutating(name)),
    );
    const killed = invocations.findLast(({ error }) => error !== undefined);
    return Math.max(
      this.#doneSince,
      this.#disturbedAt,
      failed?.answeredAt ?? failed?.sentAt ?? 0,
      killed?.endedAt ?? 0,
    );
  }

  #zones(): NamedZone[] {
    return this.#field.stage.world.zones.map((zone) => ({
      letter: zone.name.slice(-1),
      availabilityZone: zone.name,
      allocationId: zone.allocationId,
      tableIds: new Set(zone.privateRouteTableIds),
      pausedSince: this.#pausedSince.get(zone.allocationId),
      abroadSince: this.#abroadSince.get(zone.allocationId),
    }));
  }

  #noteAddresses(): void {
    const { now, stage } = this.#field;
    const { addresses, interfaces } = stage.sim.cloud.store;
    for (const { id, tags, association } of addresses.current.all()) {
      keep(this.#pausedSince, id, tags[tagKeys.paused] !== undefined, now);
      const owner = interfaces.current.get(association?.interfaceId ?? '')?.tags[tagKeys.stack];
      keep(this.#abroadSince, id, association !== undefined && owner !== stage.settings.stack, now);
    }
  }

  #noteTables(): void {
    const { stage, now } = this.#field;
    const { world } = stage;
    const tables = stage.sim.cloud.store.routeTables.current.all();
    for (const { id, routes } of tables) {
      const leadsOut = routes.some(
        ({ destination, target }) => destination === '0.0.0.0/0' && target.kind === 'internet-gateway',
      );
      keep(this.#publicSince, id, leadsOut, now);
    }
    const serving = new Set<string>();
    for (const subnetId of world.privateSubnetIds) {
      const own = tables.find(({ associations }) =>
        associations.some((entry) => entry.subnetId === subnetId),
      );
      serving.add(own?.id ?? world.mainRouteTableId);
    }
    for (const id of this.#servedUntil.keys()) {
      if (this.#servedUntil.get(id) === forEver && !serving.has(id)) this.#servedUntil.set(id, now);
    }
    for (const id of serving) this.#servedUntil.set(id, forEver);
  }
}

const forEver: EpochMs = Number.POSITIVE_INFINITY;

/** Since when it has been so, without a break. */
function keep(since: Map<string, EpochMs>, id: string, isSo: boolean, now: EpochMs): void {
  if (!isSo) since.delete(id);
  else if (!since.has(id)) since.set(id, now);
}

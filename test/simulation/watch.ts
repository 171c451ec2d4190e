import { tagKeys } from '../../shared/core/tags.ts';
import type { EpochMs } from '../../shared/core/time.ts';
import { ClientCrashed } from '../simulator/aws-error.ts';
import type { CallRecord } from '../simulator/client.ts';
import type { RecordedInvocation } from '../stage/stage.ts';
import type { Field } from './field.ts';
import { type InvariantName, invariants, type Moment, type NamedZone } from './invariants.ts';
import { type Picture, takePicture } from './picture.ts';

/** An invariant that did not hold, when, and in what. */
export type Violation = { readonly invariant: InvariantName; readonly detail: string; readonly at: EpochMs };

/** Looks at every call that changes the account, and keeps what the invariants need to know of the past. */
export class Watch {
  /** The first; what comes after it may be its consequence. */
  violation: Violation | undefined;
  deleting = false;
  readonly #field: Field;
  readonly #pausedSince = new Map<string, EpochMs>();
  readonly #abroadSince = new Map<string, EpochMs>();
  readonly #publicSince = new Map<string, EpochMs>();
  readonly #namedTableIds = new Set<string>();
  // As it was before the call that is under way: the call itself may end what it should have respected.
  #before: Picture | undefined;
  #zonesBefore: readonly NamedZone[] = [];
  #publicBefore: ReadonlyMap<string, EpochMs> = new Map();
  #lastChangeAt: EpochMs;
  #changedBefore: EpochMs;
  #settings: object;

  constructor(field: Field) {
    this.#field = field;
    this.#lastChangeAt = field.now;
    this.#changedBefore = field.now;
    this.#settings = field.stage.settings;
    const { sim } = field.stage;
    sim.cloud.store.onChange(() => this.#changed());
    sim.watchCalls({ before: () => this.#atCall(), after: (call) => this.#afterCall(call) });
    this.#noteTables();
  }

  report(invariant: InvariantName, detail: string): void {
    this.violation ??= { invariant, detail, at: this.#field.now };
  }

  /** Every run ends in a report, dies, or was given something that it refuses; it never stumbles. */
  checkRuns(): void {
    const stumbled = this.#field.stage.invocations.find(
      ({ error }) => error !== undefined && !(error instanceof ClientCrashed),
    );
    if (stumbled !== undefined) {
      this.report('runs-end-in-a-report', `${stumbled.clientName}: ${String(stumbled.error)}`);
    }
  }

  #changed(): void {
    this.#lastChangeAt = this.#field.now;
    this.#noteTables();
    this.#noteAddresses();
  }

  #atCall(): void {
    this.#before = takePicture(this.#field.stage.sim.cloud.store);
    if (this.#settings !== this.#field.stage.settings) {
      this.#settings = this.#field.stage.settings;
      this.#lastChangeAt = this.#field.now;
    }
    this.#changedBefore = this.#lastChangeAt;
    this.#zonesBefore = this.#zones();
    this.#publicBefore = new Map(this.#publicSince);
  }

  #afterCall(call: CallRecord): void {
    if (this.#before === undefined || this.violation !== undefined) return;
    const moment = this.#moment(call, this.#before);
    for (const [name, check] of invariants) {
      const detail = check(moment);
      if (detail !== undefined) this.report(name, `${detail} (${call.name} by ${call.clientName})`);
    }
  }

  #moment(call: CallRecord, before: Picture): Moment {
    const { stage, now } = this.#field;
    const run = stage.invocations.find(({ clientName }) => clientName === call.clientName);
    return {
      now,
      call,
      before,
      after: takePicture(stage.sim.cloud.store),
      stack: stage.settings.stack,
      zones: this.#zonesBefore,
      namedTableIds: this.#namedTableIds,
      publicSince: this.#publicBefore,
      maxLaunchesPerHour: stage.settings.maxLaunchesPerHour,
      run,
      settledRun: run && lastSettledBefore(run, stage.invocations),
      lastChangeAt: this.#changedBefore,
      deleting: this.deleting,
    };
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
    for (const subnetId of world.privateSubnetIds) {
      const own = tables.find(({ associations }) =>
        associations.some((entry) => entry.subnetId === subnetId),
      );
      this.#namedTableIds.add(own?.id ?? world.mainRouteTableId);
    }
  }
}

/** Since when it has been so, without a break. */
function keep(since: Map<string, EpochMs>, id: string, isSo: boolean, now: EpochMs): void {
  if (!isSo) since.delete(id);
  else if (!since.has(id)) since.set(id, now);
}

function lastSettledBefore(
  run: RecordedInvocation,
  invocations: readonly RecordedInvocation[],
): RecordedInvocation | undefined {
  return invocations.findLast(
    ({ report, endedAt }) =>
      // One that could not read everything cannot know that all is settled.
      report?.outcome === 'settled' &&
      report.calls.failed === 0 &&
      endedAt !== undefined &&
      endedAt <= run.startedAt,
  );
}

import type { EpochMs } from '../../../shared/core/model/time.ts';
import { homeOf, type ZoneTopology } from '../../../simulator/topology.ts';
import type { Play } from '../play/play.ts';
import { undoneInZone } from '../play/settled.ts';

/** Of one zone: what was last seen of it, since when there is nothing to do, and when it was last disturbed. */
type ZoneQuiescence = {
  records: readonly object[];
  doneSince: EpochMs | undefined;
  disturbedAt: EpochMs;
};

/** Follows since when there is nothing to do in each zone, as the account says: zones do not share fate. */
export class Quiescence {
  readonly #play: Play;
  readonly #zones = new Map<string, ZoneQuiescence>();

  constructor(play: Play) {
    this.#play = play;
  }

  /** After a change of the account. What a routine run does itself disturbs nothing: it ends when the zone is done. */
  note(isRoutine: boolean): void {
    const { now, harness } = this.#play;
    for (const zone of harness.topology.zones) {
      const before = this.#zones.get(zone.name);
      const records = this.#recordsOf(zone);
      const isSame =
        before?.records.length === records.length &&
        records.every((record, nth) => record === before.records[nth]);
      const isDone = undoneInZone(zone, this.#play) === undefined;
      this.#zones.set(zone.name, {
        records,
        doneSince: isDone ? (before?.doneSince ?? now) : undefined,
        disturbedAt: isSame || (before !== undefined && isRoutine) ? (before?.disturbedAt ?? now) : now,
      });
    }
  }

  /** Everything is to be looked at anew: the settings are other ones. */
  disturb(): void {
    for (const zone of this.#zones.values()) zone.disturbedAt = this.#play.now;
  }

  /**
   * Since when nothing is to be done in the zone, nobody has disturbed it, no change of the account was refused and no run
   * was killed; absent while there is something to do. A read that failed is no reason to change anything.
   */
  since(zone: ZoneTopology): EpochMs | undefined {
    const quiescent = this.#zones.get(zone.name);
    if (quiescent?.doneSince === undefined) return undefined;
    const { invocations, sim } = this.#play.harness;
    const failed = sim.mutatingCalls.findLast(({ outcome }) => outcome !== 'ok' && outcome !== 'under way');
    const killed = invocations.findLast(({ error }) => error !== undefined);
    return Math.max(
      quiescent.doneSince,
      quiescent.disturbedAt,
      failed?.answeredAt ?? failed?.sentAt ?? 0,
      killed?.endedAt ?? 0,
    );
  }

  /** What the zone consists of; any route table may serve it. */
  #recordsOf({ name, allocationId }: ZoneTopology): readonly object[] {
    const { instances, interfaces, addresses, routeTables } = this.#play.harness.sim.region.store;
    return [
      ...instances.current.all().filter((record) => homeOf(record) === name && record.state !== 'terminated'),
      ...interfaces.current.all().filter((record) => homeOf(record) === name),
      ...addresses.current.all().filter(({ id }) => id === allocationId),
      ...routeTables.current.all(),
    ];
  }
}

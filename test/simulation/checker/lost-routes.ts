import { type DurationMs, type EpochMs, secondMs } from '../../../shared/core/model/time.ts';
import { forwards, hasEgress } from '../../../simulator/data-plane.ts';
import type { RouteTableRecord, RouteTargetRecord } from '../../../simulator/ec2/records.ts';
import type { Play } from '../play/play.ts';
import { cutoverCalls, isAbout, type Moment } from './moment.ts';
import type { Picture } from './picture.ts';

/** From the last call that moved the zone's traffic on, where a probe can see that no packet comes through. */
const backWithinMs: DurationMs = 10 * secondMs;
/** Runs side by side move it on for as long as their answers are behind, and each time all requests are made anew. */
const movedOnForMs: DurationMs = 15 * secondMs;

type Loss = {
  readonly subnetId: string;
  readonly zone: string;
  /** What worked, and led the subnet's traffic before. */
  readonly from: RouteTargetRecord;
  readonly why: string;
  readonly at: EpochMs;
  /** What names the zone's traffic in a call that moves it. */
  readonly ids: readonly string[];
  readonly calls: number;
  readonly notes: number;
};

/**
 * Whatever an instance says of itself, what it does with packets shows only when they come through it. Who takes routes
 * from something that works for one that does not forward gives them back at once.
 */
export class LostRoutes {
  readonly #play: Play;
  readonly #report: (detail: string) => void;

  constructor(play: Play, report: (detail: string) => void) {
    this.#play = play;
    this.#report = report;
  }

  /** At a call that changes the account. */
  note(moment: Moment): void {
    const { zones, before, after, egressNow, hasProbes } = moment;
    if (!hasProbes) return;
    for (const { letter, egress, tableIds, allocationId } of zones) {
      const moved = [...tableIds].find((id) => before.routeTables.get(id) !== after.routeTables.get(id));
      const from = moved === undefined ? undefined : defaultTarget(before.routeTables.get(moved));
      if (moved === undefined || from === undefined) continue;
      for (const [subnetId, was] of egress) {
        const is = egressNow(subnetId);
        const isOfTable = after.routeTables
          .get(moved)
          ?.associations.some((entry) => entry.subnetId === subnetId);
        if (!was.ok || is.ok || isOfTable !== true || !isUnseen(is.why, after)) continue;
        const ids = [allocationId, ...tableIds];
        this.#await({ subnetId, zone: letter, from, why: is.why, ids, ...this.#soFar() });
      }
    }
  }

  #soFar(): Pick<Loss, 'at' | 'calls' | 'notes'> {
    const { now, notes, harness } = this.#play;
    return { at: now, calls: harness.sim.calls.length, notes: notes.length };
  }

  #await(loss: Loss, from = loss.at): void {
    this.#play.harness.clock.at(from + backWithinMs, () => {
      const egress = hasEgress(this.#play.harness.sim, loss.subnetId);
      if (egress.ok || this.#isExcused(loss)) return;
      const movedAt = this.#lastMoved(loss);
      if (movedAt > from && movedAt - loss.at < movedOnForMs) {
        this.#await(loss, movedAt);
        return;
      }
      this.#report(
        `${loss.subnetId} was taken from ${nameOf(loss.from)}, which works, and is still offline ${backWithinMs / secondMs} s later: ${egress.why}`,
      );
    });
  }

  #lastMoved({ ids }: Loss): EpochMs {
    const moves = this.#play.harness.sim.mutatingCalls.filter(
      ({ name, input }) => cutoverCalls.includes(name) && isAbout(ids, input),
    );
    return moves.at(-1)?.sentAt ?? 0;
  }

  /** Something went wrong meanwhile, the probe has told nothing, or what it was taken from works no longer. */
  #isExcused(loss: Loss): boolean {
    const { sim } = this.#play.harness;
    const wasHindered = sim.calls
      .slice(loss.calls)
      .some(({ outcome }) => outcome !== 'ok' && outcome !== 'under way');
    return (
      wasHindered ||
      this.#play.isTroubled ||
      this.#play.notes.length > loss.notes ||
      this.#isAskedInVain(loss) ||
      !stillWorks(loss.from, this.#play)
    );
  }

  /** The probe was in trouble, which has ended since. */
  #isAskedInVain({ zone, at }: Loss): boolean {
    const asked = this.#play.harness.probes.invocations.filter((one) => one.zone === zone && one.at >= at);
    return asked.length > 0 && asked.every(({ said }) => said === undefined);
  }
}

function isUnseen(why: string, { instances }: Picture): boolean {
  return instances.get(/i-[0-9a-f]+/.exec(why)?.[0] ?? '')?.breakage?.what === 'unseen';
}

function stillWorks(target: RouteTargetRecord, { harness }: Play): boolean {
  const { interfaces, instances, natGateways } = harness.sim.region.store;
  switch (target.kind) {
    case 'interface': {
      const record = interfaces.current.get(target.id);
      const instance = instances.current.get(record?.attachment?.instanceId ?? '');
      // Nobody goes back to what is about to be switched off.
      return instance !== undefined && instance.heldSince === undefined && forwards(instance).ok;
    }
    case 'nat-gateway':
      return natGateways.current.get(target.id)?.state === 'available';
    case 'local':
    case 'internet-gateway':
    case 'transit-gateway':
      return false;
  }
}

function defaultTarget(table: RouteTableRecord | undefined): RouteTargetRecord | undefined {
  return table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
}

function nameOf(target: RouteTargetRecord): string {
  return target.kind === 'local' ? 'local' : target.id;
}

import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { chooseLaunch } from '../launch/choose-launch.ts';
import type { Finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import { closedGate } from './zone-order.ts';
import type { PlanContext } from './zone-plan.ts';

/**
 * The part of the stack's state that lies between zones, computed from all diagnoses at once. A zone's plan depends on
 * this value, its own diagnosis and the context, and on nothing else of any other zone.
 */
export type Stack = {
  /** Every zone is suspect at once, and there are several: the trouble is likely not in the instances. */
  readonly allSuspect: boolean;
  /** The zones that may launch no replacement now; the finding says which zone they wait for. */
  readonly closedGates: ReadonlyMap<ZoneName, Finding>;
};

export function stackOf(diagnoses: readonly Diagnosis[], context: PlanContext): Stack {
  const zones = diagnoses.filter(isActedOn);
  const allSuspect = zones.length > 1 && zones.every(({ replacement }) => replacement?.cause === 'suspect');
  const order = { zones, allSuspect, stuck: stuckZones(zones, context), now: context.now };
  const closed = zones.flatMap((diagnosis) => {
    const finding = closedGate(diagnosis, order);
    return finding === undefined ? [] : [[diagnosis.zone.name, finding] as const];
  });
  return { allSuspect, closedGates: new Map(closed) };
}

/**
 * Diagnosed, and not paused by an operator. Only such zones are taken into account: a zone in which nothing can be done
 * would hold the others back for ever.
 */
function isActedOn(diagnosis: Diagnosis): diagnosis is Diagnosed {
  return diagnosis.kind === 'diagnosed' && diagnosis.pausedSince === undefined;
}

/** Zones that cannot launch: no type or image is left, the breaker is open, or EC2 refuses. */
function stuckZones(zones: readonly Diagnosed[], context: PlanContext): ReadonlySet<ZoneName> {
  const stuck = zones.filter((diagnosis) => chooseLaunch(diagnosis, context).kind === 'refused');
  return new Set([...context.failing, ...stuck.map(({ zone }) => zone.name)]);
}

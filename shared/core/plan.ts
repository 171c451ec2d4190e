import type { Diagnosis, Judged } from './diagnose.ts';
import { cleanUp } from './plan-clean-up.ts';
import { recover } from './plan-recovery.ts';
import { repair } from './plan-repair.ts';
import { replace } from './plan-replacement.ts';
import { type PlanContext, type ZonePlan, zonePlan } from './plan-types.ts';
import { type Turn, turnOf } from './replacement-turn.ts';

/**
 * What is to be done in every zone, from what was diagnosed. Pure. A zone's plan holds only calls that its own diagnosis
 * asks for: the plan of a settled, paused, unread or misconfigured zone is empty.
 */
export function plan(diagnoses: readonly Diagnosis[], context: PlanContext): ZonePlan[] {
  return diagnoses.map((diagnosis) =>
    diagnosis.kind === 'unjudged' || diagnosis.pausedSince !== undefined
      ? zonePlan(diagnosis.zone.name, {})
      : planZone(diagnosis, turnOf(diagnosis, diagnoses), context),
  );
}

function planZone(diagnosis: Judged, turn: Turn, context: PlanContext): ZonePlan {
  const { primary } = diagnosis;
  if (primary === undefined) {
    return recover(diagnosis, context);
  }
  const served = { ...diagnosis, primary };
  // One concern at a time: what is wrong now, then what will be wrong, then what is left lying about.
  const parts = [repair(served, context), replace(served, turn, context), cleanUp(served, context)];
  const pressing = parts.find((part) => part.waves.length > 0 || part.needsImages);
  return zonePlan(diagnosis.zone.name, {
    waves: pressing?.waves ?? [],
    waits: parts.flatMap((part) => part.waits),
    findings: parts.flatMap((part) => part.findings),
    needsImages: pressing?.needsImages ?? false,
  });
}

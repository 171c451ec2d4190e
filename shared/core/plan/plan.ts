import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { failsByRequestsAlone, forwardsNothing } from '../diagnose/replacement-reasons.ts';
import { rememberLaunches } from '../launch/breaker.ts';
import { isLedAwayUnseen } from '../memory/memory.ts';
import type { ControllerStep, Wait } from '../model/step.ts';
import { secondMs } from '../model/time.ts';
import { cleanUp, noteMissingStandIn, noteStandIn, noteWatched } from './clean-up.ts';
import { undoCutover } from './lead-back.ts';
import { inVain, waitsForReadings, waitsToTell } from './more-readings.ts';
import { keepSpare, recover, toNeighbour } from './recovery.ts';
import { repair } from './repair.ts';
import { replace } from './replacement.ts';
import { withholdUnsafe } from './safeguards.ts';
import { type Stack, stackOf } from './stack.ts';
import { oneTakeoverAtATime, undoTakeover } from './takeovers.ts';
import { type PlanContext, type WithPrimary, type ZonePlan, zonePlan } from './zone-plan.ts';

/** Plans every zone from the diagnoses. Pure. */
export function plan(diagnoses: readonly Diagnosis[], context: PlanContext): ZonePlan[] {
  const stack = stackOf(diagnoses, context);
  const plans = diagnoses.map((diagnosis) => planZone(diagnosis, stack, context));
  return oneTakeoverAtATime(plans, context);
}

/**
 * A zone's plan holds only calls that its own diagnosis asks for: the plan of a settled, paused, unread or misconfigured
 * zone is empty.
 */
export function planZone(diagnosis: Diagnosis, stack: Stack, context: PlanContext): ZonePlan {
  if (diagnosis.kind === 'undiagnosed') {
    const mayBeRead = diagnosis.health === 'unknown' && diagnosis.isDenied !== true;
    return zonePlan(diagnosis.zone.name, { waits: mayBeRead ? [readAgain] : [] });
  }
  return diagnosis.pausedSince === undefined
    ? withholdUnsafe(planDiagnosed(diagnosis, stack, context), diagnosis)
    : zonePlan(diagnosis.zone.name, { waits: waitsToTell(diagnosis) });
}

/** Most reads fail for a moment only: throttling, or an Availability Zone in trouble. */
const readAgain: Wait = { detail: 'EC2 to answer what could not be read', pollMs: 5 * secondMs };

function planDiagnosed(diagnosis: Diagnosed, stack: Stack, context: PlanContext): ZonePlan {
  const { primary, zone, view } = diagnosis;
  const help = stack.helpers.get(zone.name);
  if (help !== undefined && isToBeHelped(diagnosis) && !goesBack(diagnosis, context)) {
    return help.kind === 'ask'
      ? zonePlan(diagnosis.zone.name, { awaitsWordOf: help.zone })
      : zonePlan(diagnosis.zone.name, {
          purpose: 'recovery',
          waves: [
            ...toNeighbour(diagnosis, help),
            [noteStandIn(diagnosis, help.instanceId, context), ...markAsFailed(diagnosis, context)],
          ],
        });
  }
  if (isLedAwayUnseen(context.memory, zone.name, view.address?.interfaceId, context.now)) {
    // The neighbour may look otherwise by now, and so may the zone's own instance; the traffic is there.
    return zonePlan(zone.name, { waits: [shown] });
  }
  if (primary === undefined) {
    const recovery = recover(diagnosis, stack, context);
    // The note comes last, since recovery must not wait for it. It is written even when nothing may be launched.
    const waves = [...recovery.waves, rememberLaunches(diagnosis, context.now)];
    return zonePlan(diagnosis.zone.name, { ...recovery, purpose: 'recovery', waves });
  }
  const withPrimary = { ...diagnosis, primary };
  // One concern at a time: first what is wrong now, then what will be wrong, then leftovers.
  const repairing: ZonePlan = { ...repair(withPrimary, stack, context), purpose: 'repair' };
  const replacing: ZonePlan = { ...replace(withPrimary, stack, context), purpose: 'replacement' };
  const vain = inVain(withPrimary, stack, context);
  const cleaning = cleanUp(withPrimary, context);
  const parts = [
    { ...undoTakeover(withPrimary, context), purpose: 'way-back' } as const,
    { ...undoCutover(withPrimary, context), purpose: 'way-back' } as const,
    ...(isHindered(withPrimary, context) ? [replacing, repairing] : [repairing, replacing]),
    { ...cleaning, waits: vain === undefined ? cleaning.waits : [], purpose: 'clean-up' } as const,
    { ...noteMissingStandIn(withPrimary, context), purpose: 'clean-up' } as const,
    { ...noteWatched(withPrimary, stack), purpose: 'clean-up' } as const,
    { ...keepSpare(withPrimary, context), purpose: 'clean-up' } as const,
  ];
  const pressing = parts.find((part) => part.waves.length > 0 || part.needsImages);
  return zonePlan(diagnosis.zone.name, {
    purpose: pressing?.purpose ?? 'none',
    waves: pressing?.waves ?? [],
    waits: [
      ...parts.flatMap((part) => part.waits),
      ...(vain === undefined ? waitsForReadings(diagnosis, context.now) : []),
    ],
    findings: [...parts.flatMap((part) => part.findings), ...(vain ?? [])],
    needsImages: pressing?.needsImages ?? false,
  });
}

const shown: Wait = { detail: 'EC2 to show what was just moved', pollMs: secondMs };

/**
 * Offline, as far as is known, or within a minute or two (it is shut down, or Spot takes it back), and nothing of its own is
 * ready. Where the trouble is beyond the instances, no neighbour is proven to forward.
 */
function isToBeHelped({ primary, replacement, candidateIsGood }: Diagnosed): boolean {
  return primary === undefined || (replacement?.urgent === true && !candidateIsGood);
}

/** To the one from which it came a moment ago, with a note that keeps what has failed from having it again. */
function goesBack(diagnosis: Diagnosed, context: PlanContext): boolean {
  const { primary } = diagnosis;
  return primary !== undefined && undoCutover({ ...diagnosis, primary }, context).waves.length > 0;
}

/** What has failed by its requests alone may say that it is well: the traffic does not go home to it. */
function markAsFailed(diagnosis: Diagnosed, { now }: PlanContext): ControllerStep[] {
  const { primary } = diagnosis;
  const mark = { reason: 'requests-failed', at: now } as const;
  return primary !== undefined && primary.replaceMark === undefined && failsByRequestsAlone(diagnosis)
    ? [{ kind: 'mark-for-replacement', instanceId: primary.id, mark }]
    : [];
}

/** The primary forwards nothing and its repair fails for good: it is replaced before anything else is repaired. */
function isHindered({ zone, replacement }: WithPrimary, { failing }: PlanContext): boolean {
  return failing.has(zone.name) && forwardsNothing(replacement);
}

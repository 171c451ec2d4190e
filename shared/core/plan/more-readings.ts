import type { Diagnosed } from '../diagnose/diagnose.ts';
import { tablesServedByOther } from '../diagnose/drift.ts';
import { mayYetTell } from '../diagnose/readiness.ts';
import { isHandOver } from '../diagnose/replacement-reasons.ts';
import { backFromTries, elsewhereFromTries, leftByCutover } from '../diagnose/tried-in-vain.ts';
import { bootingMaxMs, hasPassed, natHealthOf, provenByWord, upstreamByWord } from '../diagnose/verdict.ts';
import type { Finding } from '../model/finding.ts';
import { hasJustFailed, isUntold, wordOf } from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';
import type { Wait } from '../model/step.ts';
import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';
import { isStandby } from '../neighbours/standby.ts';
import { undoCutover } from './lead-back.ts';
import { replace } from './replacement.ts';
import type { Stack } from './stack.ts';
import { isOnTrial, undoTakeover } from './takeovers.ts';
import type { PlanContext, WithPrimary, ZonePlan } from './zone-plan.ts';

/** The probe is asked more often meanwhile; a look follows as soon as it has something new to say. */
const pollMs: DurationMs = 5 * secondMs;

/** What a probe has still to tell: a run does not end while it is not decided whether packets pass. */
export function waitsForReadings(diagnosis: Diagnosed, now: EpochMs): Wait[] {
  const { zone, verdict, view, primary } = diagnosis;
  if (primary?.state !== 'running') {
    return [];
  }
  if (isStandby(zone)) {
    return mayTellMore(diagnosis, primary, now)
      ? [{ detail: `${primary.id} to be ready to stand by for zone ${zone.standbyFor}`, pollMs }]
      : [];
  }
  if (isUntold(view.readings)) {
    return [{ detail: `a request to pass through ${primary.id}`, pollMs }];
  }
  return verdict.kind === 'undecided'
    ? [
        {
          detail: `a request to pass through ${primary.id}, after ${verdict.row.tries} that failed (${verdict.row.why})`,
          pollMs,
        },
      ]
    : [];
}

/** It may yet boot, or repair itself within seconds; what lasts is for later runs to look at. */
function mayTellMore(
  { view, primaryReady, replacement }: Diagnosed,
  { id, launchedAt }: NatInstance,
  now: EpochMs,
): boolean {
  const word = natHealthOf(view.readings, id, now);
  const mayRepair = word === undefined || wordOf(word) === 'cannot-forward';
  const isOpen = view.readings !== undefined && !primaryReady && replacement === undefined;
  return isOpen && (mayRepair || now - launchedAt < bootingMaxMs);
}

/**
 * In a paused zone nothing depends on what the probe says but the report: it is asked until it is known whether requests
 * fail, which takes three of them, and not whose fault that is.
 */
export function waitsToTell({ zone, egress, view }: Diagnosed): Wait[] {
  return egress === 'unknown' && hasJustFailed(view.readings)
    ? [{ detail: `another request of zone ${zone.name} to pass or fail`, pollMs: 2 * secondMs }]
    : [];
}

/** While something is to be done as soon as the probe says so. */
const askOftenMs: DurationMs = secondMs;
/** While what it says may change, and nothing is done about that within seconds. */
export const askNowAndThenMs: DurationMs = 5 * secondMs;

/** How long after a question the zone's probe is asked the next; undefined: nothing that it could say matters now. */
export function askAgainAfterMs(diagnosis: Diagnosed, now: EpochMs): DurationMs | undefined {
  const { candidate, candidateIsGood, primary, primaryReady, pausedSince, verdict, health, replacement } =
    diagnosis;
  if (pausedSince !== undefined) {
    return waitsToTell(diagnosis).length > 0 ? askOftenMs : undefined;
  }
  const forProof = waitsForReadings(diagnosis, now).length > 0 ? proofPaceMs(diagnosis, now) : undefined;
  const forCandidate =
    candidate === undefined || candidateIsGood ? undefined : bootPaceMs(candidate, isHurried(diagnosis), now);
  const isToGetReady = primary?.state === 'running' && !primaryReady && verdict.kind === 'unknown';
  const forPrimary = isToGetReady ? bootPaceMs(primary, health !== 'served-by-other', now) : undefined;
  const isInTrouble = primary?.state === 'running' && !primaryReady;
  const forItsWord = isHandOver(replacement) ? 2 * askOftenMs : undefined;
  const toTakeOver = isToldBeforeTakeover(diagnosis, now) ? askOftenMs : undefined;
  const paces = [
    forProof,
    forCandidate,
    forPrimary,
    forItsWord,
    toTakeOver,
    isInTrouble ? askNowAndThenMs : undefined,
  ];
  const known = paces.filter((pace) => pace !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** By EC2's word it is ready to take over, and its own may yet be heard. */
export function isToldBeforeTakeover(
  { primary, primaryReady, drift, view }: Diagnosed,
  now: EpochMs,
): boolean {
  return (
    primary !== undefined &&
    primaryReady &&
    tablesServedByOther(drift).length > 0 &&
    mayYetTell(view, primary, now)
  );
}

/** What hands its traffic over works still, and questions must last until another can have it. */
function isHurried({ replacement }: Diagnosed): boolean {
  return !isHandOver(replacement) && (replacement?.cause === 'suspect' || replacement?.urgent === true);
}

/** Its traffic was moved of late, and no request has passed since. */
function mayGoBack({ view, primary }: Diagnosed, now: EpochMs): boolean {
  const wasMoved =
    (primary !== undefined && leftByCutover(view, primary, now) !== undefined) ||
    view.privateTables.some(({ table }) => isOnTrial(table, view.stack, now));
  return wasMoved && !hasPassed(view.readings);
}

/** No more often than the proof needs it. Until there are tries enough to go back or on by, that is at once. */
function proofPaceMs(diagnosis: Diagnosed, now: EpochMs): DurationMs {
  const { verdict } = diagnosis;
  if (verdict.kind !== 'undecided' || verdict.boots) {
    return askOftenMs;
  }
  const { tries, cannotForward, noWayOut, saysItIsWell } = verdict.row;
  if (tries < backFromTries && mayGoBack(diagnosis, now)) {
    return askOftenMs;
  }
  if (noWayOut > 0) {
    return upstreamByWord.overMs / upstreamByWord.tries;
  }
  // The next may be the last that is needed; of the two under way, the one before it may have to wait for a process.
  if (cannotForward === provenByWord.tries - 1) {
    return askOftenMs / 2;
  }
  const isSlow = tries >= elsewhereFromTries && saysItIsWell && cannotForward === 0;
  return isSlow ? 2 * askOftenMs : askOftenMs;
}

/**
 * One that does not run cannot be asked, and one that has not booted in its time is waited for in no hurry. Where something
 * else works, questions are saved for what comes after: whether requests pass through it.
 */
function bootPaceMs({ state, launchedAt }: NatInstance, isUrgent: boolean, now: EpochMs): DurationMs {
  if (state !== 'running' || now - launchedAt >= bootingMaxMs) {
    return askNowAndThenMs;
  }
  return isUrgent ? askOftenMs : 2 * askOftenMs;
}

/**
 * Whether it is in vain to wait for the probe any longer in this run: what its zone comes to is known, and nothing is to be
 * done about that. The next run looks again within the minute: trouble that lasts is asked about some times a run, and not
 * all day. The findings are what more failed requests would lead to. Undefined: it may bring something.
 *
 * A deployment has no next run. It waits for the proof.
 */
export function inVain(
  diagnosis: WithPrimary,
  stack: Stack,
  context: PlanContext,
): readonly Finding[] | undefined {
  const { verdict, ifItGoesOn, zone } = diagnosis;
  if (context.isDeployment === true) {
    return undefined;
  }
  if (verdict.kind === 'does-not-forward' || verdict.kind === 'upstream') {
    return isIdle(outlook(diagnosis, stack, context)) ? [] : undefined;
  }
  if (ifItGoesOn === undefined) {
    return undefined;
  }
  const alike = stack.failingAlike.get(zone.name);
  const later = { ...ifItGoesOn, primary: diagnosis.primary };
  const plans = outlook(later, stack, context);
  const [replacing, ...undoing] = plans;
  if (alike !== undefined && isIdle(undoing)) {
    return [alike];
  }
  return isIdle(plans) ? replacing.findings : undefined;
}

function outlook(
  diagnosis: WithPrimary,
  stack: Stack,
  context: PlanContext,
): readonly [replacing: ZonePlan, ...undoing: ZonePlan[]] {
  return [
    replace(diagnosis, stack, context),
    undoTakeover(diagnosis, context),
    undoCutover(diagnosis, context),
  ];
}

function isIdle(plans: readonly ZonePlan[]): boolean {
  return plans.every(
    ({ waves, waits, needsImages }) => waves.length === 0 && waits.length === 0 && !needsImages,
  );
}

import type { Diagnosis } from '../core/diagnose/diagnose.ts';
import { leftByCutover } from '../core/diagnose/tried-in-vain.ts';
import { hasPassed } from '../core/diagnose/verdict.ts';
import { describeLagMs } from '../core/memory/memory.ts';
import { type DurationMs, type EpochMs, secondMs, shifted } from '../core/model/time.ts';
import { nextPauseMs } from '../core/plan/pauses.ts';
import { unrestored } from '../core/plan/restored.ts';
import { isOnTrialAnywhere } from '../core/plan/takeovers.ts';
import { type ZonePlan, zonePlan } from '../core/plan/zone-plan.ts';
import type { LoopDeps, RunContext } from './context.ts';
import { failedBootOf } from './run.ts';

/** A limit on everything: at a look a second no run of a minute comes near it, and a deployment goes on in another run. */
const maxLooks = 100;
/** What was moved a moment ago is seen to its end all the same: that takes ten seconds, and looks in a hurry. */
const moreLooksOnTrial = 30;

/**
 * A run compares with the times of EC2 (launches, attachments, ends) and with those that earlier runs wrote into tags, on
 * other machines. So all its times are EC2's, from one difference for the whole run: a clock that jumped within a run
 * would end it, or never.
 */
export function inEc2Time(deps: LoopDeps, offsetMs: DurationMs): LoopDeps {
  const { deployingSince } = deps;
  const began = deployingSince === undefined ? {} : { deployingSince: deployingSince + offsetMs };
  return { ...deps, clock: shifted(deps.clock, offsetMs), deadline: deps.deadline + offsetMs, ...began };
}

export type Decided = Seen & { readonly plans: readonly ZonePlan[] };

/** How long until the next look; undefined: this one was the last. */
export function pauseBefore(
  nextLook: number,
  { plans, diagnoses }: Decided,
  hasActed: boolean,
  context: RunContext,
): DurationMs | undefined {
  const { clock, deadline, intent, run } = context;
  const pauseMs = hasActed ? 0 : nextPauseMs(plans, run, intent);
  const isOver = nextLook > lookLimit(diagnoses, context) || hasFailedDeployment(diagnoses, context);
  return pauseMs === undefined || isOver || clock.now() + pauseMs >= deadline ? undefined : pauseMs;
}

function lookLimit(diagnoses: readonly Diagnosis[], { run, clock }: RunContext): number {
  const now = clock.now();
  const isOnTrial =
    isOnTrialAnywhere(diagnoses, { memory: run.memory, now }) ||
    diagnoses.some((diagnosis) => isCutOverOnTrial(diagnosis, now));
  return isOnTrial ? maxLooks + moreLooksOnTrial : maxLooks;
}

/** No request is known to have passed since, and what had the traffic before runs still. */
function isCutOverOnTrial(diagnosis: Diagnosis, now: EpochMs): boolean {
  if (diagnosis.kind === 'undiagnosed' || diagnosis.primary === undefined) {
    return false;
  }
  const { view, primary } = diagnosis;
  const { readings } = view;
  return readings !== undefined && !hasPassed(readings) && leftByCutover(view, primary, now) !== undefined;
}

/**
 * Where a new instance cannot forward, another would do no better. But what another zone has taken over a moment ago is to
 * be seen to its end: nobody else would lead it back.
 */
function hasFailedDeployment(
  diagnoses: readonly Diagnosis[],
  { run, deployingSince, clock }: RunContext,
): boolean {
  const hasFailed = deployingSince !== undefined && failedBootOf(run) !== undefined;
  return hasFailed && !isOnTrialAnywhere(diagnoses, { memory: run.memory, now: clock.now() });
}

type Seen = { readonly diagnoses: readonly Diagnosis[] };

const shownWithinMs: DurationMs = 2 * describeLagMs;

/** EC2's answers lag behind its writes: what a restore has changed is looked at until it shows, within reason. */
export async function untilRestored<Look extends Seen>(
  lookAgain: () => Promise<Look>,
  context: RunContext,
): Promise<Look> {
  const { clock, deadline } = context;
  const until = Math.min(deadline, clock.now() + shownWithinMs);
  let look = await lookAgain();
  while (mayShowYet(unseen(look, context), context) && clock.now() + secondMs < until) {
    await clock.sleep(secondMs);
    look = await lookAgain();
  }
  return look;
}

/** What a restore was to change and the look does not show, for the report. */
export function unseen({ diagnoses }: Seen, { trigger, settings }: RunContext): ZonePlan[] {
  return diagnoses.map((diagnosis) =>
    zonePlan(diagnosis.zone.name, { findings: unrestored(trigger, diagnosis, settings.stack) }),
  );
}

/** What EC2 has refused will not show. */
function mayShowYet(plans: readonly ZonePlan[], { run }: RunContext): boolean {
  return plans.some(
    ({ zone, findings }) => findings.length > 0 && run.zones.get(zone)?.steps.at(-1)?.result.kind === 'done',
  );
}

import type { Ec2Context } from '../aws/ec2-context.ts';
import { type Effect, freshOrReplayed, learnFromEffect, learnFromFailure } from '../core/memory/learn.ts';
import { type AwsFailure, needsPerson } from '../core/model/failure.ts';
import type { InterfaceId } from '../core/model/ids.ts';
import { type ControllerStep, isCutover } from '../core/model/step.ts';
import { type Clock, type DurationMs, type EpochMs, secondMs } from '../core/model/time.ts';
import { resolveStep } from '../core/plan/resolve-step.ts';
import type { ZonePlan } from '../core/plan/zone-plan.ts';
import { describeStep } from '../core/report/describe-step.ts';
import type { StepReport } from '../core/report/report.ts';
import type { Log } from './log.ts';
import { type Outcome, perform } from './perform.ts';
import type { Run, ZoneRun } from './run.ts';

export type ActDeps = { readonly ec2Context: Ec2Context; readonly clock: Clock; readonly log: Log };

const longestRetryMs: DurationMs = 8 * secondMs;

/**
 * Performs a zone's plan, wave by wave, up to the first wave with a failure that counts: the next look decides anew. What
 * no later wave waits for is waited for in the end.
 */
export async function actOnZone(plan: ZonePlan, run: Run, zone: ZoneRun, deps: ActDeps): Promise<void> {
  const execution = { plan, run, zone, deps };
  const undone = plan.findings.find(({ code }) => code === 'cutover-undone');
  // A launch that is withheld for an earlier one says the same beside whatever else is done.
  if (undone !== undefined && plan.purpose === 'way-back') {
    zone.undone = undone;
    deps.log('warn', 'finding', { zone: plan.zone, ...undone });
  }
  let created: InterfaceId | undefined;
  const beside: Promise<Performed>[] = [];
  for (const wave of plan.waves) {
    const awaited: Promise<Performed>[] = [];
    for (const step of wave) {
      const performed = performPlanned(step, created, execution);
      // What is thrown is thrown at the end; until then nobody may be listening.
      performed.catch(() => undefined);
      (isWaitedFor(step, plan) ? awaited : beside).push(performed);
    }
    const results = await Promise.all(awaited);
    created = results.find((result) => result.made !== undefined)?.made ?? created;
    // Where the traffic goes back, nothing waits for what fails: half-way back it passes nowhere.
    if (plan.purpose !== 'way-back' && results.some(({ ok }) => !ok)) {
      break;
    }
  }
  await Promise.all(beside);
}

/**
 * No launch waits for a route: others may lead to the instance, it takes longer to boot than a route to be repaired, and a
 * route that is throttled or refused does no harm meanwhile. It does wait for the Elastic IP, which a pending instance does
 * not take, and without which it could not even boot.
 */
function isWaitedFor({ kind }: ControllerStep, { purpose }: ZonePlan): boolean {
  return purpose !== 'recovery' || kind !== 'set-default-route';
}

/** A plan on its way. */
type Execution = {
  readonly plan: ZonePlan;
  readonly run: Run;
  readonly zone: ZoneRun;
  readonly deps: ActDeps;
};

type Performed = { readonly ok: boolean; readonly made?: InterfaceId };

/** A step that has been performed, and when. */
type Done = {
  readonly step: ControllerStep;
  readonly outcome: Outcome;
  readonly sentAt: EpochMs;
  readonly answeredAt: EpochMs;
};

async function performPlanned(
  planned: ControllerStep,
  created: InterfaceId | undefined,
  execution: Execution,
): Promise<Performed> {
  const { plan, zone, deps } = execution;
  const step = resolveStep(planned, created);
  if (step === undefined) {
    // The launch was answered without its interface; the next look finds it.
    return { ok: true };
  }
  const sentAt = deps.clock.now();
  const answer = await perform(step, deps.ec2Context);
  const answeredAt = deps.clock.now();
  const outcome: Outcome =
    answer.kind === 'answered' ? { ...answer, effect: freshOrReplayed(answer.effect, answeredAt) } : answer;
  if (isCutover(step)) {
    zone.firstCutoverAt ??= sentAt;
    zone.lastCutoverAt = outcome.kind === 'answered' ? answeredAt : (zone.lastCutoverAt ?? answeredAt);
  }
  const report = stepReport({ step, outcome, sentAt, answeredAt }, execution);
  zone.steps.push(report);
  deps.log(report.result.kind === 'failed' ? 'warn' : 'info', 'step', { zone: plan.zone, ...report });
  return outcome.kind === 'answered'
    ? settle(outcome.effect, step, answeredAt, execution)
    : fail(outcome.failure, step, answeredAt, execution);
}

function settle(
  effect: Effect,
  step: ControllerStep,
  now: EpochMs,
  { plan, run, zone }: Execution,
): Performed {
  run.memory = learnFromEffect(run.memory, step, effect, { zone: plan.zone, now });
  zone.failuresInRow = 0;
  switch (effect.kind) {
    case 'done':
      return { ok: true };
    case 'interface-created':
      return { ok: true, made: effect.interfaceId };
    case 'launched':
      return { ok: true, ...(effect.interfaceId === undefined ? {} : { made: effect.interfaceId }) };
    case 'replayed-dead':
      return { ok: false };
  }
}

/** What was learned (a type without capacity, say) changes the next plan at once; otherwise the next try waits. */
function fail(
  failure: AwsFailure,
  step: ControllerStep,
  now: EpochMs,
  { plan, run, zone }: Execution,
): Performed {
  const before = run.memory;
  run.memory = learnFromFailure(before, step, failure, { zone: plan.zone, now });
  if (needsPerson(failure) && run.memory === before) {
    zone.blocked = true;
    noteRefusal(failure, step, plan, zone);
  } else if (run.memory === before || isTriedAgain(failure)) {
    zone.failuresInRow += 1;
    zone.retryAt = now + Math.min(longestRetryMs, secondMs * 2 ** (zone.failuresInRow - 1));
  }
  return { ok: false };
}

function noteRefusal({ code }: AwsFailure, step: ControllerStep, { purpose }: ZonePlan, zone: ZoneRun): void {
  if (purpose === 'replacement' && 'to' in step && step.to.kind === 'interface') {
    const of = step.kind === 'associate-address' ? step.allocationId : step.routeTableId;
    zone.refusedMove = { of, code, to: step.to.id };
  }
}

/** What was learned from these is only a doubt, which the next try or the next look confirms or ends. */
function isTriedAgain({ kind }: AwsFailure): boolean {
  return kind === 'not-found' || kind === 'token-mismatch';
}

function stepReport({ step, outcome, sentAt, answeredAt }: Done, { plan, run }: Execution): StepReport {
  const base = {
    step: describeStep(step),
    kind: step.kind,
    purpose: plan.purpose,
    afterMs: sentAt - run.eventAt,
    tookMs: answeredAt - sentAt,
  };
  if (outcome.kind === 'failed') {
    return { ...base, result: { kind: 'failed', failure: outcome.failure } };
  }
  const { effect } = outcome;
  switch (effect.kind) {
    case 'done':
      return { ...base, result: { kind: 'done' } };
    case 'interface-created':
      return { ...base, result: { kind: 'done', made: effect.interfaceId } };
    case 'launched':
      return { ...base, result: { kind: 'done', made: effect.instanceId } };
    case 'replayed-dead':
      return { ...base, result: { kind: 'failed', failure: replayFailure(effect) } };
  }
}

function replayFailure(effect: Extract<Effect, { kind: 'replayed-dead' }>): AwsFailure {
  return {
    kind: 'wrong-state',
    code: 'ReplayedDeadInstance',
    message: `the launch had already been requested and was answered with ${effect.instanceId}, which is ${effect.state}`,
    advice: 'nothing: the next launch uses a new token',
  };
}

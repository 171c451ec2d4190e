import type { Ec2Context } from '../../shared/aws/ec2-context.ts';
import { observeAround, observeInstances } from '../../shared/aws/observe.ts';
import {
  planRemoval,
  type RemovalPlan,
  type RemovalScope,
} from '../../shared/core/lifecycle/plan-removal.ts';
import { type AwsFailure, needsPerson } from '../../shared/core/model/failure.ts';
import type { RouteTableId } from '../../shared/core/model/ids.ts';
import type { Step } from '../../shared/core/model/step.ts';
import { type Clock, type DurationMs, type EpochMs, secondMs } from '../../shared/core/model/time.ts';
import type { Log } from '../../shared/loop/log.ts';
import { describeFailedStep, type FailedStep, performSteps } from './perform-steps.ts';

export type RemovalDeps = {
  readonly ec2Context: Ec2Context;
  readonly clock: Clock;
  /** No new look starts after this. */
  readonly deadline: EpochMs;
  readonly log: Log;
};

/**
 * `done`: no resource is left; `warnings` tells of our notes that could not be taken off what is not ours. `unfinished`: the
 * time ran out; `open` says what was waited for. `failed`: a person is needed.
 */
export type RemovalResult =
  | { readonly kind: 'done'; readonly warnings: readonly string[] }
  | { readonly kind: 'unfinished'; readonly open: readonly string[] }
  | { readonly kind: 'failed'; readonly problems: readonly string[] };

/**
 * Gives back what Phoenat has, look by look, until nothing of it is left. Level-triggered like the controller's loop:
 * it can die anywhere and be started again.
 */
export async function runRemoval(scope: RemovalScope, deps: RemovalDeps): Promise<RemovalResult> {
  const progress: Progress = { goneTargets: new Set(), givenBack: new Map(), refusals: new Map() };
  for (let triesToForget = 0; ; ) {
    const plan = await look(scope, progress, deps);
    const failures = await perform(plan, progress, deps);
    const pauseMs = failures.length > 0 ? afterFailureMs : pauseFor(plan);
    if (plan.last) {
      triesToForget += 1;
      const isHopeless = failures.every(({ failure }) => needsPerson(failure));
      if (isHopeless || triesToForget >= maxTriesToForget || deps.clock.now() + pauseMs >= deps.deadline) {
        return doneBut(failures, deps);
      }
    } else if (failures.some(isForPerson)) {
      return { kind: 'failed', problems: failures.map(describeFailedStep) };
    }
    if (deps.clock.now() + pauseMs >= deps.deadline) {
      return {
        kind: 'unfinished',
        open: [
          ...plan.waits.map(({ detail }) => `waiting for ${detail}`),
          ...failures.map(describeFailedStep),
        ],
      };
    }
    await deps.clock.sleep(pauseMs);
  }
}

/** A tag of ours that stays must not keep the stack: it costs nothing, does nothing, and the next stack ignores it. */
const maxTriesToForget = 5;

function doneBut(failures: readonly FailedStep[], { log }: RemovalDeps): RemovalResult {
  const warnings = failures.map(describeFailedStep);
  if (warnings.length > 0) {
    log('warn', 'tags left', { warnings });
  }
  return { kind: 'done', warnings };
}

type Progress = {
  readonly goneTargets: Set<string>;
  readonly givenBack: Map<RouteTableId, EpochMs>;
  /** From this machine's clock to EC2's, for the whole run: one that jumped within it would end the quiet, or never. */
  offsetMs?: DurationMs;
  /** How often EC2 has refused to lead a route to what was noted, for a reason that may pass. */
  readonly refusals: Map<string, number>;
};

/** A recorded target may never accept a route again: the stack is deleted all the same. */
const maxRefusals = 5;

const afterFailureMs: DurationMs = 5 * secondMs;
/** EC2's answers lag behind its writes; a second look right after a step would show little. */
const afterStepsMs: DurationMs = 2 * secondMs;

function pauseFor({ waits }: RemovalPlan): DurationMs {
  return waits.length === 0 ? afterStepsMs : Math.min(...waits.map(({ pollMs }) => pollMs));
}

async function look(scope: RemovalScope, progress: Progress, deps: RemovalDeps): Promise<RemovalPlan> {
  const { ec2Context, clock } = deps;
  const { ec2, settings } = ec2Context;
  const formerAddresses = scope.kind === 'everything' ? [] : scope.formerAllocationIds;
  const observation = { ec2, settings, clock, formerAddresses };
  const first = await observeInstances(observation);
  if (first.instances.known) {
    progress.offsetMs ??= ec2.clockOffsetMs();
  }
  const snapshot = await observeAround(observation, first, { statuses: false, images: false });
  return planRemoval(snapshot, { settings, scope, now: ec2TimeOf(progress, deps), ...progress });
}

/**
 * Whether a pause is old enough is told from a tag that another machine may have written: an operator's command, or the
 * invocation before this one.
 */
function ec2TimeOf({ offsetMs = 0 }: Progress, { clock }: RemovalDeps): EpochMs {
  return clock.now() + offsetMs;
}

async function perform(plan: RemovalPlan, progress: Progress, deps: RemovalDeps): Promise<FailedStep[]> {
  const failures = await performSteps(plan.steps, deps);
  for (const step of plan.steps) {
    const failure = failures.find((failed) => failed.step === step)?.failure;
    if (step.kind === 'set-default-route' && failure !== undefined && isHopeless(step, failure, progress)) {
      // The next look deletes the route instead: its former target no longer accepts routes.
      progress.goneTargets.add(step.to.kind === 'created' ? '' : step.to.id);
    } else if (step.kind === 'set-default-route' || step.kind === 'delete-default-route') {
      if (failure === undefined) progress.givenBack.set(step.routeTableId, ec2TimeOf(progress, deps));
    }
  }
  return failures;
}

function isForPerson({ step, failure }: FailedStep): boolean {
  const isAnsweredOtherwise = step.kind === 'set-default-route' && isRefusedTarget(failure);
  return needsPerson(failure) && !isAnsweredOtherwise;
}

function isHopeless(
  { to }: Extract<Step, { kind: 'set-default-route' }>,
  failure: AwsFailure,
  { refusals }: Progress,
): boolean {
  const target = to.kind === 'created' ? '' : to.id;
  const times = (refusals.get(target) ?? 0) + (failure.kind === 'wrong-state' ? 1 : 0);
  refusals.set(target, times);
  return isRefusedTarget(failure) || times >= maxRefusals;
}

/** A gateway that is deleted, an interface of another network. InvalidParameterValue: the route itself is missing. */
function isRefusedTarget({ kind, code }: AwsFailure): boolean {
  return (kind === 'not-found' && code !== 'InvalidParameterValue') || kind === 'rejected';
}

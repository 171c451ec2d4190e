import { actLifecycle } from '../../shared/aws/act-lifecycle.ts';
import type { Actuator } from '../../shared/aws/actuator.ts';
import { Ec2CallError } from '../../shared/aws/ec2-caller.ts';
import { describeLifecycleStep, type LifecycleStep } from '../../shared/core/lifecycle/lifecycle-step.ts';
import type { AwsFailure } from '../../shared/core/model/failure.ts';
import type { Log } from '../../shared/loop/perform-plan.ts';

export type FailedStep = { readonly step: LifecycleStep; readonly failure: AwsFailure };

/** Performs steps at the same time, and gives those that failed. What was to be removed and is gone has been removed. */
export async function performLifecycleSteps(
  steps: readonly LifecycleStep[],
  deps: { readonly actuator: Actuator; readonly log: Log },
): Promise<FailedStep[]> {
  const outcomes = await Promise.all(
    steps.map(async (step): Promise<FailedStep[]> => {
      const fields = { step: describeLifecycleStep(step), kind: step.kind };
      try {
        await actLifecycle(step, deps.actuator);
        deps.log('info', 'step', fields);
        return [];
      } catch (error) {
        if (!(error instanceof Ec2CallError)) throw error;
        const { failure } = error;
        deps.log('warn', 'step', { ...fields, failure });
        return failure.kind === 'not-found' && isRemoval(step) ? [] : [{ step, failure }];
      }
    }),
  );
  return outcomes.flat();
}

function isRemoval({ kind }: LifecycleStep): boolean {
  return kind !== 'set-default-route' && kind !== 'note-route-as-found' && kind !== 'pause';
}

/** For people: what was tried, what EC2 said, what to do. */
export function describeFailedStep({ step, failure }: FailedStep): string {
  return `could not ${describeLifecycleStep(step)}: ${failure.code}: ${failure.message} (${failure.advice})`;
}

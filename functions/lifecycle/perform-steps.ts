import type { Ec2Context } from '../../shared/aws/ec2-context.ts';
import type { AwsFailure } from '../../shared/core/model/failure.ts';
import type { Step } from '../../shared/core/model/step.ts';
import { describeStep } from '../../shared/core/report/describe-step.ts';
import type { Log } from '../../shared/loop/log.ts';
import { perform } from '../../shared/loop/perform.ts';

export type FailedStep = { readonly step: Step; readonly failure: AwsFailure };

/** Performs steps at the same time, and gives those that failed. */
export async function performSteps(
  steps: readonly Step[],
  { ec2Context, log }: { readonly ec2Context: Ec2Context; readonly log: Log },
): Promise<FailedStep[]> {
  const failed = await Promise.all(
    steps.map(async (step): Promise<FailedStep[]> => {
      const outcome = await perform(step, ec2Context);
      const failure = outcome.kind === 'failed' ? outcome.failure : outcome.notFound;
      const fields = { step: describeStep(step), kind: step.kind };
      log(
        failure === undefined ? 'info' : 'warn',
        'step',
        failure === undefined ? fields : { ...fields, failure },
      );
      return outcome.kind === 'failed' ? [{ step, failure: outcome.failure }] : [];
    }),
  );
  return failed.flat();
}

/** For people: what was tried, what EC2 said, what to do. */
export function describeFailedStep({ step, failure }: FailedStep): string {
  return `could not ${describeStep(step)}: ${failure.code}: ${failure.message} (${failure.advice})`;
}

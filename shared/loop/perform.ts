import { act } from '../aws/act.ts';
import { Ec2CallError } from '../aws/ec2-caller.ts';
import type { Ec2Context } from '../aws/ec2-context.ts';
import type { Effect } from '../core/memory/learn.ts';
import type { AwsFailure } from '../core/model/failure.ts';
import { isRemoval, type Step } from '../core/model/step.ts';

/** What became of a step. `notFound`: EC2 does not know what was to be removed, so that it is removed. */
export type Outcome =
  | { readonly kind: 'answered'; readonly effect: Effect; readonly notFound?: AwsFailure }
  | { readonly kind: 'failed'; readonly failure: AwsFailure };

/** Performs one step of either function. A refusal by EC2 is an outcome; anything else that is thrown is our mistake. */
export async function perform(step: Step, ec2Context: Ec2Context): Promise<Outcome> {
  try {
    return { kind: 'answered', effect: await act(step, ec2Context) };
  } catch (error) {
    if (error instanceof Ec2CallError) {
      return outcomeOf(step, error.failure);
    }
    throw error;
  }
}

/** What was to be removed and is not there has been removed: by a run beside this one, or by a person. */
function outcomeOf(step: Step, failure: AwsFailure): Outcome {
  return isRemoval(step) && failure.kind === 'not-found'
    ? { kind: 'answered', effect: { kind: 'done' }, notFound: failure }
    : { kind: 'failed', failure };
}

import { DescribeRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import type { Session } from '../../session.ts';
import type { DeployedStack, Wake } from '../inventory.ts';
import { orUnknown } from './or-unknown.ts';

/** Whether the controller is woken each minute and may run then; undefined where nobody can be asked. */
export async function readWake(
  { aws }: Session,
  { scheduleName, functionName }: DeployedStack,
): Promise<Wake | undefined> {
  const { eventBridge, lambda, region } = aws;
  if (eventBridge === undefined || functionName === undefined || scheduleName === undefined) {
    return undefined;
  }
  const [schedule, reserved] = await Promise.all([
    orUnknown(region, () => readSchedule(eventBridge, scheduleName)),
    orUnknown(region, async () => {
      const asked = new GetFunctionConcurrencyCommand({ FunctionName: functionName });
      // Absent: the function reserves nothing, and shares what the account has.
      const { ReservedConcurrentExecutions: runs } = await lambda.send(asked);
      return { known: true as const, ...(runs === undefined ? {} : { runs }) };
    }),
  ]);
  return { functionName, scheduleName, schedule, reserved };
}

async function readSchedule(
  eventBridge: NonNullable<Session['aws']['eventBridge']>,
  Name: string,
): Promise<Wake['schedule']> {
  try {
    const { State } = await eventBridge.send(new DescribeRuleCommand({ Name }));
    return State === undefined
      ? { known: false, detail: 'EventBridge did not return the state of the rule' }
      : { known: true, state: State === 'DISABLED' ? 'disabled' : 'enabled' };
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      return { known: true, state: 'not there' };
    }
    throw error;
  }
}

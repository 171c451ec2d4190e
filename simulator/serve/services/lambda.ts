import * as sdk from '@aws-sdk/client-lambda';
import { environmentOf } from '../../harness/environment.ts';
import { ServiceFault } from '../http-answer.ts';
import type { LivingAccount } from '../living-account.ts';
import { commandsOf } from '../protocols/protocol.ts';
import { restJsonProtocol } from '../protocols/rest-json.ts';
import { operationIn, type Service, sendTo, textIn } from './service.ts';

/** The real controller, as in production, and nobody's function besides. */
export const lambda: Service = {
  protocol: restJsonProtocol(commandsOf(sdk)),
  operationOf: operationIn({
    Invoke: invoke,
    GetAccountSettings: ({ command }, asked) => sendTo(command.aws.lambda, asked),
    GetFunctionConcurrency: (account, asked) => {
      functionNamed(account, textIn(asked, 'FunctionName') ?? '');
      return sendTo(account.command.aws.lambda, asked);
    },
    GetFunctionConfiguration: (account, asked) => {
      const { name, arn } = functionNamed(account, textIn(asked, 'FunctionName') ?? '');
      return {
        FunctionName: name,
        FunctionArn: arn,
        Timeout: account.harness.timeoutMs / 1000,
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Environment: { Variables: environmentOf(account.harness.settings) },
      };
    },
  }),
};

async function invoke(account: LivingAccount, asked: { readonly input: object }): Promise<object> {
  functionNamed(account, textIn(asked, 'FunctionName') ?? '');
  const type = textIn(asked, 'InvocationType') ?? 'RequestResponse';
  const Payload = textIn(asked, 'Payload') ?? '{}';
  checkPayload(Payload);
  switch (type) {
    case 'DryRun':
      return { StatusCode: 204 };
    case 'Event':
    case 'RequestResponse': {
      const input = { ...asked.input, Payload, InvocationType: type };
      const answer = await sendTo(account.command.aws.lambda, { input });
      return { ExecutedVersion: '$LATEST', ...answer };
    }
    default:
      throw new ServiceFault(
        'InvalidParameterValueException',
        `Value '${type}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, Event, DryRun]`,
      );
  }
}

function checkPayload(payload: string): void {
  try {
    JSON.parse(payload);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ServiceFault(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${why}`,
    );
  }
}

/** By its name, or by its ARN. */
function functionNamed({ command, harness }: LivingAccount, asked: string) {
  const { Outputs } = command.stack();
  const name = Outputs.find(({ OutputKey }) => OutputKey === 'FunctionName')?.OutputValue ?? '';
  const { name: region, accountId } = harness.sim.region;
  const arnOf = (which: string) => `arn:aws:lambda:${region}:${accountId}:function:${which}`;
  if (asked !== name && asked !== arnOf(name)) {
    throw new ServiceFault(
      'ResourceNotFoundException',
      `Function not found: ${asked.startsWith('arn:') ? asked : arnOf(asked)}`,
      404,
    );
  }
  return { name, arn: arnOf(name) };
}

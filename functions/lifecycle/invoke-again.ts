import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/**
 * Hands a request to another invocation of the same function and waits only for Lambda to have taken it. `Event` is what
 * makes that so: with `RequestResponse` this invocation would wait for the next one, and be billed and killed with it.
 */
export async function invokeAgain(
  lambda: Pick<LambdaClient, 'send'>,
  functionName: string,
  event: object,
  abortSignal: AbortSignal,
): Promise<void> {
  await lambda.send(
    new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    }),
    { abortSignal },
  );
}

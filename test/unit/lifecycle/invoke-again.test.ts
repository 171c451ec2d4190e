import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, it, onTestFinished } from 'vitest';
import { invokeAgain } from '../../../functions/lifecycle/invoke-again.ts';

it('hands the request on without waiting for what becomes of it', async () => {
  const lambda = mockClient(LambdaClient);
  onTestFinished(() => lambda.restore());
  lambda.on(InvokeCommand).resolves({ StatusCode: 202 });

  const event = { RequestType: 'Create' };
  const { signal } = new AbortController();
  await invokeAgain(new LambdaClient({ region: 'eu-central-1' }), 'phoenat-Lifecycle', event, signal);

  expect(lambda.commandCalls(InvokeCommand).map(({ args }) => args[0].input)).toEqual([
    { FunctionName: 'phoenat-Lifecycle', InvocationType: 'Event', Payload: '{"RequestType":"Create"}' },
  ]);
});

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { CallingRole } from '../shared/aws/errors.ts';
import { createAskProbe, type InvokeFunction } from '../shared/aws/invoke-probe.ts';
import { requestHandler } from '../shared/aws/request-limits.ts';
import { secondMs } from '../shared/core/model/time.ts';
import type { AskProbe } from '../shared/loop/context.ts';
import { systemClock } from '../shared/system-clock.ts';

/**
 * The Lambda client and all that reads a probe's answer, in a file of its own that is loaded when the first probe is
 * asked: a cold start does not pay for it. A second try is for a connection that died while the function was frozen.
 */
const client = new LambdaClient({
  maxAttempts: 2,
  requestHandler: requestHandler({ connectMs: secondMs, answerMs: 5 * secondMs }),
});

const invokeFunction: InvokeFunction = async (functionName, payload, options) => {
  const input = { FunctionName: functionName, InvocationType: 'RequestResponse', Payload: payload } as const;
  const { Payload, FunctionError } = await client.send(new InvokeCommand(input), options);
  return {
    payload: Payload ?? new Uint8Array(),
    ...(FunctionError === undefined ? {} : { functionError: FunctionError }),
  };
};

export function askProbeAs(role: CallingRole): AskProbe {
  return createAskProbe({ invokeFunction, clock: systemClock, role });
}

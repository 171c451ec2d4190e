import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import { requestHandler } from '../../shared/aws/request-limits.ts';
import { createRuntime, requestLimits } from '../runtime.ts';
import { invokeAgain } from './invoke-again.ts';
import { createLifecycle } from './lifecycle.ts';
import { putTimeoutMs } from './respond.ts';

const { deps, logFor } = createRuntime('phoenat-lifecycle', 'LifecycleRole');
const lambda = new LambdaClient({ requestHandler: requestHandler(requestLimits) });

/** Two parameters at most: Node.js 24 refuses a handler that declares a callback. */
export async function handler(event: unknown, context: Context): Promise<void> {
  logFor(context);
  const lifecycle = createLifecycle({
    ...deps,
    put,
    invokeAgain: (next, abortSignal) => invokeAgain(lambda, context.functionName, next, abortSignal),
  });
  await lifecycle(event, context);
}

/** As bytes, so that no content type is sent: the address was signed without one. */
async function put(url: string, body: string): Promise<number> {
  const answer = await fetch(url, {
    method: 'PUT',
    body: new TextEncoder().encode(body),
    signal: AbortSignal.timeout(putTimeoutMs),
  });
  return answer.status;
}

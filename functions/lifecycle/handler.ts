import { Logger } from '@aws-lambda-powertools/logger';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import { bundledBootstrapFiles } from '../../infra/bundled-bootstrap-files.ts';
import { requestHandler } from '../../shared/aws/request-limits.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import { systemClock } from '../../shared/system-clock.ts';
import { invokeAgain } from './invoke-again.ts';
import { createLifecycle } from './lifecycle.ts';
import { putTimeoutMs } from './respond.ts';

const logger = new Logger({ serviceName: 'phoenat-lifecycle' });
const limits = { connectMs: 2 * secondMs, answerMs: 10 * secondMs };
const ec2 = new EC2Client({ requestHandler: requestHandler(limits) });
const lambda = new LambdaClient({ requestHandler: requestHandler(limits) });

/** Two parameters at most: Node.js 24 refuses a handler that declares a callback. */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  const lifecycle = createLifecycle({
    ec2,
    put,
    invokeAgain: (next, abortSignal) => invokeAgain(lambda, context.functionName, next, abortSignal),
    clock: systemClock,
    log: (level, message, fields) => logger[level](message, fields),
    env: process.env,
    bootstrap: bundledBootstrapFiles,
    random: () => Math.random(),
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

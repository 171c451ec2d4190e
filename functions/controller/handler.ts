import { Logger } from '@aws-lambda-powertools/logger';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Context } from 'aws-lambda';
import { bundledBootstrapFiles } from '../../infra/bundled-bootstrap-files.ts';
import { requestHandler } from '../../shared/aws/request-limits.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import type { Report } from '../../shared/core/report/report.ts';
import { systemClock } from '../../shared/system-clock.ts';
import { createController } from './controller.ts';

/** The build puts package.json's in: `scripts/build.ts`. */
declare const PHOENAT_VERSION: string;

const logger = new Logger({ serviceName: 'phoenat' });

const controller = createController({
  // RunInstances is the slowest call, about 5 s.
  ec2: new EC2Client({
    requestHandler: requestHandler({ connectMs: 2 * secondMs, answerMs: 10 * secondMs }),
  }),
  putMetricData: async (input, options) => {
    const { putMetricData } = await import('./cloudwatch.ts');
    await putMetricData(input, options);
  },
  clock: systemClock,
  log: (level, message, fields) => logger[level](message, fields),
  env: process.env,
  bootstrap: bundledBootstrapFiles,
  version: PHOENAT_VERSION,
  random: () => Math.random(),
});

/** Two parameters at most: Node.js 24 refuses a handler that declares a callback. */
export async function handler(event: unknown, context: Context): Promise<Report> {
  logger.addContext(context);
  return await controller(event, context);
}

import type { Context } from 'aws-lambda';
import type { Report } from '../../shared/core/report/report.ts';
import { createRuntime } from '../runtime.ts';
import { createController } from './controller.ts';

/** The build inserts the version of package.json: `scripts/build.ts`. */
declare const PHOENAT_VERSION: string;

const { deps, logFor } = createRuntime('phoenat', 'ControllerRole');

const controller = createController({
  ...deps,
  putMetricData: async (input, options) => {
    const { putMetricData } = await import('./cloudwatch.ts');
    await putMetricData(input, options);
  },
  version: PHOENAT_VERSION,
});

/** Two parameters at most: Node.js 24 refuses a handler that declares a callback. */
export async function handler(event: unknown, context: Context): Promise<Report> {
  logFor(context);
  return await controller(event, context);
}

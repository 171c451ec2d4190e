import { Logger } from '@aws-lambda-powertools/logger';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Context } from 'aws-lambda';
import { bundledBootstrapFiles } from '../infra/bundled-bootstrap-files.ts';
import type { CallingRole } from '../shared/aws/errors.ts';
import { type RequestLimits, requestHandler } from '../shared/aws/request-limits.ts';
import type { Environment } from '../shared/config/environment.ts';
import { secondMs } from '../shared/core/model/time.ts';
import type { AskProbe } from '../shared/loop/context.ts';
import type { Log } from '../shared/loop/log.ts';
import { prepare } from '../shared/loop/prepare.ts';
import { systemClock } from '../shared/system-clock.ts';

/** RunInstances is the slowest call, about 5 s. */
export const requestLimits: RequestLimits = { connectMs: 2 * secondMs, answerMs: 10 * secondMs };

/** What both functions take from the outside world, made once for each process by its handler. */
export function createRuntime(serviceName: string, role: CallingRole) {
  const logger = new Logger({ serviceName });
  const log: Log = (level, message, fields) => logger[level](message, fields);
  return {
    /** Adds the ids of an invocation to its lines. */
    logFor: (context: Context) => logger.addContext(context),
    deps: {
      ec2: new EC2Client({ requestHandler: requestHandler(requestLimits) }),
      askProbe: async (...given: Parameters<AskProbe>) => {
        const { askProbeAs } = await import('./ask-probe.ts');
        return await askProbeAs(role)(...given);
      },
      clock: systemClock,
      log,
      env: process.env,
      prepare: (env: Environment) => prepare(env, bundledBootstrapFiles),
      random: () => Math.random(),
    },
  };
}

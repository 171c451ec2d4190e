import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from '../../../shared/core/report/report.ts';
import { resultOf, startBundle } from '../../moto/bundle-process.ts';

/** A process that runs the built controller, as Lambda keeps one. */
export type LambdaEnvironment = {
  /** Rejects with what the handler rejected with. */
  invoke(event: object): Promise<Report>;
  stop(): Promise<void>;
};

export function startEnvironment(env: Readonly<Record<string, string>>): LambdaEnvironment {
  const { child, ended, log } = startBundle(join(import.meta.dirname, 'function-process.ts'), [], env);
  return {
    invoke: async (event) => {
      const answered = once(child, 'message').then(([message]: unknown[]) => message);
      child.send(event);
      const said = await Promise.race([answered, ended.then(() => undefined)]);
      // The one cast: the parent believes the child that the bundle gave a report.
      return resultOf(said, log()) as Report;
    },
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

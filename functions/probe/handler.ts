import { parseRequest } from './parse-request.ts';
import { probe, probeLimits, type RawProbeAnswer } from './probe.ts';
import { readTargets } from './read-targets.ts';

/** Two parameters at most: Node.js 24 refuses a handler that declares a callback. */
export async function handler(event: unknown): Promise<RawProbeAnswer> {
  return await probe(parseRequest(event), {
    targets: readTargets(process.env),
    limits: probeLimits,
    now: () => performance.now(),
  });
}

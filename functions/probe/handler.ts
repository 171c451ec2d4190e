import { createHash } from 'node:crypto';
import { bundledExtras } from '../../infra/bundled-extras.ts';
import { renderExtras } from '../../infra/user-data.ts';
import { isPublicAddress } from '../../shared/config/cidr.ts';
import { inUseOf, isHurried, parseRequest, wantsRequests } from './parse-request.ts';
import { hurriedLimits, probe, probeLimits, type RawProbeAnswer } from './probe.ts';
import { readTargets } from './read-targets.ts';

const text = renderExtras(bundledExtras);
const extras = { hash: createHash('sha256').update(text).digest('hex'), text };

/** Two parameters at most: Node.js 24 refuses a handler that declares a callback. */
export async function handler(event: unknown): Promise<RawProbeAnswer> {
  return await probe(parseRequest(event), {
    targets: wantsRequests(event) ? readTargets(process.env) : [],
    limits: isHurried(event) ? hurriedLimits : probeLimits,
    extras,
    inUse: inUseOf(event),
    // A VPC endpoint answers at a private address by a public name, whatever becomes of the NAT (VPC User Guide, "Private
    // DNS").
    counts: isPublicAddress,
    now: () => performance.now(),
  });
}

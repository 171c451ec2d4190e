import { InvariantViolation } from './assert.ts';
import type { Judged } from './diagnose.ts';
import { type ClientToken, parseClientToken } from './ids.ts';
import type { PlanContext } from './plan-types.ts';

/**
 * The token of a request that must not happen twice. It is derived from what was seen, so that two controllers with the
 * same view, or one whose answer was lost, ask EC2 for the same thing and get one: EC2 answers a repeated token with
 * the original (EC2 Developer Guide, "Ensuring idempotency"). The generation is the set of the zone's listed instances,
 * dead ones included: it changes with every launch and every failure. A replayed token may answer with something that
 * is already dead; that is then added to the set, and the next generation is used.
 *
 * What is asked for is no part of it: of two controllers of which one has been deployed with other settings, EC2 serves
 * the first and refuses the second (`IdempotentParameterMismatch`), so that a zone gets one launch and not one of each.
 * What EC2 has refused to this run is, since it may remember a token by what was first asked for with it.
 */
export function clientToken(purpose: string, diagnosis: Judged, context: PlanContext): ClientToken {
  const zone = diagnosis.zone.name;
  const { refusedTypes, refusedImages } = context.memory;
  const refused = [...(refusedTypes.get(zone) ?? []), ...refusedImages].toSorted();
  const listed = diagnosis.view.instances.map(({ id }) => id);
  const deadEnds = context.memory.deadEnds.get(zone) ?? [];
  const generation = [...new Set<string>([...listed, ...deadEnds])].toSorted();
  const text = JSON.stringify([context.settings.stack, zone, purpose, refused, generation]);
  const token = parseClientToken(`phoenat-${context.digest(text).slice(0, 40)}`);
  if (token === undefined) {
    throw new InvariantViolation(`the digest gave no client token for ${text}`);
  }
  return token;
}

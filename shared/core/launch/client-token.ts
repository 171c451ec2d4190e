import type { Diagnosed } from '../diagnose/diagnose.ts';
import { InvariantViolation } from '../model/assert.ts';
import { type ClientToken, parseClientToken } from '../model/ids.ts';
import { hourMs } from '../model/time.ts';
import type { LaunchContext } from './launch-context.ts';

/**
 * The token of a request that must not happen twice. It is derived from what was seen, so that two controllers with the
 * same view, or one whose answer was lost, ask EC2 for the same thing and get one: EC2 answers a repeated token with
 * the original (EC2 Developer Guide, "Ensuring idempotency"). The generation is the set of the zone's listed instances,
 * dead ones included: it changes with every launch and every failure.
 *
 * What is asked for is no part of it: of two controllers of which one has been deployed with other settings, EC2 serves
 * the first and refuses the second (`IdempotentParameterMismatch`), so that a zone gets one launch and not one of each.
 * Nor is anything that a run remembers, but for tokens that are spent: they are followed by the next of their chain,
 * which is the same for every run. When something is launched after all, a new generation begins for all of them.
 *
 * While EC2 has no capacity no generation begins, and every launch that it turns down leaves a token that stands for
 * what was asked for then. Once that is no longer what is wanted (a newer image, other settings), each such token costs
 * the wait of a mismatch, and a run would be over before it came to the end of them. So the second that is in the way is
 * followed by a token of what is asked for: nobody can have used it for anything else.
 *
 * A spare interface is no failure's: it may be deleted again and again while the instances stay, by us or by whoever tidies
 * an account, and its token would answer with each of those first. So a failover's interface has tokens of its own, and a
 * spare's change every hour; of two that are made at its turn one is deleted.
 */
export function clientToken(
  purpose: Purpose,
  asked: readonly string[],
  diagnosis: Diagnosed,
  context: LaunchContext,
): ClientToken {
  return nextInChain(purpose, asked, diagnosis, context).token;
}

type Purpose = 'launch' | 'interface' | 'spare';

/** How many requests for a zone's spare interface this run has seen answered with what was made before, and is not there. */
export function sparesInVain(diagnosis: Diagnosed, context: LaunchContext): number {
  const { name, publicSubnetId } = diagnosis.zone;
  const gone = context.memory.goneInterfaces.get(name)?.size ?? 0;
  return nextInChain('spare', [publicSubnetId], diagnosis, context).spent + gone;
}

function nextInChain(
  purpose: Purpose,
  asked: readonly string[],
  diagnosis: Diagnosed,
  context: LaunchContext,
): { readonly token: ClientToken; readonly spent: number } {
  const zone = diagnosis.zone.name;
  const listed = diagnosis.view.instances.map(({ id }) => id);
  const gone = purpose === 'launch' ? [] : (context.memory.goneInterfaces.get(zone) ?? []);
  // An instance that has lost our tag is listed no more, and every token that it was launched with still answers with it.
  const { interfaces, ownInstanceIds } = diagnosis.view;
  const lost = interfaces.flatMap(({ attachedTo }) =>
    attachedTo === undefined || ownInstanceIds.has(attachedTo) ? [] : [`lost ${attachedTo}`],
  );
  const generation = [...new Set<string>([...listed, ...lost, ...gone])].toSorted();
  const { spentTokens, mismatchedSince } = context.memory;
  const hour = purpose === 'spare' ? [Math.floor(context.now / hourMs)] : [];
  let token = tokenOf([context.settings.stack, zone, purpose, generation, ...hour], context);
  let spent = 0;
  let inTheWay = 0;
  while (spentTokens.has(token)) {
    spent += 1;
    if (mismatchedSince.has(token)) inTheWay += 1;
    token = tokenOf(['after', token, ...(inTheWay > 1 ? [context.specHash, ...asked] : [])], context);
  }
  return { token, spent };
}

function tokenOf(facts: readonly unknown[], { digest }: LaunchContext): ClientToken {
  const text = JSON.stringify(facts);
  const token = parseClientToken(`phoenat-${digest(text).slice(0, 40)}`);
  if (token === undefined) {
    throw new InvariantViolation(`the digest gave no client token for ${text}`);
  }
  return token;
}

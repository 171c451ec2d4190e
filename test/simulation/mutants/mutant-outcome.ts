import type { Tally } from '../search.ts';
import type { Mutant } from './mutants.ts';

/** What became of a mutant. */
export type MutantOutcome = { readonly mutant: Mutant; readonly tally: Tally };

/** Killed by what it was to be killed by: another invariant would mean that the mutant is not what it says. */
export function isKilled({ mutant, tally }: MutantOutcome): boolean {
  const invariant = tally.failure?.violation.invariant;
  return mutant.killedBy.some((name) => name === invariant);
}

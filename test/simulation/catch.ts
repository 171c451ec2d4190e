import type { Mutant } from './mutants.ts';
import type { Tally } from './search.ts';

/** What became of a mutant. */
export type Catch = { readonly mutant: Mutant; readonly tally: Tally };

/** Caught by what it was to be caught by: another invariant would mean that the mutant is not what it says. */
export function isCaught({ mutant, tally }: Catch): boolean {
  const invariant = tally.failure?.violation.invariant;
  return mutant.caughtBy.some((name) => name === invariant);
}

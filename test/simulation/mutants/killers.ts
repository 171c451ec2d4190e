import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { isKilled, type MutantOutcome } from './mutant-outcome.ts';

const file = new URL('killers.json', import.meta.url);
const Killers = z.strictObject({
  seed: z.int(),
  /** The first schedule of that seed that kills the mutant of this name, counted from 1. */
  nth: z.record(z.string(), z.int().positive()),
});

/** Which schedule of a seed has killed which mutant: played first, it saves the search for one. */
export function readKillers(seed: number): Readonly<Record<string, number>> {
  const killers = Killers.parse(JSON.parse(readFileSync(file, 'utf8')));
  return killers.seed === seed ? killers.nth : {};
}

export function writeKillers(seed: number, outcomes: readonly MutantOutcome[]): void {
  const nth = outcomes.flatMap(({ mutant, tally }) =>
    tally.failure !== undefined && mutant.isKept !== true && isKilled({ mutant, tally })
      ? [[mutant.name, tally.failure.nth]]
      : [],
  );
  const killers = { seed, nth: Object.fromEntries(nth) };
  writeFileSync(file, `${JSON.stringify(killers, undefined, 2)}\n`);
}

import type { Goal, Measured } from './goal.ts';
import { goals } from './goals.ts';
import type { HangSteps } from './hang-steps.ts';

/** What a goal came to on its worst day. */
export type GoalOutcome = {
  readonly goal: Pick<Goal, 'what' | 'must' | 'days'>;
  readonly worst: Measured;
  /** On how many of its days it was reached. */
  readonly reached: number;
  /** Of each day on which it is known where the time went. */
  readonly steps: readonly HangSteps[];
};

/** All goals on all of their days; or those that are described in such words, or on so many days. */
export type Chosen = { readonly about?: string; readonly days?: number };

export function goalsAbout(words = ''): readonly Goal[] {
  return goals.filter(({ what }) => what.includes(words));
}

export async function measureGoals(
  seed: number,
  measured: (outcome: GoalOutcome) => void,
  { about, days }: Chosen = {},
): Promise<GoalOutcome[]> {
  const outcomes: GoalOutcome[] = [];
  for (const chosen of goalsAbout(about)) {
    const goal = { ...chosen, days: days ?? chosen.days };
    const seen: Measured[] = [];
    for (let day = 0; day < goal.days; day += 1) seen.push(await goal.measure(seed + day));
    const outcome = {
      goal,
      worst: worstOf(seen),
      reached: seen.filter(({ isReached }) => isReached).length,
      steps: seen.flatMap(({ steps }) => (steps === undefined ? [] : [steps])),
    };
    outcomes.push(outcome);
    measured(outcome);
  }
  return outcomes;
}

export function isGoalReached({ goal, reached }: GoalOutcome): boolean {
  return reached === goal.days;
}

function worstOf(days: readonly Measured[]): Measured {
  const missed = days.filter(({ isReached }) => !isReached);
  const [worst] = (missed.length > 0 ? missed : days).toSorted((a, b) => (b.worstMs ?? 0) - (a.worstMs ?? 0));
  return worst ?? { figure: 'not measured', isReached: false };
}

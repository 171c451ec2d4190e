import type { Goal, Measured } from './goal.ts';
import { goals } from './goals.ts';

/** What a goal came to on its worst day. */
export type GoalOutcome = {
  readonly goal: Pick<Goal, 'what' | 'must' | 'days'>;
  readonly worst: Measured;
  /** On how many of its days it was reached. */
  readonly reached: number;
};

export async function measureGoals(
  seed: number,
  measured: (outcome: GoalOutcome) => void,
): Promise<GoalOutcome[]> {
  const outcomes: GoalOutcome[] = [];
  for (const goal of goals) {
    const days: Measured[] = [];
    for (let day = 0; day < goal.days; day += 1) days.push(await goal.measure(seed + day));
    const outcome = { goal, worst: worstOf(days), reached: days.filter(({ isReached }) => isReached).length };
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

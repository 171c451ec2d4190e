import { type GoalOutcome, isGoalReached } from '../goals/measure-goals.ts';

export const goalsHead: string[] = ['what happens', 'must', 'worst', 'reached'];

export function goalRows(outcomes: readonly GoalOutcome[]): string[][] {
  return outcomes.map((outcome) => {
    const { goal, worst, reached } = outcome;
    const days = goal.days === 1 ? 'in its one run' : `in all of ${goal.days} runs`;
    return [
      goal.what,
      goal.must,
      worst.figure,
      isGoalReached(outcome) ? days : `no, in ${reached} of ${goal.days} runs`,
    ];
  });
}

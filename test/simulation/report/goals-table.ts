import { type HangSteps, hangSteps } from '../goals/hang-steps.ts';
import { type GoalOutcome, isGoalReached } from '../goals/measure-goals.ts';
import { formatDuration } from './format-duration.ts';
import { percentiles } from './outage-statistics.ts';

export const goalsHead: string[] = ['what happens, simulated', 'must', 'worst', 'reached'];

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

export const stepsHead: string[] = ['step, simulated', 'least', 'median', 'most'];

/** Each step by itself: what is longest of each does not come together. The last row is of whole days. */
export function stepRows(days: readonly HangSteps[]): string[][] {
  const wholes = days.map((steps) => steps.reduce((sum, ms) => sum + ms, 0));
  const each = hangSteps.map((what, nth) => [what, days.map((steps) => steps[nth] ?? 0)] as const);
  return [...each, ['all of it', wholes] as const].map(([what, times]) => [
    what,
    ...percentiles(times, [0, 0.5, 1]).map((ms = 0) => formatDuration(ms)),
  ]);
}

/** Those of which it is known where the time went. */
export function withSteps(outcomes: readonly GoalOutcome[]): readonly GoalOutcome[] {
  return outcomes.filter(({ steps }) => steps.length > 0);
}

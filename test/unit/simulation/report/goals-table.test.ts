import { describe, expect, it } from 'vitest';
import { type GoalOutcome, isGoalReached } from '../../../simulation/goals/measure-goals.ts';
import { goalRows, stepRows } from '../../../simulation/report/goals-table.ts';
import { renderGoals } from '../../../simulation/report/render.ts';

const outcome = (reached: number, days: number): GoalOutcome => ({
  goal: { what: 'it rains', must: 'dry in 5 s', days },
  worst: { figure: '4.2 s', isReached: reached === days },
  reached,
  steps: [],
});

describe('the table of what is to be reached', () => {
  it.each([
    [3, 3, true, 'in all of 3 runs'],
    [1, 1, true, 'in its one run'],
    [2, 3, false, 'no, in 2 of 3 runs'],
    [0, 1, false, 'no, in 0 of 1 runs'],
  ])('says of %i of %i runs whether that is enough', (reached, days, isEnough, words) => {
    expect(isGoalReached(outcome(reached, days))).toBe(isEnough);
    expect(goalRows([outcome(reached, days)])).toEqual([['it rains', 'dry in 5 s', '4.2 s', words]]);
  });

  it('tells where the seconds of a hang go, each step by itself', () => {
    const days = [
      [1_000, 0, 2_000, 100, 100],
      [1_500, 60, 1_000, 200, 100],
      [1_200, 0, 2_500, 300, 100],
    ];

    expect(stepRows(days).map(([, ...times]) => times)).toEqual([
      ['1.0 s', '1.2 s', '1.5 s'],
      ['0.0 s', '0.0 s', '0.1 s'],
      ['1.0 s', '2.0 s', '2.5 s'],
      ['0.1 s', '0.2 s', '0.3 s'],
      ['0.1 s', '0.1 s', '0.1 s'],
      ['2.9 s', '3.2 s', '4.1 s'],
    ]);
    expect(renderGoals([{ ...outcome(3, 3), steps: days }])).toContain('it rains, in 3 of 3 runs:');
    expect(renderGoals([outcome(3, 3)])).not.toContain('step');
  });

  it('ends with what is missing', () => {
    expect(renderGoals([outcome(3, 3), outcome(2, 3)])).toContain('1 of 2 are not reached');
    expect(renderGoals([outcome(3, 3)])).toContain('every goal is reached');
  });
});

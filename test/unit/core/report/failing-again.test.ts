import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../../shared/core/model/failure.ts';
import type { Step } from '../../../../shared/core/model/step.ts';
import { failingAgain } from '../../../../shared/core/report/failing-again.ts';
import type { StepReport } from '../../../../shared/core/report/report.ts';
import { now } from '../a-snapshot.ts';

function step(kind: Step['kind'], result: StepReport['result']): StepReport {
  return { step: `do ${kind}`, kind, purpose: 'repair', result, afterMs: 0, tookMs: 0 };
}

const move = (code = 'InvalidAddress.NotFound', kind: FailureKind = 'not-found') =>
  step('associate-address', { kind: 'failed', failure: { kind, code, message: 'gone', advice: 'look' } });
const moved = step('associate-address', { kind: 'done' });
const noted = step('remember-image', { kind: 'done' });

function told(steps: readonly StepReport[], blocked = false): string[] {
  const zone = { steps: [...steps], failuresInRow: 0, retryAt: now, blocked };
  return failingAgain(zone).map(({ code, detail }) => `${code}: ${detail}`);
}

describe('a step that fails', () => {
  it('is told of when it has failed alike three times in a run', () => {
    expect(told([move(), move()])).toEqual([]);
    expect(told([move(), move(), move()])).toEqual([
      'keeps-failing: could not do associate-address, 3 times in this run: InvalidAddress.NotFound: gone (look)',
    ]);
  });

  it.each<[string, StepReport[]]>([
    ['has failed otherwise in between', [move(), move('IncorrectState'), move()]],
    ['has succeeded since', [move(), move(), moved, move()]],
    ['succeeded last', [move(), move(), move(), moved]],
    ['fails by what passes by itself', [1, 2, 3].map(() => move('RequestLimitExceeded', 'throttled'))],
  ])('and that %s is not', (_what, steps) => {
    expect(told(steps)).toEqual([]);
  });

  it('is told of whatever else succeeds meanwhile', () => {
    expect(told([move(), noted, move(), noted, move()])).toHaveLength(1);
  });

  it('is told of otherwise where it has blocked the zone, and not at all where there is none', () => {
    expect(told([move(), move(), move()], true)).toEqual([]);
    expect(failingAgain(undefined)).toEqual([]);
  });
});

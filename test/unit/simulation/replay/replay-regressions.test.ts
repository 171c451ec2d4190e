import { describe, expect, it } from 'vitest';
import type { Violation } from '../../../simulation/checker/checker.ts';
import { formerMistakes } from '../../../simulation/mutants/former-mistakes.ts';
import type { Verdict } from '../../../simulation/play/play-schedule.ts';
import { faultsOf } from '../../../simulation/replay/replay-regressions.ts';
import { renderRegressions } from '../../../simulation/report/render.ts';

const [former] = formerMistakes;
const name = former?.name ?? '';
const [killedBy = 'breaker-holds'] = former?.killedBy ?? [];

function verdict(invariant?: Violation['invariant']): Verdict {
  const violation = invariant === undefined ? undefined : { invariant, detail: 'four launches', at: 0 };
  return {
    violation,
    settledAfterMs: 0,
    outages: [],
    hit: 1,
    virtualMs: 0,
    calls: 0,
    changes: 0,
    endedAt: 0,
  };
}

const asItShouldBe = { name, verdict: verdict(), isRepeatable: true, mistake: verdict(killedBy) };

describe('a regression that is played again', () => {
  it('is as it should be where it holds, is repeatable and notices its mistake', () => {
    expect(faultsOf(asItShouldBe)).toEqual([]);
  });

  it.each([
    [
      'an invariant breaks',
      { verdict: verdict('every-zone-settles') },
      'every-zone-settles does not hold any more: four launches',
    ],
    ['it is another each time', { isRepeatable: false }, 'played twice, it was not the same'],
    [
      'nothing notices its mistake',
      { mistake: verdict() },
      `its mistake, made again, is killed by nothing, not ${killedBy}`,
    ],
    [
      'something else notices its mistake',
      { mistake: verdict('plays-to-the-end') },
      `its mistake, made again, is killed by plays-to-the-end, not ${killedBy}`,
    ],
  ])('fails where %s, and tells how to look into it', (_case, difference, sentence) => {
    const replayed = { ...asItShouldBe, ...difference };

    expect(faultsOf(replayed)).toEqual([sentence]);
    expect(renderRegressions([replayed])).toBe(
      `regression ${name}:\n  ${sentence}\n  play it again:    npm run test:simulation -- --replay test/simulation/regressions/${name}.json --trace\n`,
    );
  });
});

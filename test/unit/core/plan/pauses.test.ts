import { describe, expect, it } from 'vitest';
import { unknown } from '../../../../shared/core/model/observed.ts';
import { nextPauseMs } from '../../../../shared/core/plan/pauses.ts';
import { zonePlan } from '../../../../shared/core/plan/zone-plan.ts';
import { startRun } from '../../../../shared/loop/run.ts';
import { now, zoneName } from '../a-snapshot.ts';

const a = zoneName('a');
const waits = (...polls: number[]) =>
  zonePlan(a, { waits: polls.map((pollMs) => ({ detail: 'something', pollMs })) });

function runThat(hasActed: boolean) {
  const run = startRun([a], now, now);
  if (hasActed) {
    const result = { kind: 'done' } as const;
    const step = {
      step: 'launch',
      kind: 'launch',
      purpose: 'recovery',
      result,
      afterMs: 0,
      tookMs: 0,
    } as const;
    run.zones.get(a)?.steps.push(step);
  }
  return run;
}

describe('the pause before the next look', () => {
  it('is the shortest that anything waits for', () => {
    expect(nextPauseMs([waits(5_000), waits(1_000, 2_000)], runThat(false), false)).toBe(1_000);
  });

  it('is none where nothing is waited for, or EC2 answers without end', () => {
    expect(nextPauseMs([waits()], runThat(true), false)).toBeUndefined();
    const run = { ...runThat(true), endless: unknown('endless', 'too many pages') };
    expect(nextPauseMs([waits(1_000)], run, false)).toBeUndefined();
  });

  it('is left to another run by one that has done nothing itself', () => {
    expect(nextPauseMs([waits(1_000)], runThat(false), true)).toBeUndefined();
    expect(nextPauseMs([waits(1_000)], runThat(true), true)).toBe(1_000);
  });
});

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

const staying = { leavesWaiting: false, leavesRemovals: false };
const leavingAll = { leavesWaiting: true, leavesRemovals: false };

describe('the pause before the next look', () => {
  it('is the shortest that anything waits for', () => {
    expect(nextPauseMs([waits(5_000), waits(1_000, 2_000)], runThat(false), staying)).toBe(1_000);
  });

  it('is none where nothing is waited for, or EC2 answers without end', () => {
    expect(nextPauseMs([waits()], runThat(true), staying)).toBeUndefined();
    const run = { ...runThat(true), endless: unknown('endless', 'too many pages') };
    expect(nextPauseMs([waits(1_000)], run, staying)).toBeUndefined();
  });

  it('is left to another run by one that has done nothing itself', () => {
    expect(nextPauseMs([waits(1_000)], runThat(false), leavingAll)).toBeUndefined();
    expect(nextPauseMs([waits(1_000)], runThat(true), leavingAll)).toBe(1_000);
  });

  it('is not taken for a removal in a zone that the run has healed, unless a person waits for its end', () => {
    const removal = { detail: 'a removal', pollMs: 1_000, isForRemoval: true } as const;
    const plans = [zonePlan(a, { waits: [removal, { detail: 'a request', pollMs: 3_000 }] })];
    const left = [zonePlan(a, { waits: [removal] })];
    const leaving = { leavesWaiting: false, leavesRemovals: true };
    const healed = runThat(true);
    Object.assign(healed.zones.get(a) ?? {}, { lastCutoverAt: now });

    expect(nextPauseMs(plans, healed, leaving)).toBe(3_000);
    expect(nextPauseMs(left, healed, leaving)).toBeUndefined();
    expect(nextPauseMs(left, healed, staying)).toBe(1_000);
    expect(nextPauseMs(left, runThat(true), leaving)).toBe(1_000);
  });
});

import { describe, expect, it } from 'vitest';
import { openingPlan } from '../../../shared/core/opening-plan.ts';
import type { Trigger } from '../../../shared/core/trigger.ts';
import { anInstance, aStatus, judge, now, snapshotOf, someSettings } from './a-snapshot.ts';

function rebuild(immediate: boolean): Trigger {
  return { kind: 'manual', command: { action: 'rebuild', immediate, dryRun: false }, at: now };
}

describe('a rebuild', () => {
  it.each([false, true])('of a zone without an instance has nothing to mark (immediate: %s)', (immediate) => {
    const snapshot = snapshotOf({ instances: [anInstance('b')], statuses: [aStatus('b1')] });
    const { diagnosisOfA } = judge(snapshot);
    const { waves, findings } = openingPlan(rebuild(immediate), diagnosisOfA, snapshot, {
      now,
      settings: someSettings(),
    });

    expect([diagnosisOfA.health, waves, findings]).toEqual(['down', [], []]);
  });
});

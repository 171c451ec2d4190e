import { describe, expect, it } from 'vitest';
import type { ManualCommand, Trigger } from '../../../../shared/core/model/trigger.ts';
import { leftOpen } from '../../../../shared/core/plan/left-open.ts';
import { zonePlan } from '../../../../shared/core/plan/zone-plan.ts';
import {
  anAddress,
  anInstance,
  diagnoseAndPlan,
  now,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { marked, ofB, withoutPrimary } from '../some-scenes.ts';

const paused = { addresses: [anAddress('a', { pausedSince: '2026-09-01T00:00:00Z' }), anAddress('b')] };
const down = withoutPrimary('terminated');
const nextRun = ['the next run to put right what is not'];
const toBeResumed = ['zone a to be resumed: it is down, and left alone'];

function commanded(action: ManualCommand['action'], zone?: string): Trigger {
  const only = zone === undefined ? {} : { zone: zoneName(zone) };
  return { kind: 'manual', at: now, command: { action, ...only, immediate: false, dryRun: false } };
}

function waitsAfter(trigger: Trigger, scene: Partial<Scene>): string[] {
  const { diagnosisOfA, a } = diagnoseAndPlan(snapshotOf(scene));
  return leftOpen(trigger, diagnosisOfA, a).waits.map(({ detail }) => detail);
}

describe('what is left after a command', () => {
  it.each<[string, Trigger, Partial<Scene>, readonly string[]]>([
    ['nothing, in a zone that is well', commanded('resume'), {}, []],
    ['nothing, in one that is well and paused', commanded('reset-breaker'), paused, []],
    ['the next run’s work', commanded('resume'), down, nextRun],
    ['a replacement that is due', commanded('resume'), { instances: [marked, ...ofB.instances] }, nextRun],
    ['trouble that a pause leaves alone', commanded('reset-breaker'), { ...down, ...paused }, toBeResumed],
    ['the same, where EC2 does not show the pause yet', commanded('pause'), down, toBeResumed],
    [
      'what is no longer paused, and EC2 still shows so',
      commanded('resume', 'a'),
      { ...down, ...paused },
      nextRun,
    ],
    ['another zone’s command aside', commanded('pause', 'b'), down, nextRun],
    ['a look aside', { kind: 'look', source: 'schedule', at: now }, down, nextRun],
    ['what is paused well', commanded('pause'), { instances: [anInstance('a'), ...ofB.instances] }, []],
  ])('is %s', (_what, trigger, scene, expected) => {
    expect(waitsAfter(trigger, scene)).toEqual(expected);
  });

  it('is what the next plan waits for', () => {
    const { diagnosisOfA } = diagnoseAndPlan(snapshotOf());
    const waits = [{ detail: 'EC2', pollMs: 1 }];

    expect(leftOpen(commanded('resume'), diagnosisOfA, zonePlan(zoneName('a'), { waits })).waits).toEqual(
      waits,
    );
  });
});

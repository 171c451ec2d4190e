import type { Trigger } from '../../../../shared/core/model/trigger.ts';
import type { ReportInput } from '../../../../shared/core/report/build-report.ts';
import type { StepReport } from '../../../../shared/core/report/report.ts';
import { startRun } from '../../../../shared/loop/run.ts';
import { diagnoseAndPlan, now, type Scene, snapshotOf, zoneName } from '../a-snapshot.ts';

export const a = zoneName('a');
export const look: Trigger = { kind: 'look', source: 'schedule', at: now };
export const failure = {
  kind: 'permission',
  code: 'UnauthorizedOperation',
  message: 'no',
  advice: 'allow it',
} as const;

export function step(changes: Partial<StepReport> = {}): StepReport {
  return {
    step: 'move it',
    kind: 'associate-address',
    purpose: 'recovery',
    result: { kind: 'done' },
    afterMs: 10,
    tookMs: 5,
    ...changes,
  };
}

export function input(changes: Partial<ReportInput> = {}, scene: Partial<Scene> = {}): ReportInput {
  return {
    trigger: look,
    run: startRun([a, zoneName('b')], now, now),
    diagnoses: diagnoseAndPlan(snapshotOf(scene)).diagnoses,
    plans: [],
    calls: { describe: 6, mutating: 0, failed: 0 },
    endedAt: now + 100,
    maxLaunchesPerHour: 4,
    ...changes,
  };
}

export function runWith(...steps: StepReport[]) {
  const run = startRun([a, zoneName('b')], now, now);
  const zone = run.zones.get(a);
  if (zone === undefined) {
    throw new Error('zone a runs');
  }
  zone.steps.push(...steps);
  return { run, zone };
}

import { expect, it } from 'vitest';
import { renderStatus, type Status } from '../../../cli/status/render-status.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { buildReport } from '../../../shared/core/report/build-report.ts';
import { anInstance, diagnoseAndPlan, now, snapshotOf } from '../core/a-snapshot.ts';
import { a, input } from '../core/report/a-report.ts';
import { anAnswer, someHealth, times } from '../core/some-readings.ts';

function statusTextOf(ageMs: number): string {
  const milestones = { address: 9_200, rules: 9_500, forwarding: 9_600, health: 10_100, egress: 11_000 };
  const snapshot = snapshotOf({ instances: [anInstance('a', { launchedAt: now - ageMs })] });
  const readings = new Map([[a, times(1, anAnswer(true, someHealth({ milestones })))]]);
  const { diagnoses } = diagnoseAndPlan({ ...snapshot, readings });
  const status: Status = {
    stack: 'phoenat',
    region: 'eu-central-1',
    report: buildReport(input({ diagnoses })),
    past: { kind: 'unread', why: 'not asked' },
    at: now,
    self: 'npx --no-install phoenat',
    version: '1',
  };
  return renderStatus(status, { isColoured: false, isInteractive: false, columns: 400 });
}

it('a status tells how a new instance booted, and of an old one no more', () => {
  const told =
    'zone a: i-000000a1 forwarded 9.6 s after its kernel started (address 9.2, rules 9.5, health 10.1, own egress 11.0)\n';

  expect(statusTextOf(3 * minuteMs)).toContain(told);
  expect(statusTextOf(20 * minuteMs)).not.toContain('its kernel started');
});

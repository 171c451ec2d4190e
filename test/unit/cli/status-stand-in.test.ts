import { expect, it } from 'vitest';
import { isWell, renderStatus, type Status } from '../../../cli/status/render-status.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { plan } from '../../../shared/core/plan/plan.ts';
import { buildReport } from '../../../shared/core/report/build-report.ts';
import { id, now } from '../core/a-snapshot.ts';
import { scene } from '../core/a-stand-in.ts';
import { input } from '../core/report/a-report.ts';

it('a status says who carries a zone that has no instance of its own, for how long, and that it has egress', () => {
  const { diagnoses, context } = scene({
    isCarried: true,
    addressOfA: { stoodIn: { by: id('instance', 'b1'), at: now - 12 * minuteMs } },
  });
  const report = buildReport(input({ diagnoses, plans: plan(diagnoses, context) }));
  const status: Status = {
    stack: 'phoenat',
    region: 'eu-central-1',
    report,
    past: { kind: 'unread', why: 'not asked' },
    at: now,
    self: 'npx phoenat',
    version: '1',
  };
  const text = renderStatus(status, { isColoured: false, isInteractive: false, columns: 400 });

  expect(isWell(status)).toBe(true);
  expect(text).toContain('stood-in');
  expect(text).toContain('by zone b, 12 min');
  expect(text).toContain('carries zone a');
});

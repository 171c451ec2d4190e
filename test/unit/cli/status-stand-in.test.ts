import { expect, it } from 'vitest';
import { isWell, renderStatus, type Status } from '../../../cli/status/render-status.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { plan } from '../../../shared/core/plan/plan.ts';
import { buildReport } from '../../../shared/core/report/build-report.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import { id, now, zoneName, zoneSettings } from '../core/a-snapshot.ts';
import { scene } from '../core/a-stand-in.ts';
import { input } from '../core/report/a-report.ts';

function statusOf(report: Report): Status {
  return {
    stack: 'phoenat',
    region: 'eu-central-1',
    report,
    past: { kind: 'unread', why: 'not asked' },
    at: now,
    self: 'npx --no-install phoenat',
    version: '1',
  };
}

it('a status says who carries a zone that has no instance of its own, for how long, and that it has egress', () => {
  const { diagnoses, context } = scene({
    isCarried: true,
    addressOfA: { stoodIn: { by: id('instance', 'b1'), at: now - 12 * minuteMs } },
  });
  const status = statusOf(buildReport(input({ diagnoses, plans: plan(diagnoses, context) })));
  const text = renderStatus(status, { isColoured: false, isInteractive: false, columns: 400 });

  expect(isWell(status)).toBe(true);
  expect(text).toContain('stood-in');
  expect(text).toContain('by zone b, 12 min');
  expect(text).toContain('carries zone a');
});

it('a status says for whom a standby is there, and does not doubt the egress of all for it', () => {
  const standby = { ...zoneSettings('b'), privateSubnetIds: [], standbyFor: zoneName('a') };
  const { diagnoses, context } = scene({
    a: { state: 'running' },
    settings: { zones: [zoneSettings('a'), standby] },
  });
  const report = buildReport(input({ diagnoses, plans: plan(diagnoses, context) }));
  const zones = report.zones.map((zone) =>
    zone.zone === 'a' ? { ...zone, egress: 'passes' as const } : zone,
  );
  const status = statusOf({ ...report, zones });
  const text = renderStatus(status, { isColoured: false, isInteractive: false, columns: 400 });

  expect(isWell(status)).toBe(true);
  expect(text).toMatch(/every zone has egress\n/);
  expect(text).toContain('stands by for a');
  expect(text).toContain('none of its own');
  expect(text).toContain('i-000000b1 stands by for zone a, as far as EC2 can tell');
});

it('a status whose standby is down says so, and that its zone has egress: nobody is offline', () => {
  const standby = { ...zoneSettings('b'), privateSubnetIds: [], standbyFor: zoneName('a') };
  const { diagnoses, context } = scene({
    a: { state: 'running' },
    b: { state: 'terminated' },
    settings: { zones: [zoneSettings('a'), standby] },
  });
  const status = statusOf(buildReport(input({ diagnoses, plans: plan(diagnoses, context) })));
  const surface = { isColoured: false, isInteractive: false, columns: 400 };
  const only = (name: string) => ({
    ...status,
    zone: name,
    report: { ...status.report, zones: status.report.zones.filter(({ zone }) => zone === name) },
  });

  expect(isWell(status)).toBe(true);
  expect(renderStatus(status, surface)).toMatch(
    /✔ every zone has egress, as far as EC2 can tell, and nobody stands by for zone a\n/,
  );
  expect(isWell(only('b'))).toBe(false);
  expect(renderStatus(only('b'), surface)).toMatch(/✘ zone b is not well\n/);
});

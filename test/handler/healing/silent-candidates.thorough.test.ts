import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { candidateOf } from '../../../shared/core/report/report.ts';
import { primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';

describe('candidates whose boot never says that they forward', () => {
  it('leave a launch of the hour to the failure of the instance that they were to replace', async () => {
    const harness = await settledHarness({
      behaviour: { boot: 'quiet' },
      settings: { maxLaunchesPerHour: 4 },
    });
    const primary = primaryOf(harness, 'a');
    harness.goLive();
    await harness.invoke({ action: 'rebuild', zone: 'a' });
    await harness.clock.runFor(45 * minuteMs);
    const before = zoneOf(harness.lastReport(), 'a');
    harness.sim.terminateInstance(primary);
    await harness.clock.runFor(20 * secondMs);

    expect([before.primary?.instanceId, candidateOf(before), before.breaker]).toEqual([
      primary,
      undefined,
      { launchesInLastHour: 3, mostPerHour: 4, open: false },
    ]);
    expect(before.findings.map(({ code }) => code)).toContain('breaker-open');
    expect(zoneOf(harness.lastReport(), 'a').primary?.instanceId).not.toBe(primary);
  });

  it('want a person from the first that is given up, also while the next one is waited for', async () => {
    const harness = await settledHarness({ behaviour: { boot: 'quiet' } });
    harness.goLive();
    await harness.invoke({ action: 'rebuild', zone: 'a' });
    const seen = async (minutes: number) => {
      await harness.clock.runFor(minutes * minuteMs);
      const report = harness.lastReport();
      const zone = zoneOf(report, 'a');
      const isSaid = zone.findings.some(({ code }) => code === 'not-ready-in-time');
      return [report?.outcome, candidateOf(zone) !== undefined, isSaid];
    };

    expect(await seen(8)).toEqual(['waiting', true, false]);
    expect(await seen(5)).toEqual(['attention', true, true]);
    expect(await seen(5)).toEqual(['attention', true, true]);
    const endings = harness.invocations.flatMap(({ report }) =>
      report?.zones.some(({ steps }) => steps.some(({ kind }) => kind === 'terminate')) ? report.outcome : [],
    );
    expect(endings).toEqual(['attention']);
  });
});

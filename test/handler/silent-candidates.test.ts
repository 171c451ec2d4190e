import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../shared/core/time.ts';
import { primaryOf, settledStage, zoneOf } from './settled-stage.ts';

describe('candidates whose boot never says that they forward', () => {
  it('leave a launch of the hour to the failure of the instance that they were to replace', async () => {
    const stage = await settledStage({ behaviour: { boot: 'quiet' }, settings: { maxLaunchesPerHour: 4 } });
    const primary = primaryOf(stage, 'a');
    stage.goLive();
    await stage.invoke({ action: 'rebuild', zone: 'a' });
    await stage.clock.runFor(45 * minuteMs);
    const before = zoneOf(stage.lastReport(), 'a');
    stage.sim.terminateInstance(primary);
    await stage.clock.runFor(20 * secondMs);

    expect([before.primary?.instanceId, before.candidate, before.breaker]).toEqual([
      primary,
      undefined,
      { launchesInLastHour: 3, mostPerHour: 4, open: false },
    ]);
    expect(before.findings.map(({ code }) => code)).toContain('breaker-open');
    expect(zoneOf(stage.lastReport(), 'a').primary?.instanceId).not.toBe(primary);
  });
});

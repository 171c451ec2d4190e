import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import { aliveIn, primaryOf, settledStage, zoneOf } from '../../simulator/harness/settled-stage.ts';

const clocks = [
  ['1.5 h ahead', 1.5 * hourMs],
  ['3 h behind', -3 * hourMs],
  ['right', 0],
] as const;

describe.each(clocks)("a Lambda function whose clock is %s of EC2's", (_case, clockAheadMs) => {
  it('launches as often within an hour as the breaker allows, and then waits for the hour to be over', async () => {
    const maxLaunchesPerHour = 3;
    const stage = await settledStage({ clockAheadMs, settings: { maxLaunchesPerHour } });
    stage.goLive();
    const launchesFrom = stage.sim.calls.length;
    const end = stage.clock.now() + 50 * minuteMs;
    while (stage.clock.now() < end) {
      for (const id of aliveIn(stage, 'a')) stage.sim.terminateInstance(id);
      await stage.clock.runFor(minuteMs);
    }
    stage.quiesce();
    await stage.clock.runFor(minuteMs);
    const launches = stage.sim.calls
      .slice(launchesFrom)
      .filter(({ name, outcome }) => name === 'RunInstances' && outcome === 'ok');

    // The first of the zone's instances was launched before the trouble, within the same hour.
    expect(launches).toHaveLength(maxLaunchesPerHour - 1);
    await stage.clock.runFor(hourMs);
    await stage.invoke(stage.scheduledEvent());
    expect(aliveIn(stage, 'a')).toHaveLength(1);
  });

  it("heals at once, ends in time, and tells EC2's time", async () => {
    const stage = await settledStage({ clockAheadMs });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    const startedAt = stage.clock.now();
    const report = await stage.invoke(stage.scheduledEvent());

    expect([report.outcome, zoneOf(report, 'a').health]).toEqual(['settled', 'healthy']);
    expect(Date.parse(report.times.started)).toBe(startedAt);
    expect(stage.clock.now() - startedAt).toBeLessThan(minuteMs);
    expect(zoneOf(report, 'a').outageMs).toBeLessThan(minuteMs);
  });
});

import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { aliveIn, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { everyCase } from '../../every-case.ts';

const clocks = everyCase(
  [['1.5 h ahead', 1.5 * hourMs]],
  [
    ['3 h behind', -3 * hourMs],
    ['right', 0],
  ],
);

describe.each(clocks)("a Lambda function whose clock is %s of EC2's", (_case, clockAheadMs) => {
  it('launches as often within an hour as the breaker allows, and then waits for the hour to be over', async () => {
    const maxLaunchesPerHour = 3;
    const harness = await settledHarness({ clockAheadMs, settings: { maxLaunchesPerHour } });
    harness.goLive();
    const launchesFrom = harness.sim.calls.length;
    const end = harness.clock.now() + 50 * minuteMs;
    while (harness.clock.now() < end) {
      for (const id of aliveIn(harness, 'a')) harness.sim.terminateInstance(id);
      await harness.clock.runFor(minuteMs);
    }
    harness.quiesce();
    await harness.clock.runFor(minuteMs);
    const launches = harness.sim.calls
      .slice(launchesFrom)
      .filter(({ name, outcome }) => name === 'RunInstances' && outcome === 'ok');

    // The first of the zone's instances was launched before the trouble, within the same hour.
    expect(launches).toHaveLength(maxLaunchesPerHour - 1);
    await harness.clock.runFor(hourMs);
    await harness.invoke(harness.scheduledEvent());
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });

  it("heals at once, ends in time, and tells EC2's time", async () => {
    const harness = await settledHarness({ clockAheadMs });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const startedAt = harness.clock.now();
    const report = await harness.invoke(harness.scheduledEvent());

    expect([report.outcome, zoneOf(report, 'a').health]).toEqual(['waiting', 'healthy']);
    // Of the removal of what the dead instance has left.
    expect(zoneOf(report, 'a').waitsFor).toEqual([expect.stringContaining('to let go of')]);
    expect(Date.parse(report.times.started)).toBe(startedAt);
    expect(harness.clock.now() - startedAt).toBeLessThan(minuteMs);
    expect(zoneOf(report, 'a').outageMs).toBeLessThan(minuteMs);
  });
});

import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { aHealth, anOutcome, honestProbe, ProbedRuns } from '../probe/probed-run.ts';

async function paused(zone = 'a'): Promise<Harness> {
  const harness = await settledHarness();
  await harness.invoke({ action: 'pause', zone });
  await harness.clock.runFor(10 * secondMs);
  return harness;
}

describe('a paused zone in trouble', () => {
  it('is not settled for the schedule, nor for status: both say that it is paused, and what is wrong', async () => {
    const harness = await paused();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const from = harness.sim.calls.length;
    const reports = [
      await harness.invoke(harness.scheduledEvent()),
      await harness.invoke({ action: 'status' }),
    ];

    for (const report of reports) {
      expect([report.outcome, report.times.toSettledMs]).toEqual(['attention', undefined]);
      expect(zoneOf(report, 'a')).toMatchObject({
        health: 'down',
        paused: true,
        waitsFor: ['zone a to be resumed: it is down, and left alone'],
      });
      expect(zoneOf(report, 'a').findings.map(({ code }) => code)).toContain('paused');
    }
    expect(mutations(harness, from)).toEqual([]);

    await harness.invoke({ action: 'resume', zone: 'a' });
    harness.goLive();
    await harness.until('it is served again', () => harness.isSettled());
  });

  it('does not keep the run from ending: another run could do no more', async () => {
    const harness = await paused();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(Date.parse(report.times.ended) - Date.parse(report.times.started)).toBeLessThan(2 * secondMs);
  });

  it('is settled while it is well', async () => {
    const harness = await paused();

    expect((await harness.invoke(harness.scheduledEvent())).outcome).toBe('settled');
    expect((await harness.invoke({ action: 'status' })).outcome).toBe('settled');
  });
});

describe('a paused zone whose requests fail, which EC2 does not see', () => {
  it('is told after a few of them, and the run ends', async () => {
    const harness = await paused();
    const runs = new ProbedRuns(harness, (zone, about) =>
      zone.name === 'a'
        ? anOutcome(
            false,
            about.map(({ instanceId }) => ({ instanceId, health: aHealth() })),
          )
        : honestProbe(harness)(zone, about),
    );
    await harness.clock.runFor(3 * minuteMs);
    const report = await runs.run();

    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a')).toMatchObject({ health: 'healthy', egress: 'fails', paused: true });
    expect(zoneOf(report, 'a').waitsFor).toEqual([
      expect.stringContaining('to be resumed: its requests fail'),
    ]);
    expect(runs.asks.filter(({ zone }) => zone === 'a').length).toBeLessThan(6);
  });

  it('is no more than one that failed, where the next one passes', async () => {
    const harness = await paused();
    const honest = honestProbe(harness);
    const runs = new ProbedRuns(harness, (zone, about) =>
      zone.name === 'a' && runs.asks.filter(({ zone: name }) => name === 'a').length === 1
        ? anOutcome(false, [])
        : honest(zone, about),
    );
    const report = await runs.run();

    expect(report.outcome).toBe('settled');
    expect(zoneOf(report, 'a')).toMatchObject({ egress: 'passes', waitsFor: [] });
  });
});

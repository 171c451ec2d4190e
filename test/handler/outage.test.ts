import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../shared/core/model/time.ts';
import { primaryOf, settledStage, stateChange, zoneOf } from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

function outageSeconds(stage: Stage): unknown {
  const data: unknown = Reflect.get(stage.metrics.at(-1) ?? {}, 'MetricData');
  const entries: readonly { MetricName: string; Value: number }[] = Array.isArray(data) ? data : [];
  return entries.find(({ MetricName }) => MetricName === 'OutageSeconds')?.Value;
}

describe('the outage in the report', () => {
  it('begins when EC2 says that the instance was ended, although its event was lost', async () => {
    const stage = await settledStage();
    const endedAt = stage.clock.now();
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(45_000);
    const zone = zoneOf(await stage.invoke(stage.scheduledEvent()), 'a');

    expect(zone.outage?.startKnownFrom).toBe('ec2');
    // EC2's times have whole seconds.
    expect(Date.parse(zone.outage?.startedAt ?? '')).toBe(endedAt - (endedAt % 1_000));
    expect(zone.outageMs).toBeGreaterThan(45_000);
    expect(Date.parse(zone.outage?.endedAt ?? '') - Date.parse(zone.outage?.startedAt ?? '')).toBe(
      zone.outageMs,
    );
    expect(outageSeconds(stage)).toBe((zone.outageMs ?? 0) / 1_000);
  });

  it('goes on where the run ended before the zone was healthy', async () => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(1_000);
    stage.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'VcpuLimitExceeded', message: 'no more' },
    });
    const zone = zoneOf(await stage.invoke(stateChange(stage, dead, 'shutting-down')), 'a');

    expect([zone.health, zone.outage?.endedAt, zone.outageMs]).toEqual(['down', undefined, undefined]);
    expect(zone.outage?.startedAt).toBeDefined();
    expect(outageSeconds(stage)).toBe(0);
  });

  it('begins when the status check began to fail', async () => {
    const stage = await settledStage();
    const sick = primaryOf(stage, 'a');
    const impairedAt = stage.clock.now();
    stage.sim.impair(sick, 'instance');
    await stage.clock.runFor(2 * minuteMs);
    const zone = zoneOf(await stage.invoke(stage.scheduledEvent()), 'a');

    expect(zone.outage).toMatchObject({
      startedAt: new Date(impairedAt).toISOString(),
      startKnownFrom: 'ec2',
    });
  });

  it('of an event dated 2020 is not six years long', async () => {
    const stage = await settledStage();
    const dead = primaryOf(stage, 'a');
    stage.sim.terminateInstance(dead);
    await stage.clock.runFor(1_000);
    const event = { ...stateChange(stage, dead, 'shutting-down'), time: '2020-01-01T00:00:00Z' };
    const report = await stage.invoke(event);

    expect(zoneOf(report, 'a').outageMs).toBeLessThan(minuteMs);
    expect(report.times.toSettledMs ?? 0).toBeLessThan(minuteMs);
    expect(outageSeconds(stage)).toBeLessThan(60);
  });
});

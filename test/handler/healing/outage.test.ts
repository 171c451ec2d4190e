import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';

function outageSeconds(harness: Harness): unknown {
  const data: unknown = Reflect.get(harness.metrics.at(-1) ?? {}, 'MetricData');
  const entries: readonly { MetricName: string; Value: number }[] = Array.isArray(data) ? data : [];
  return entries.find(({ MetricName }) => MetricName === 'OutageSeconds')?.Value;
}

describe('the outage in the report', () => {
  it('begins when EC2 says that the instance was ended, although its event was lost', async () => {
    const harness = await settledHarness();
    const endedAt = harness.clock.now();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(45_000);
    const zone = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(zone.outage?.startKnownFrom).toBe('ec2');
    // EC2's times have whole seconds.
    expect(Date.parse(zone.outage?.startedAt ?? '')).toBe(endedAt - (endedAt % 1_000));
    expect(zone.outageMs).toBeGreaterThan(45_000);
    expect(Date.parse(zone.outage?.endedAt ?? '') - Date.parse(zone.outage?.startedAt ?? '')).toBe(
      zone.outageMs,
    );
    expect(outageSeconds(harness)).toBe((zone.outageMs ?? 0) / 1_000);
  });

  inDepth('goes on where the run ended before the zone was healthy', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    harness.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'VcpuLimitExceeded', message: 'no more' },
    });
    const zone = zoneOf(await harness.invoke(stateChange(harness, dead, 'shutting-down')), 'a');

    expect([zone.health, zone.outage?.endedAt, zone.outageMs]).toEqual(['down', undefined, undefined]);
    expect(zone.outage?.startedAt).toBeDefined();
    expect(outageSeconds(harness)).toBe(0);
  });

  inDepth('begins when the status check began to fail', async () => {
    const harness = await settledHarness();
    const sick = primaryOf(harness, 'a');
    const impairedAt = harness.clock.now();
    harness.sim.impair(sick, 'instance');
    await harness.clock.runFor(2 * minuteMs);
    const zone = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(zone.outage).toMatchObject({
      startedAt: new Date(impairedAt).toISOString(),
      startKnownFrom: 'ec2',
    });
  });

  it('of an event dated 2020 is not six years long', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    const event = { ...stateChange(harness, dead, 'shutting-down'), time: '2020-01-01T00:00:00Z' };
    const report = await harness.invoke(event);

    expect(zoneOf(report, 'a').outageMs).toBeLessThan(minuteMs);
    expect(report.times.toSettledMs ?? 0).toBeLessThan(minuteMs);
    expect(outageSeconds(harness)).toBeLessThan(60);
  });
});

describe('the outage where a probe can tell', () => {
  it('lasts until a request passes, as long as clients say', async () => {
    const harness = await settledHarness({ probe: 'on' });
    harness.goLive();
    const before = harness.invocations.length;
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(4 * minuteMs);
    const told = harness.invocations
      .slice(before)
      .flatMap(({ report }) => (report === undefined ? [] : (zoneOf(report, 'a').outage ?? [])))
      .filter(({ endedAt }) => endedAt !== undefined);
    const [real] = harness.meter.outages().slice(-2);
    const [outage] = told;

    expect(outage).toMatchObject({ startKnownFrom: 'ec2', endKnownFrom: 'request' });
    expect(Math.abs(Date.parse(outage?.startedAt ?? '') - (real?.from ?? 0))).toBeLessThan(2 * secondMs);
    expect(Date.parse(outage?.endedAt ?? '')).toBeGreaterThanOrEqual(real?.to ?? Infinity);
    expect(Date.parse(outage?.endedAt ?? '') - (real?.to ?? 0)).toBeLessThan(5 * secondMs);
  });

  inDepth('is told although EC2 sees nothing, and begins before the look', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const brokenAt = harness.clock.now();
    harness.sim.breakForwarding(primaryOf(harness, 'a'), { what: 'rules', guard: 'does-not-run' });
    await harness.clock.runFor(20 * secondMs);
    const zone = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(zone.outage?.startKnownFrom).toBe('instance');
    expect(Math.abs(Date.parse(zone.outage?.startedAt ?? '') - brokenAt)).toBeLessThan(3 * secondMs);
  });
});

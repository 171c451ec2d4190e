import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { aliveIn, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';

/** When the first call of this name was sent after the log had `from` entries. */
function sentAt(harness: Harness, name: string, from: number): number | undefined {
  return harness.sim.calls.slice(from).find((call) => call.name === name)?.sentAt;
}

describe('a planned replacement', () => {
  it('cuts over seconds after the candidate has booted, and waits for no status check', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const old = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;
    const before = harness.meter.outageMs();
    harness.goLive();
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.until(
      'the old instance is gone',
      () => !aliveIn(harness, 'a').includes(old),
      10 * minuteMs,
    );
    const [young] = aliveIn(harness, 'a');
    const record = harness.sim.region.store.instances.current.get(young ?? '');
    const moved = sentAt(harness, 'ReplaceRoute', from);

    expect((moved ?? Number.POSITIVE_INFINITY) - (record?.bootedAt ?? 0)).toBeLessThan(6 * secondMs);
    expect(harness.meter.outageMs() - before).toBeLessThan(secondMs);
    // Nobody's console is read for it.
    expect(sentAt(harness, 'GetConsoleOutput', from)).toBeUndefined();
  });

  inDepth('of a candidate that never forwards goes no further, and the old one serves on', async () => {
    const harness = await settledHarness({ probe: 'on', settings: { readyTimeoutMs: 2 * minuteMs } });
    const old = primaryOf(harness, 'a');
    const before = harness.meter.outageMs();
    Object.assign(harness.sim.region.behaviour, { boot: 'hangs' });
    harness.goLive();
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.clock.runFor(4 * minuteMs);

    expect(harness.meter.outageMs()).toBe(before);
    expect(aliveIn(harness, 'a')).toContain(old);
    expect(zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code)).toContain('not-ready-in-time');
  });
});

describe('a zone that a NAT gateway serves', () => {
  it('is taken over when its instance is ready, by its own word, in a run with time to see what comes of it', async () => {
    const harness = new Harness({ probe: 'on', vpc: { natGateways: true, zones: 1 } });
    harness.goLive();
    await harness.until('it is taken over', () => harness.isSettled(), 5 * minuteMs);
    const [instance] = harness.sim.region.store.instances.current.all();
    const moved = sentAt(harness, 'ReplaceRoute', 0);

    expect((moved ?? Number.POSITIVE_INFINITY) - (instance?.bootedAt ?? 0)).toBeLessThan(45 * secondMs);
    expect(zoneOf(harness.lastReport(), 'a')).toMatchObject({ health: 'healthy', egress: 'passes' });
    expect(harness.topology.privateSubnetIds.every((id) => hasEgress(harness.sim, id).ok)).toBe(true);
    expect(harness.meter.outageMs()).toBe(0);
  });
});

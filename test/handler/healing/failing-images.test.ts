import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';

/** Newer than any of the catalogue, and none of them boots. */
function publishBad(harness: Harness, count: number): void {
  for (let nth = 1; nth <= count; nth += 1) {
    const createdAt = new Date(harness.clock.now() - (10 - nth) * minuteMs).toISOString();
    harness.sim.publishImage({
      name: `al2023-ami-2023.99.20261125.${nth}-kernel-6.1-arm64`,
      owner: 'amazon',
      architecture: 'arm64',
      createdAt,
      neverBoots: true,
    });
  }
}

async function withBadImages(count: number): Promise<Harness> {
  const harness = await settledHarness({ settings: { maxLaunchesPerHour: 5 } });
  const allocationId = harness.topology.zones[0]?.allocationId ?? '';
  harness.sim.untag(allocationId, 'phoenat:last-good-image');
  publishBad(harness, count);
  await harness.clock.runFor(61 * minuteMs);
  harness.goLive();
  harness.sim.terminateInstance(primaryOf(harness, 'a'));
  return harness;
}

function isOnline(harness: Harness): boolean {
  return (harness.topology.zones[0]?.privateSubnetIds ?? []).every((id) => hasEgress(harness.sim, id).ok);
}

describe('a zone in which no image is known to work', () => {
  inDepth('tries the next newest within the launches of an hour, until one works', async () => {
    const harness = await withBadImages(3);
    await harness.until('an image that works is found', () => isOnline(harness), 60 * minuteMs);

    const launches = harness.sim.calls.filter(
      ({ name, outcome }) => name === 'RunInstances' && outcome === 'ok',
    );
    expect(launches.length).toBeGreaterThan(2);
  });

  it('tells a person long before the breaker opens, and names the images', async () => {
    const harness = await withBadImages(9);
    const from = harness.clock.now();
    const codes = () => zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code);
    await harness.until('it is told', () => codes().includes('images-fail'), 30 * minuteMs);

    expect(harness.lastReport()?.outcome).toBe('attention');
    expect(codes()).not.toContain('breaker-open');
    expect(harness.clock.now() - from).toBeLessThan(20 * minuteMs);
  });
});

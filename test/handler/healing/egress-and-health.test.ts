import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  interfaceOf,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';

/** Of zone a's two tables one is ours, and the other is left to a NAT gateway on purpose. */
async function sharedZone(): Promise<Harness> {
  const harness = await settledHarness({ vpc: { natGateways: true } });
  const [, left = ''] = harness.topology.zones[0]?.privateRouteTableIds ?? [];
  const [gateway] = harness.sim.region.store.natGateways.current.all();
  harness.sim.pointRouteAt(left, { kind: 'nat-gateway', id: gateway?.id ?? '' });
  harness.sim.tag(left, 'phoenat:taken-over', 'another');
  return harness;
}

describe('a zone of which a part is left to something else', () => {
  it('is served while the rest works too, and is no outage', async () => {
    const harness = await sharedZone();
    await harness.clock.runFor(10 * secondMs);
    const zone = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(zone).toMatchObject({ health: 'served-by-other' });
    expect(zone.outage).toBeUndefined();
  });

  it.each<[string, (harness: Harness, primary: string) => void]>([
    ['drifted', (harness, primary) => harness.sim.setSourceDestCheck(interfaceOf(harness, primary), true)],
    ['drifted', (harness) => harness.sim.takeAddressOff(harness.topology.zones[0]?.allocationId ?? '')],
    ['suspect', (harness, primary) => harness.sim.impair(primary, 'instance')],
  ])('is %s where the rest is offline', async (health, spoil) => {
    const harness = await sharedZone();
    spoil(harness, primaryOf(harness, 'a'));
    await harness.clock.runFor(4 * minuteMs);
    const report = await harness.invoke({ action: 'status' });

    expect(zoneOf(report, 'a')).toMatchObject({ health, outage: { startedAt: expect.any(String) } });
  });

  inDepth('has its unreachable instance replaced in a hurry, and the other part left alone', async () => {
    const harness = await sharedZone();
    const [ours = '', left = ''] = harness.topology.zones[0]?.privateRouteTableIds ?? [];
    const targetOf = (id: string) =>
      zoneOf(harness.lastReport(), 'a').routes.find(({ routeTableId }) => routeTableId === id)?.target;
    const old = primaryOf(harness, 'a');
    harness.goLive();
    harness.sim.impair(old, 'instance');
    await harness.until('replaced', () => {
      const { primary } = zoneOf(harness.lastReport(), 'a');
      return primary !== undefined && primary.instanceId !== old && targetOf(ours) === primary.interfaceId;
    });

    expect(targetOf(left)).toMatch(/^nat-/);
  });
});

describe('the groups of an interface that were changed by hand', () => {
  it.each([
    [true, 'healthy'],
    [false, 'drifted'],
  ])('cut traffic off only where ours is missing (ours is there: %s)', async (isBeside, health) => {
    const harness = await settledHarness();
    const own = isBeside ? harness.settings.securityGroupIds : [];
    harness.sim.setSecurityGroups(interfaceOf(harness, primaryOf(harness, 'a')), [
      'sg-0f0f0f0f0f0f0f0f0',
      ...own,
    ]);
    await harness.clock.runFor(10 * secondMs);
    const zone = zoneOf(await harness.invoke({ action: 'status' }), 'a');

    expect(zone.health).toBe(health);
    expect(zone.findings.map(({ code }) => code)).toEqual(['groups-changed']);
    expect(zone.outage === undefined).toBe(isBeside);
  });
});

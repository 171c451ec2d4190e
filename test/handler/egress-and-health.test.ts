import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../shared/core/model/time.ts';
import { interfaceOf, primaryOf, settledStage, zoneOf } from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

/** Of zone a's two tables one is ours, and the other is left to a NAT gateway on purpose. */
async function sharedZone(): Promise<Stage> {
  const stage = await settledStage({ vpc: { natGateways: true } });
  const [, left = ''] = stage.world.zones[0]?.privateRouteTableIds ?? [];
  const [gateway] = stage.sim.cloud.store.natGateways.current.all();
  stage.sim.pointRouteAt(left, { kind: 'nat-gateway', id: gateway?.id ?? '' });
  stage.sim.tag(left, 'phoenat:taken-over', 'another');
  return stage;
}

describe('a zone of which a part is left to something else', () => {
  it('is served while the rest works too, and is no outage', async () => {
    const stage = await sharedZone();
    await stage.clock.runFor(10 * secondMs);
    const zone = zoneOf(await stage.invoke(stage.scheduledEvent()), 'a');

    expect(zone).toMatchObject({ health: 'served-by-other' });
    expect(zone.outage).toBeUndefined();
  });

  it.each<[string, (stage: Stage, primary: string) => void]>([
    ['drifted', (stage, primary) => stage.sim.setSourceDestCheck(interfaceOf(stage, primary), true)],
    ['drifted', (stage) => stage.sim.takeAddressOff(stage.world.zones[0]?.allocationId ?? '')],
    ['suspect', (stage, primary) => stage.sim.impair(primary, 'instance')],
  ])('is %s where the rest is offline', async (health, spoil) => {
    const stage = await sharedZone();
    spoil(stage, primaryOf(stage, 'a'));
    await stage.clock.runFor(4 * minuteMs);
    const report = await stage.invoke({ action: 'status' });

    expect(zoneOf(report, 'a')).toMatchObject({ health, outage: { startedAt: expect.any(String) } });
  });

  it('has its unreachable instance replaced in a hurry, and the other part left alone', async () => {
    const stage = await sharedZone();
    const [ours = '', left = ''] = stage.world.zones[0]?.privateRouteTableIds ?? [];
    const targetOf = (id: string) =>
      zoneOf(stage.lastReport(), 'a').routes.find(({ routeTableId }) => routeTableId === id)?.target;
    const old = primaryOf(stage, 'a');
    stage.goLive();
    stage.sim.impair(old, 'instance');
    await stage.until('replaced', () => {
      const { primary } = zoneOf(stage.lastReport(), 'a');
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
    const stage = await settledStage();
    const own = isBeside ? stage.settings.securityGroupIds : [];
    stage.sim.setSecurityGroups(interfaceOf(stage, primaryOf(stage, 'a')), ['sg-0f0f0f0f0f0f0f0f0', ...own]);
    await stage.clock.runFor(10 * secondMs);
    const zone = zoneOf(await stage.invoke({ action: 'status' }), 'a');

    expect(zone.health).toBe(health);
    expect(zone.findings.map(({ code }) => code)).toEqual(['groups-changed']);
    expect(zone.outage === undefined).toBe(isBeside);
  });
});

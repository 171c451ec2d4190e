import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../shared/core/model/time.ts';
import { hasEgress } from '../../simulator/data-plane.ts';
import type { Fault } from '../../simulator/faults.ts';
import {
  aliveIn,
  interfaceOf,
  primaryOf,
  settledStage,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

const denied: Fault = {
  kind: 'error',
  code: 'UnauthorizedOperation',
  message: 'You are not authorized to perform this operation.',
  httpStatus: 403,
};

function tablesOf(stage: Stage): readonly string[] {
  return stage.world.zones[0]?.privateRouteTableIds ?? [];
}

function refuseRoute(stage: Stage, tableId: string | undefined): void {
  stage.sim.inject({
    call: 'ReplaceRoute',
    when: ({ RouteTableId }) => RouteTableId === tableId,
    fault: denied,
  });
}

function targets(stage: Stage): (string | undefined)[] {
  return zoneOf(stage.lastReport(), 'a').routes.map(({ target }) => target);
}

function isOnline(stage: Stage): boolean {
  return stage.world.privateSubnetIds.every((subnetId) => hasEgress(stage.sim, subnetId).ok);
}

function told(stage: Stage): string[] {
  const { findings } = zoneOf(stage.lastReport(), 'a');
  return findings.filter(({ code }) => code === 'step-failed').map(({ detail }) => detail);
}

/** A rebuild whose candidate has long been ready. */
async function rebuilt(stage: Stage): Promise<void> {
  await stage.invoke({ action: 'rebuild', zone: 'a' });
  stage.goLive();
  await stage.clock.runFor(12 * minuteMs);
}

describe('a planned cutover of which a part is refused', () => {
  it.each([0, 1])('leads the other table back where route %i may not be changed', async (refused) => {
    const stage = await settledStage();
    const old = primaryOf(stage, 'a');
    const from = stage.meter.outageMs();
    refuseRoute(stage, tablesOf(stage)[refused]);
    await rebuilt(stage);

    expect(isOnline(stage)).toBe(true);
    // Once there and back, and never again while the refusal lasts.
    expect(stage.meter.outageMs() - from).toBeLessThan(5 * secondMs);
    expect(targets(stage)).toEqual([interfaceOf(stage, old), interfaceOf(stage, old)]);
    expect(aliveIn(stage, 'a')).toHaveLength(2);
    expect(stage.lastReport()?.outcome).toBe('attention');
    expect(told(stage)).toEqual([
      expect.stringMatching(
        new RegExp(`${tablesOf(stage)[refused]}.*UnauthorizedOperation.*ec2:ReplaceRoute`),
      ),
    ]);

    stage.sim.removeAllFaults();
    await stage.until(
      'the old instance is gone',
      () => stage.isSettled() && !aliveIn(stage, 'a').includes(old),
    );
    expect(isOnline(stage)).toBe(true);
  });

  it('leads it back also where EC2 shows late what was moved', async () => {
    const stage = await settledStage({ behaviour: { describeLag: { minMs: 3_000, maxMs: 3_000 } } });
    const from = stage.meter.outageMs();
    refuseRoute(stage, tablesOf(stage)[1]);
    await rebuilt(stage);

    expect(isOnline(stage)).toBe(true);
    expect(stage.meter.outageMs() - from).toBeLessThan(10 * secondMs);
  });

  it('leads every table back where the Elastic IP may not be moved', async () => {
    const stage = await settledStage();
    const old = primaryOf(stage, 'a');
    const from = stage.meter.outageMs();
    stage.sim.inject({ call: 'AssociateAddress', fault: denied });
    await rebuilt(stage);

    expect(isOnline(stage)).toBe(true);
    expect(stage.meter.outageMs() - from).toBeLessThan(10 * secondMs);
    expect(targets(stage)).toEqual([interfaceOf(stage, old), interfaceOf(stage, old)]);
    expect(told(stage)).toEqual([expect.stringContaining('ec2:AssociateAddress')]);
  });
});

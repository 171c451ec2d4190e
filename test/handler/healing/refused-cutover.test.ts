import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { Fault } from '../../../simulator/faults.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';

const denied: Fault = {
  kind: 'error',
  code: 'UnauthorizedOperation',
  message: 'You are not authorized to perform this operation.',
  httpStatus: 403,
};

function tablesOf(harness: Harness): readonly string[] {
  return harness.topology.zones[0]?.privateRouteTableIds ?? [];
}

function refuseRoute(harness: Harness, tableId: string | undefined): void {
  harness.sim.inject({
    call: 'ReplaceRoute',
    when: ({ RouteTableId }) => RouteTableId === tableId,
    fault: denied,
  });
}

function targets(harness: Harness): (string | undefined)[] {
  return zoneOf(harness.lastReport(), 'a').routes.map(({ target }) => target);
}

function isOnline(harness: Harness): boolean {
  return harness.topology.privateSubnetIds.every((subnetId) => hasEgress(harness.sim, subnetId).ok);
}

function told(harness: Harness): string[] {
  const { findings } = zoneOf(harness.lastReport(), 'a');
  return findings.filter(({ code }) => code === 'step-failed').map(({ detail }) => detail);
}

/** A rebuild whose candidate has long been ready. */
async function rebuilt(harness: Harness): Promise<void> {
  await harness.invoke({ action: 'rebuild', zone: 'a' });
  harness.goLive();
  await harness.clock.runFor(12 * minuteMs);
}

describe('a planned cutover of which a part is refused', () => {
  it.each(everyCase([1], [0]))(
    'leads the other table back where route %i may not be changed',
    async (refused) => {
      const harness = await settledHarness();
      const old = primaryOf(harness, 'a');
      const from = harness.meter.outageMs();
      refuseRoute(harness, tablesOf(harness)[refused]);
      await rebuilt(harness);

      expect(isOnline(harness)).toBe(true);
      // Once there and back, and never again while the refusal lasts.
      expect(harness.meter.outageMs() - from).toBeLessThan(5 * secondMs);
      expect(targets(harness)).toEqual([interfaceOf(harness, old), interfaceOf(harness, old)]);
      expect(aliveIn(harness, 'a')).toHaveLength(2);
      expect(harness.lastReport()?.outcome).toBe('attention');
      expect(told(harness)).toEqual([
        expect.stringMatching(
          new RegExp(`${tablesOf(harness)[refused]}.*UnauthorizedOperation.*ec2:ReplaceRoute`),
        ),
      ]);

      harness.sim.removeAllFaults();
      await harness.until(
        'the old instance is gone',
        () => harness.isSettled() && !aliveIn(harness, 'a').includes(old),
      );
      expect(isOnline(harness)).toBe(true);
    },
  );

  inDepth('leads it back also where EC2 shows late what was moved', async () => {
    const harness = await settledHarness({ behaviour: { describeLag: { minMs: 3_000, maxMs: 3_000 } } });
    const from = harness.meter.outageMs();
    refuseRoute(harness, tablesOf(harness)[1]);
    await rebuilt(harness);

    expect(isOnline(harness)).toBe(true);
    expect(harness.meter.outageMs() - from).toBeLessThan(10 * secondMs);
  });

  inDepth('leads every table back where the Elastic IP may not be moved', async () => {
    const harness = await settledHarness();
    const old = primaryOf(harness, 'a');
    const from = harness.meter.outageMs();
    harness.sim.inject({ call: 'AssociateAddress', fault: denied });
    await rebuilt(harness);

    expect(isOnline(harness)).toBe(true);
    expect(harness.meter.outageMs() - from).toBeLessThan(10 * secondMs);
    expect(targets(harness)).toEqual([interfaceOf(harness, old), interfaceOf(harness, old)]);
    expect(told(harness)).toEqual([expect.stringContaining('ec2:AssociateAddress')]);
  });

  it('leads every table back at once where EC2 takes the address as it is and refuses its move', async () => {
    const harness = await settledHarness({ behaviour: { describeLag: { minMs: 0, maxMs: 0 } } });
    const from = harness.meter.outageMs();
    const home = interfaceOf(harness, primaryOf(harness, 'a'));
    const isMove = (input: { NetworkInterfaceId?: string | undefined }) => input.NetworkInterfaceId !== home;
    harness.sim.inject({ call: 'AssociateAddress', when: isMove, fault: denied });
    await rebuilt(harness);

    const calls = harness.sim.calls.filter(({ name }) => name === 'AssociateAddress');
    const moves = calls.filter(({ outcome }) => outcome !== 'ok').length;
    expect(isOnline(harness)).toBe(true);
    expect((harness.meter.outageMs() - from) / moves).toBeLessThan(secondMs);
  });
});

describe('a move that EC2 refuses although it takes the same call as it is', () => {
  async function refusing(harness: Harness): Promise<string> {
    const old = primaryOf(harness, 'a');
    const home = interfaceOf(harness, old);
    const isMove = (input: { NetworkInterfaceId?: string | undefined }) => input.NetworkInterfaceId !== home;
    harness.sim.inject({ call: 'AssociateAddress', when: isMove, fault: denied });
    await rebuilt(harness);
    return old;
  }

  function refusals(harness: Harness): number[] {
    return harness.sim.calls
      .filter(({ name, outcome }) => name === 'AssociateAddress' && outcome !== 'ok')
      .map(({ sentAt }) => sentAt);
  }

  inDepth('is tried after one minute, two, four and then every eight, and somebody is told', async () => {
    const harness = await settledHarness();
    const from = harness.meter.outageMs();
    await refusing(harness);
    await harness.clock.runFor(30 * minuteMs);
    const times = refusals(harness);
    const pauses = times.slice(1).map((at, nth) => (at - (times[nth] ?? 0)) / minuteMs);

    expect(pauses.length).toBeGreaterThan(5);
    for (const [nth, least] of [1, 2, 4, 8, 8, 8].entries()) {
      expect(pauses[nth]).toBeGreaterThanOrEqual(least);
      expect(pauses[nth]).toBeLessThan(least + 2);
    }
    expect((harness.meter.outageMs() - from) / times.length).toBeLessThan(3 * secondMs);
    expect(harness.lastReport()?.outcome).toBe('attention');
    const { findings, health } = zoneOf(harness.lastReport(), 'a');
    expect(health).toBe('healthy');
    expect(findings.find(({ code }) => code === 'move-refused')?.detail).toMatch(
      /Elastic IP eipalloc-\w+ to i-\w+ at .*UnauthorizedOperation.* times so far.*ec2:AssociateAddress.*delete-tags/,
    );
  });

  inDepth('is made within eight minutes of becoming possible', async () => {
    const harness = await settledHarness();
    const old = await refusing(harness);
    await harness.clock.runFor(15 * minuteMs);
    harness.sim.removeAllFaults();
    await harness.until(
      'the old instance is gone',
      () => harness.isSettled() && !aliveIn(harness, 'a').includes(old),
      10 * minuteMs,
    );

    expect(isOnline(harness)).toBe(true);
  });

  it('is made at once where the note is removed', async () => {
    const harness = await settledHarness();
    const old = await refusing(harness);
    await harness.clock.runFor(15 * minuteMs);
    harness.sim.removeAllFaults();
    for (const id of aliveIn(harness, 'a')) {
      harness.sim.untag(id, 'phoenat:move-refused');
    }
    await harness.until(
      'the old instance is no longer the primary',
      () => primaryOf(harness, 'a') !== old,
      2 * minuteMs,
    );
  });

  inDepth('keeps what is around the instance that serves on from no repair', async () => {
    const harness = await settledHarness();
    const old = await refusing(harness);
    await harness.clock.runFor(10 * minuteMs);
    const before = refusals(harness).length;
    harness.sim.deleteRoute(tablesOf(harness)[0] ?? '');
    await harness.clock.runFor(90 * secondMs);

    expect(refusals(harness)).toHaveLength(before);
    expect(isOnline(harness)).toBe(true);
    expect(targets(harness)).toEqual([interfaceOf(harness, old), interfaceOf(harness, old)]);
  });

  inDepth('is no obstacle when the instance that serves on fails', async () => {
    const harness = await settledHarness();
    const old = await refusing(harness);
    await harness.clock.runFor(10 * minuteMs);
    harness.sim.removeAllFaults();
    harness.sim.terminateInstance(old);
    await harness.until('another one serves', () => isOnline(harness), minuteMs);
  });
});

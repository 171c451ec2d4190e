import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { addForeignInterface } from '../../../simulator/bystanders.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';
import { inDepth } from '../../every-case.ts';

function tablesOf(harness: Harness): string[] {
  return zoneOf(harness.lastReport(), 'a').routes.map(({ routeTableId }) => routeTableId);
}

function codes(harness: Harness): string[] {
  return zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code);
}

function gatewayOf(harness: Harness): string {
  const [gateway] = harness.sim.region.store.natGateways.current.all();
  if (gateway === undefined) throw new Error('the network has a NAT gateway');
  return gateway.id;
}

describe('a tool that writes a route back each minute', () => {
  it('is let have it after three takeovers within the hour, and somebody is told', async () => {
    const harness = await settledHarness({ vpc: { natGateways: true } });
    const [table = ''] = tablesOf(harness);
    const target = { kind: 'nat-gateway', id: gatewayOf(harness) } as const;
    let takeovers = 0;
    for (let minute = 0; minute < 20; minute += 1) {
      harness.sim.pointRouteAt(table, target);
      await harness.clock.runFor(10 * secondMs);
      const from = harness.sim.calls.length;
      await harness.invoke(harness.scheduledEvent());
      takeovers += mutations(harness, from).filter((name) => name === 'ReplaceRoute').length;
      await harness.clock.runFor(50 * secondMs);
    }

    // The first was at the deployment.
    expect(takeovers).toBe(2);
    expect(harness.lastReport()?.outcome).toBe('attention');
    expect(codes(harness)).toContain('route-contended');
    // What leads nowhere is another matter.
    harness.sim.deleteNatGateway(target.id);
    await harness.clock.runFor(10 * secondMs);
    await harness.invoke(harness.scheduledEvent());
    expect(zoneOf(harness.lastReport(), 'a')).toMatchObject({ health: 'healthy' });
  });
});

describe('a tool that adds a security group each minute', () => {
  const foreign = 'sg-0f0f0f0f0f0f0f0f0';

  function changeGroups(harness: Harness, groups: readonly string[]): void {
    harness.sim.setSecurityGroups(interfaceOf(harness, primaryOf(harness, 'a')), groups);
  }

  async function eachMinute(harness: Harness, minutes: number, groups: readonly string[]): Promise<number[]> {
    const putBackIn: number[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      changeGroups(harness, groups);
      await harness.clock.runFor(10 * secondMs);
      const from = harness.sim.calls.length;
      await harness.invoke(harness.scheduledEvent());
      if (mutations(harness, from).includes('ModifyNetworkInterfaceAttribute')) putBackIn.push(minute);
      await harness.clock.runUntil(harness.clock.now() + 50 * secondMs);
    }
    return putBackIn;
  }

  inDepth('is undone ever more rarely, up to once an hour, and somebody is told', async () => {
    const harness = await settledHarness();
    const own = harness.settings.securityGroupIds;
    const putBackIn = await eachMinute(harness, 200, [...own, foreign]);
    const pauses = putBackIn.map((minute, nth) => minute - (putBackIn[nth - 1] ?? minute));

    expect(pauses.slice(0, 3)).toEqual([0, 1, 1]);
    expect(pauses.slice(3, 7).every((pause, nth) => pause >= 5 * 2 ** nth && pause <= 5 * 2 ** nth + 1)).toBe(
      true,
    );
    expect(pauses.slice(7).every((pause) => pause >= 60 && pause <= 61)).toBe(true);
    expect([harness.lastReport()?.outcome, ...codes(harness)]).toEqual([
      'attention',
      'groups-changed',
      'groups-contended',
    ]);
  });

  it('keeps nothing else from being healed: a dead instance is replaced as ever', async () => {
    const harness = await settledHarness();
    await eachMinute(harness, 5, [...harness.settings.securityGroupIds, foreign]);
    harness.sim.deleteRoute(tablesOf(harness)[0] ?? '');
    await harness.clock.runFor(10 * secondMs);
    await harness.invoke(harness.scheduledEvent());
    const repaired = zoneOf(harness.lastReport(), 'a');

    expect([repaired.health, repaired.routes.every(({ state }) => state === 'active')]).toEqual([
      'healthy',
      true,
    ]);
    const old = primaryOf(harness, 'a');
    harness.goLive();
    harness.sim.terminateInstance(old);
    await harness.until('it is replaced', () => harness.isSettled() && primaryOf(harness, 'a') !== old);
    expect(codes(harness)).toEqual([]);
  });

  it('keeps nothing from being cleaned up either', async () => {
    const harness = await settledHarness();
    await eachMinute(harness, 5, [...harness.settings.securityGroupIds, foreign]);
    const publicSubnetId = harness.topology.zones[0]?.publicSubnetId ?? '';
    const leftover = addForeignInterface(harness.sim, harness.topology, publicSubnetId);
    harness.sim.tag(leftover, 'phoenat:stack', harness.settings.stack);
    harness.sim.tag(leftover, 'phoenat:zone', 'a');
    await harness.clock.runFor(10 * secondMs);
    const from = harness.sim.calls.length;
    await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness, from)).toEqual(['DeleteNetworkInterface']);
    expect(codes(harness)).toContain('groups-contended');
  });

  it('is undone each time where it takes ours away, and somebody is told all the same', async () => {
    const harness = await settledHarness();
    const putBackIn = await eachMinute(harness, 6, [foreign]);

    expect(putBackIn).toEqual([0, 1, 2, 3, 4, 5]);
    expect([harness.lastReport()?.outcome, ...codes(harness)]).toEqual(['attention', 'groups-contended']);
  });
});

describe('a takeover that EC2 refuses', () => {
  it('is no takeover: nobody is said to write the route back, and it is done once it can be', async () => {
    const harness = await settledHarness({ vpc: { natGateways: true } });
    const [table = ''] = tablesOf(harness);
    await harness.clock.runFor(hourMs);
    harness.sim.pointRouteAt(table, { kind: 'nat-gateway', id: gatewayOf(harness) });
    harness.sim.inject({ call: 'ReplaceRoute', fault: { kind: 'error', code: 'UnauthorizedOperation' } });
    for (let minute = 0; minute < 6; minute += 1) {
      await harness.clock.runFor(10 * secondMs);
      await harness.invoke(harness.scheduledEvent());
      await harness.clock.runFor(50 * secondMs);
    }

    expect(codes(harness)).toContain('step-failed');
    expect(codes(harness)).not.toContain('route-contended');
    harness.sim.removeAllFaults();
    await harness.invoke(harness.scheduledEvent());
    expect(zoneOf(harness.lastReport(), 'a')).toMatchObject({ health: 'healthy' });
  });
});

describe('a table with the mark of another stack', () => {
  it('is refused at deployment, before anything is changed', async () => {
    const harness = await settledHarness();
    await new StackHarness(harness).create();
    const [table = ''] = tablesOf(harness);
    harness.settings = { ...harness.settings, stack: 'second' };
    harness.sim.tag(table, 'phoenat:taken-over', 'phoenat');
    await harness.clock.runFor(10 * secondMs);
    const from = harness.sim.calls.length;
    const answer = await new StackHarness(harness).create();

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`${table} is served by the stack phoenat`);
    expect(mutations(harness, from)).toEqual([]);
  });

  it('is left alone while its route works, and the zone is healed otherwise', async () => {
    const harness = await settledHarness({ vpc: { natGateways: true } });
    const [table = '', own = ''] = tablesOf(harness);
    harness.sim.pointRouteAt(table, { kind: 'nat-gateway', id: gatewayOf(harness) });
    harness.sim.tag(table, 'phoenat:taken-over', 'another');
    harness.sim.deleteRoute(own);
    await harness.clock.runFor(10 * secondMs);
    const report = await harness.invoke(harness.scheduledEvent());
    const routes = zoneOf(report, 'a').routes.map(({ target }) => target);

    expect(routes).toEqual([gatewayOf(harness), interfaceOf(harness, primaryOf(harness, 'a'))]);
    expect([report.outcome, ...codes(harness)]).toEqual(
      expect.arrayContaining(['attention', 'route-of-another-stack']),
    );
  });
});

describe('a launch that can never succeed', () => {
  inDepth("is for a person after three times in a run, with EC2's words", async () => {
    const harness = await settledHarness();
    harness.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'InvalidGroup.NotFound', message: 'The security group does not exist' },
    });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const report = await harness.invoke(harness.scheduledEvent());
    const finding = zoneOf(report, 'a').findings.find(({ code }) => code === 'keeps-failing');

    expect(report.outcome).toBe('attention');
    expect(finding?.detail).toMatch(
      /^could not launch a t4g\.nano .* \d+ times in this run: InvalidGroup\.NotFound/,
    );
  });

  it('is no such thing while EC2 throttles', async () => {
    const harness = await settledHarness();
    harness.sim.inject({ call: 'CreateNetworkInterface', fault: { kind: 'throttle' } });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(30 * secondMs);
    await harness.invoke(harness.scheduledEvent());

    expect(codes(harness)).not.toContain('keeps-failing');
    await harness.clock.runFor(minuteMs);
  });
});

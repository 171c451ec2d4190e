import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import {
  interfaceOf,
  mutations,
  primaryOf,
  settledStage,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';
import { StagedStack } from '../../simulator/harness/staged-stack.ts';

function tablesOf(stage: Stage): string[] {
  return zoneOf(stage.lastReport(), 'a').routes.map(({ routeTableId }) => routeTableId);
}

function codes(stage: Stage): string[] {
  return zoneOf(stage.lastReport(), 'a').findings.map(({ code }) => code);
}

function gatewayOf(stage: Stage): string {
  const [gateway] = stage.sim.cloud.store.natGateways.current.all();
  if (gateway === undefined) throw new Error('the network has a NAT gateway');
  return gateway.id;
}

describe('a tool that writes a route back each minute', () => {
  it('is let have it after three takeovers within the hour, and somebody is told', async () => {
    const stage = await settledStage({ vpc: { natGateways: true } });
    const [table = ''] = tablesOf(stage);
    const target = { kind: 'nat-gateway', id: gatewayOf(stage) } as const;
    let takeovers = 0;
    for (let minute = 0; minute < 20; minute += 1) {
      stage.sim.pointRouteAt(table, target);
      await stage.clock.runFor(10 * secondMs);
      const from = stage.sim.calls.length;
      await stage.invoke(stage.scheduledEvent());
      takeovers += mutations(stage, from).filter((name) => name === 'ReplaceRoute').length;
      await stage.clock.runFor(50 * secondMs);
    }

    // The first was at the deployment.
    expect(takeovers).toBe(2);
    expect(stage.lastReport()?.outcome).toBe('attention');
    expect(codes(stage)).toContain('route-contended');
    // What leads nowhere is another matter.
    stage.sim.deleteNatGateway(target.id);
    await stage.clock.runFor(10 * secondMs);
    await stage.invoke(stage.scheduledEvent());
    expect(zoneOf(stage.lastReport(), 'a')).toMatchObject({ health: 'healthy' });
  });
});

describe('a takeover that EC2 refuses', () => {
  it('is no takeover: nobody is said to write the route back, and it is done once it can be', async () => {
    const stage = await settledStage({ vpc: { natGateways: true } });
    const [table = ''] = tablesOf(stage);
    await stage.clock.runFor(hourMs);
    stage.sim.pointRouteAt(table, { kind: 'nat-gateway', id: gatewayOf(stage) });
    stage.sim.inject({ call: 'ReplaceRoute', fault: { kind: 'error', code: 'UnauthorizedOperation' } });
    for (let minute = 0; minute < 6; minute += 1) {
      await stage.clock.runFor(10 * secondMs);
      await stage.invoke(stage.scheduledEvent());
      await stage.clock.runFor(50 * secondMs);
    }

    expect(codes(stage)).toContain('step-failed');
    expect(codes(stage)).not.toContain('route-contended');
    stage.sim.removeAllFaults();
    await stage.invoke(stage.scheduledEvent());
    expect(zoneOf(stage.lastReport(), 'a')).toMatchObject({ health: 'healthy' });
  });
});

describe('a table with the mark of another stack', () => {
  it('is refused at deployment, before anything is changed', async () => {
    const stage = await settledStage();
    await new StagedStack(stage).create();
    const [table = ''] = tablesOf(stage);
    stage.settings = { ...stage.settings, stack: 'second' };
    stage.sim.tag(table, 'phoenat:taken-over', 'phoenat');
    await stage.clock.runFor(10 * secondMs);
    const from = stage.sim.calls.length;
    const answer = await new StagedStack(stage).create();

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(`${table} is served by the stack phoenat`);
    expect(mutations(stage, from)).toEqual([]);
  });

  it('is left alone while its route works, and the zone is healed otherwise', async () => {
    const stage = await settledStage({ vpc: { natGateways: true } });
    const [table = '', own = ''] = tablesOf(stage);
    stage.sim.pointRouteAt(table, { kind: 'nat-gateway', id: gatewayOf(stage) });
    stage.sim.tag(table, 'phoenat:taken-over', 'another');
    stage.sim.deleteRoute(own);
    await stage.clock.runFor(10 * secondMs);
    const report = await stage.invoke(stage.scheduledEvent());
    const routes = zoneOf(report, 'a').routes.map(({ target }) => target);

    expect(routes).toEqual([gatewayOf(stage), interfaceOf(stage, primaryOf(stage, 'a'))]);
    expect([report.outcome, ...codes(stage)]).toEqual(
      expect.arrayContaining(['attention', 'route-of-another-stack']),
    );
  });
});

describe('a launch that can never succeed', () => {
  it("is for a person after three times in a run, with EC2's words", async () => {
    const stage = await settledStage();
    stage.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'InvalidGroup.NotFound', message: 'The security group does not exist' },
    });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    const report = await stage.invoke(stage.scheduledEvent());
    const finding = zoneOf(report, 'a').findings.find(({ code }) => code === 'keeps-failing');

    expect(report.outcome).toBe('attention');
    expect(finding?.detail).toMatch(
      /^could not launch a t4g\.nano .* \d+ times in this run: InvalidGroup\.NotFound/,
    );
  });

  it('is no such thing while EC2 throttles', async () => {
    const stage = await settledStage();
    stage.sim.inject({ call: 'CreateNetworkInterface', fault: { kind: 'throttle' } });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(30 * secondMs);
    await stage.invoke(stage.scheduledEvent());

    expect(codes(stage)).not.toContain('keeps-failing');
    await stage.clock.runFor(minuteMs);
  });
});

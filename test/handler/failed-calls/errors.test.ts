import { describe, expect, it } from 'vitest';
import { hourMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase } from '../../every-case.ts';

async function broken(options: Parameters<typeof settledHarness>[0] = {}) {
  const harness = await settledHarness(options);
  const dead = primaryOf(harness, 'a');
  harness.sim.terminateInstance(dead);
  await harness.clock.runFor(1_000);
  return { harness, event: stateChange(harness, dead, 'shutting-down') };
}

function launchesOf(harness: Harness, from: number): unknown[] {
  return harness.sim.calls
    .slice(from)
    .filter(({ name }) => name === 'RunInstances')
    .map(({ input }) => Reflect.get(input, 'InstanceType'));
}

describe('capacity', () => {
  it('that is missing for one type moves on to the next, with the image of its architecture', async () => {
    const { harness, event } = await broken({ settings: { instanceTypes: ['t4g.nano', 't3.nano'] } });
    harness.sim.withoutCapacity('t4g.nano', harness.topology.zones[0]?.name ?? '');
    const from = harness.sim.calls.length;
    const report = await harness.invoke(event);

    expect(launchesOf(harness, from)).toEqual(['t4g.nano', 't3.nano']);
    expect(zoneOf(report, 'a')).toMatchObject({ health: 'healthy', primary: { instanceType: 't3.nano' } });
    expect(
      harness.sim.region.store.instances.current.get(aliveIn(harness, 'a')[0] ?? '')?.launch.architecture,
    ).toBe('x86_64');
  });

  it('that is missing for every type is reported with what to do, and tried again by the next run', async () => {
    const { harness, event } = await broken();
    const shortage = harness.sim.withoutCapacity('t4g.nano', harness.topology.zones[0]?.name ?? '');
    const report = await harness.invoke(event);

    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'no-instance-type-left',
      detail: expect.stringContaining('add instance types'),
    });
    shortage.restore();
    expect(zoneOf(await harness.invoke(harness.scheduledEvent()), 'a').health).toBe('healthy');
  });

  it('of a type that the zone does not offer moves on as well', async () => {
    const { harness, event } = await broken({ settings: { instanceTypes: ['t4g.nano', 't4g.micro'] } });
    harness.sim.notOffered('t4g.nano', harness.topology.zones[0]?.name ?? '');

    expect(zoneOf(await harness.invoke(event), 'a').primary?.instanceType).toBe('t4g.micro');
  });
});

describe('throttling', () => {
  it.each(everyCase(['RunInstances', 'ReplaceRoute'], ['CreateNetworkInterface', 'AssociateAddress']))(
    'of %s is outlived with back-off',
    async (call) => {
      // With a spare interface none is made in a failover.
      const { harness, event } = await broken({ settings: { spareInterface: 'off' } });
      harness.sim.inject({ call, times: 4, fault: { kind: 'throttle' } });
      const report = await harness.invoke(event);

      expect(zoneOf(report, 'a').health).toBe('healthy');
      expect(report.calls.failed).toBe(4);
    },
  );

  it.each([
    ['throttled', 'throttle'],
    ['not answered', 'error'],
  ] as const)('of a route (%s) does not hold up the launch', async (_case, kind) => {
    const { harness, event } = await broken();
    const from = harness.sim.calls.length;
    const fault =
      kind === 'error' ? { kind, code: 'InternalError', message: 'no', httpStatus: 500 } : { kind };
    harness.sim.inject({ call: 'ReplaceRoute', times: 3, fault });
    const report = await harness.invoke(event);
    const since = harness.sim.calls.slice(from);
    const [launchedAt = Number.NaN, ...more] = since.flatMap(({ name, sentAt }) =>
      name === 'RunInstances' ? sentAt : [],
    );
    const prepared = since
      .filter(({ name }) => name === 'AssociateAddress' || name === 'ModifyNetworkInterfaceAttribute')
      .map(({ answeredAt = Number.NaN }) => answeredAt);
    const routesAt = since.flatMap(({ name, sentAt }) => (name === 'ReplaceRoute' ? sentAt : []));

    expect(more).toEqual([]);
    expect(launchedAt).toBe(Math.max(...prepared));
    expect(Math.max(...routesAt)).toBeGreaterThan(launchedAt);
    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(report.calls.failed).toBe(3);
  });

  it('that does not end leaves the rest to the next run, within the time', async () => {
    const { harness, event } = await broken();
    const startedAt = harness.clock.now();
    const fault = harness.sim.inject({ call: 'RunInstances', fault: { kind: 'throttle' } });
    const report = await harness.invoke(event);

    expect(harness.clock.now() - startedAt).toBeLessThan(60_000);
    expect(report.outcome).toBe('waiting');
    fault.remove();
    expect(zoneOf(await harness.invoke(harness.scheduledEvent()), 'a').health).toBe('healthy');
  });
});

describe('an error that only a person can mend', () => {
  it.each([
    ['UnauthorizedOperation', 403, /UnauthorizedOperation.*allow ec2:RunInstances.*ControllerRole/],
    ['VcpuLimitExceeded', 400, /VcpuLimitExceeded.*Service Quotas/],
    ['InvalidParameterCombination', 400, /InvalidParameterCombination.*correct the settings/],
  ])('%s is reported once with its advice, and not tried over and over', async (code, httpStatus, text) => {
    const { harness, event } = await broken();
    harness.sim.inject({ call: 'RunInstances', fault: { kind: 'error', code, message: 'no', httpStatus } });
    const from = harness.sim.calls.length;
    const report = await harness.invoke(event);

    expect(launchesOf(harness, from)).toHaveLength(1);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'step-failed',
      detail: expect.stringMatching(text),
    });
  });

  it('in one zone does not keep the other from its failover', async () => {
    const { harness, event } = await broken({ settings: { spareInterface: 'off' } });
    const subnet = harness.topology.zones[0]?.publicSubnetId;
    harness.sim.terminateInstance(primaryOf(harness, 'b'));
    await harness.clock.runFor(1_000);
    harness.sim.inject({
      call: 'CreateNetworkInterface',
      when: (input) => input.SubnetId === subnet,
      fault: { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 },
    });
    const report = await harness.invoke(event);

    expect(zoneOf(report, 'a').health).toBe('down');
    expect(zoneOf(report, 'b').health).toBe('healthy');
  });
});

describe('an image that is listed and gone', () => {
  it('is passed over for the next newest', async () => {
    const { harness, event } = await broken();
    const [first] = harness.sim.region.store.instances.current.all();
    harness.sim.imageGoneButListed(first?.launch.imageId ?? '');
    const report = await harness.invoke(event);

    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(zoneOf(report, 'a').primary?.imageId).not.toBe(first?.launch.imageId);
    const codes = zoneOf(report, 'a').steps.flatMap(({ result }) =>
      result.kind === 'failed' ? [result.failure.kind] : [],
    );
    expect(codes).toEqual(['image-unavailable']);
  });
});

describe('an interface that was deleted under our hands', () => {
  it('is made anew with the next generation of its token', async () => {
    const { harness, event } = await broken();
    harness.sim.inject({ call: 'RunInstances', times: 1, fault: { kind: 'crash', when: 'before' } });
    await harness.clock.complete(harness.start(event).catch(() => undefined));
    const [spare] = harness.sim.region.store.interfaces.current
      .all()
      .filter(({ attachment }) => attachment === undefined);
    harness.sim.deleteInterface(spare?.id ?? '');
    await harness.clock.runFor(2_000);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });
});

describe('the breaker', () => {
  it('stops launching after the set number within an hour, says so, and closes again', async () => {
    const harness = await settledHarness({ vpc: { zones: 1 }, settings: { maxLaunchesPerHour: 3 } });
    harness.goLive();
    for (let round = 0; round < 8; round += 1) {
      for (const id of aliveIn(harness, 'a')) {
        harness.sim.terminateInstance(id);
      }
      await harness.clock.runFor(2 * 60_000);
    }
    const launched = harness.sim.calls.filter(
      ({ name, outcome }) => name === 'RunInstances' && outcome === 'ok',
    );
    expect(launched).toHaveLength(3);
    expect(zoneOf(harness.lastReport(), 'a').findings).toContainEqual(
      expect.objectContaining({ code: 'breaker-open' }),
    );
    await harness.clock.runFor(60 * 60_000);
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
  });
});

describe('the end of the time', () => {
  it('comes by itself: the run says what it waits for, and the next carries on', async () => {
    const harness = await settledHarness({ timeoutMs: 15_000 });
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    const startedAt = harness.clock.now();
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(harness.clock.now() - startedAt).toBeLessThan(15_000);
    expect(report.outcome).toBe('waiting');
    expect(zoneOf(report, 'a')).toMatchObject({
      health: 'starting',
      waitsFor: [expect.stringMatching(/^i-.* to run$/)],
    });
    const from = harness.sim.calls.length;
    await harness.clock.runFor(20_000);
    const next = await harness.invoke(harness.scheduledEvent());
    expect(zoneOf(next, 'a').health).toBe('healthy');
    expect(mutations(harness, from)).not.toContain('RunInstances');
  });
});

describe('a zone that was left alone for so long that EC2 has forgotten its instance', () => {
  it.each(['answer', 'error'] as const)(
    'is built anew, where an old token gets an %s',
    async (tokenOfTerminated) => {
      const harness = await settledHarness({ behaviour: { tokenOfTerminated } });
      harness.sim.terminateInstance(primaryOf(harness, 'a'));
      // Nobody looks for two hours: what is listed then is what was listed before the very first launch.
      await harness.clock.runFor(2 * hourMs);
      await harness.invoke(harness.scheduledEvent());

      expect(aliveIn(harness, 'a')).toHaveLength(1);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { quietAfterMs } from '../../../shared/core/lifecycle/plan-removal.ts';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { addForeignInstance } from '../../../simulator/bystanders.ts';
import { Harness, type HarnessOptions } from '../../../simulator/harness/harness.ts';
import { aliveIn, mutations, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness, type StackOptions } from '../../../simulator/harness/stack-harness.ts';
import { everyCase, inDepth } from '../../every-case.ts';

function deploy(options: HarnessOptions = {}, stackOptions: StackOptions = {}) {
  const harness = new Harness(options);
  return { harness, stack: new StackHarness(harness, stackOptions), found: pictureOf(harness) };
}

async function created(options: HarnessOptions = {}, stackOptions: StackOptions = {}) {
  const scene = deploy(options, stackOptions);
  const answer = await scene.stack.create();
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  return { ...scene, answer };
}

/** All that deleting a stack has to leave as it was: routes and tags of tables, tags of addresses, interfaces. */
function pictureOf({ sim }: Harness): object {
  const { routeTables, addresses, interfaces } = sim.region.store;
  return {
    tables: routeTables.current.all().map(({ id, routes, tags }) => ({
      id,
      routes: routes.map(({ destination, target }) => [destination, target]),
      tags,
    })),
    addresses: addresses.current.all().map(({ id, tags }) => ({ id, tags })),
    interfaces: interfaces.current.all().map(({ id }) => id),
  };
}

function livingInstances({ sim }: Harness): string[] {
  return sim.region.store.instances.current
    .all()
    .filter(({ state, tags }) => state !== 'terminated' && tags['phoenat:stack'] !== undefined)
    .map(({ id }) => id);
}

function typesOf({ sim }: Harness): string[] {
  return sim.region.store.instances.current
    .all()
    .filter(({ state, tags }) => state !== 'terminated' && tags['phoenat:stack'] !== undefined)
    .map(({ launch }) => launch.instanceType)
    .toSorted();
}

describe('creating the stack', () => {
  inDepth('over the main route table succeeds, and says whom that serves too', async () => {
    const { harness, answer } = await created({ vpc: { zones: 1, privateTables: 'main' } });

    expect(answer.Reason).toMatch(
      /^Done, with warnings: rtb-\w+ is the VPC's main table and serves every subnet without a table of its own/,
    );
    expect((await harness.invoke({ action: 'status' })).zones[0]?.health).toBe('healthy');
  });

  it('gives every zone egress through an instance that has passed its checks, and tells the addresses', async () => {
    const { harness, answer } = await created();
    const report = await harness.invoke({ action: 'status' });

    expect(report.zones.map(({ health, primary }) => [health, primary?.ready])).toEqual([
      ['healthy', true],
      ['healthy', true],
    ]);
    expect(answer).toMatchObject({
      PhysicalResourceId: 'phoenat-Zones',
      LogicalResourceId: 'Zones',
      RequestId: 'unique-id-of-request-1',
      Data: { PublicAddresses: harness.topology.zones.map(({ publicIp }) => publicIp).join(', ') },
    });
  });

  it('takes over from NAT gateways without a gap', async () => {
    const { harness } = await created({ vpc: { natGateways: true } });

    expect(harness.meter.outages()).toEqual([]);
  });

  it('is not undone by the controller, whose next run finds nothing to do', async () => {
    const { harness } = await created();
    const from = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());

    expect([report.outcome, mutations(harness, from)]).toEqual(['settled', []]);
  });

  inDepth('begins with egress where a pause of an earlier stack is left on the address', async () => {
    const { harness, stack } = deploy();
    const [zone] = harness.topology.zones;
    const { addresses } = harness.sim.region.store;
    const address = addresses.current.get(zone?.allocationId ?? '');
    if (address !== undefined)
      addresses.seed({ ...address, tags: { 'phoenat:paused': '2026-01-01T00:00:00Z' } });

    expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
    expect(aliveIn(harness, 'a')).toHaveLength(1);
  });
});

describe('a stack that cannot have egress', () => {
  /** Each before anything is changed. */
  it.each<[string, RegExp, (harness: Harness) => void, StackOptions?]>([
    [
      'a public subnet without internet gateway',
      /zone a: .*no working default route to an internet gateway/,
      (harness) => harness.sim.deleteRoute(harness.topology.zones[0]?.publicRouteTableId ?? ''),
    ],
    [
      'an Elastic IP in use',
      /zone a: Elastic IP .* is not ours; disassociate it there or give zone a another address/,
      (harness) => {
        const { interfaceId } = addForeignInstance(
          harness.sim,
          harness.topology,
          harness.topology.zones[0]?.publicSubnetId ?? '',
        );
        harness.sim.associateAddressElsewhere(harness.topology.zones[0]?.allocationId ?? '', interfaceId);
      },
    ],
    [
      'an instance type that does not exist',
      /instance type t9\.nano does not exist in this Region/,
      () => undefined,
      { env: { PHOENAT_INSTANCE_TYPES: 't4g.nano,t9.nano' } },
    ],
    [
      'an image that nobody has',
      /no arm64 image matches owner self, name nobody-has-\*/,
      () => undefined,
      { env: { PHOENAT_AMI: 'self:nobody-has-*' } },
    ],
    [
      'settings that cannot be read',
      /correct the stack's parameters:\n- VpcId: expected vpc-…, got "vpc-here"/,
      () => undefined,
      { env: { PHOENAT_VPC_ID: 'vpc-here' } },
    ],
    [
      'more ranges of clients than rules',
      /ClientCidrs has 6 ranges, at most 5 are allowed/,
      () => undefined,
      { clientCidrs: [1, 2, 3, 4, 5, 6].map((n) => `10.${n}.0.0/16`) },
    ],
    [
      'a type that the zone does not offer',
      /zone a: .* offers none of t4g\.nano/,
      (harness) => harness.sim.notOffered('t4g.nano', harness.topology.zones[0]?.name ?? ''),
    ],
  ])('%s: says so and changes nothing', async (_what, reason, upset, options = {}) => {
    const { harness, stack } = deploy({}, options);
    upset(harness);
    const answer = await stack.create();

    expect(answer.Status).toBe('FAILED');
    expect(answer.PhysicalResourceId).toMatch(/^phoenat-Zones/);
    expect(answer.Reason).toMatch(reason);
    expect(mutations(harness)).toEqual([]);
  });

  inDepth(
    'no permission to launch: says which, and deleting it afterwards leaves all as it was',
    async () => {
      const { harness, stack, found } = deploy();
      const fault = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
      harness.sim.inject({ call: 'RunInstances', fault });
      const answer = await stack.create();

      expect(answer.Reason).toMatch(/zone a .*UnauthorizedOperation.*allow ec2:RunInstances.*LifecycleRole/);
      expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
      expect(pictureOf(harness)).toEqual(found);
    },
  );

  it.each(everyCase(['RunInstances'], ['CreateTags']))(
    'does not give up while a new permission for %s has not spread yet',
    async (call) => {
      const { harness, stack } = deploy();
      const fault = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
      const denied = harness.sim.inject({ call, fault });
      harness.clock.at(harness.clock.now() + 40 * secondMs, () => denied.remove());

      expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
      expect(denied.hits()).toBeGreaterThan(1);
    },
  );

  inDepth('no capacity for a quarter of an hour: gives up with what was missing', async () => {
    const { harness, stack } = deploy();
    harness.sim.withoutCapacity('t4g.nano', harness.topology.zones[0]?.name ?? '');
    const startedAt = harness.clock.now();
    const answer = await stack.create();

    expect(answer.Reason).toMatch(/not done within 15 minutes \| zone a is not served: .*add instance types/);
    expect(harness.clock.now() - startedAt).toBeLessThan(17 * minuteMs);
  });

  inDepth('an instance that never passes its checks: says so', async () => {
    const { stack } = deploy({ behaviour: { statusInitializingMs: hourMs } });

    expect((await stack.create()).Reason).toMatch(/i-\w+ has not passed its status checks/);
  });
});

describe('changing the stack', () => {
  it('replaces the instances of all zones make before break, and ends when they are replaced', async () => {
    const { harness, stack } = await created();
    const before = livingInstances(harness);
    const outages = harness.meter.outages().length;
    const answer = await stack.update({ instanceTypes: ['t4g.micro'] });
    const types = harness.sim.region.store.instances.current
      .all()
      .filter(({ id }) => livingInstances(harness).includes(id))
      .map(({ launch }) => launch.instanceType);

    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'phoenat-Zones' });
    expect(types).toEqual(['t4g.micro', 't4g.micro']);
    expect(before.filter((id) => livingInstances(harness).includes(id))).toEqual([]);
    const gaps = harness.meter.outages().slice(outages);
    expect(gaps.filter(({ from, to }) => (to ?? Number.POSITIVE_INFINITY) - from > 2 * secondMs)).toEqual([]);
  });

  it.each(
    everyCase(
      ['VcpuLimitExceeded'],
      ['Unsupported', 'InsufficientInstanceCapacity', 'UnauthorizedOperation', 'InvalidParameterValue'],
    ),
  )(
    'whose launches EC2 refuses with %s fails with the reason, serves on, and is rolled back',
    async (code) => {
      const { harness, stack } = await created();
      const [before, former] = [livingInstances(harness), harness.settings];
      const outages = harness.meter.outages().length;
      const fault = { kind: 'error', code, message: 'no', httpStatus: 400 } as const;
      const refusal = harness.sim.inject({ call: 'RunInstances', fault });
      const answer = await stack.update({ instanceTypes: ['t4g.micro'] });

      expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'phoenat-Zones' });
      expect(answer.Reason).toMatch(
        /Not every zone could be changed: .*zone a is still served by i-\w+: i-\w+ was launched/,
      );
      expect(refusal.hits()).toBeGreaterThan(0);
      expect(livingInstances(harness)).toEqual(before);
      // CloudFormation puts the former settings back, and EC2 refuses still.
      expect(await stack.update(former)).toMatchObject({ Status: 'SUCCESS' });
      expect(livingInstances(harness)).toEqual(before);
      expect(harness.meter.outages()).toHaveLength(outages);
    },
  );

  inDepth('that EC2 refuses in its second zone is rolled back in the first', async () => {
    const { harness, stack } = await created();
    const former = harness.settings;
    const inB = harness.topology.zones[1]?.publicSubnetId;
    const fault = {
      kind: 'error',
      code: 'InsufficientFreeAddressesInSubnet',
      message: 'full',
      httpStatus: 400,
    } as const;
    harness.sim.inject({
      call: 'RunInstances',
      when: ({ NetworkInterfaces }) => NetworkInterfaces?.[0]?.SubnetId === inB,
      fault,
    });

    expect((await stack.update({ instanceTypes: ['t4g.micro'] })).Reason).toMatch(
      /zone b is still served by i-\w+: .*full/,
    );
    expect(typesOf(harness)).toEqual(['t4g.micro', 't4g.nano']);
    expect(await stack.update(former)).toMatchObject({ Status: 'SUCCESS' });
    expect(typesOf(harness)).toEqual(['t4g.nano', 't4g.nano']);
  });

  inDepth(
    'that outlasts its first invocation is done when the new instances serve and the old ones are gone',
    async () => {
      const { harness, stack } = await created();
      Object.assign(harness.sim.region.behaviour, { statusInitializingMs: 8 * minuteMs });

      expect(await stack.update({ instanceTypes: ['t4g.micro'] })).toMatchObject({ Status: 'SUCCESS' });
      expect(stack.invocations.length).toBeGreaterThan(2);
      expect(typesOf(harness)).toEqual(['t4g.micro', 't4g.micro']);
    },
  );

  inDepth('with a breaker that the update has used up is rolled back when its hour is over', async () => {
    const { harness, stack } = await created({ settings: { maxLaunchesPerHour: 1 } });
    await harness.clock.runFor(hourMs);
    const former = harness.settings;
    const fault = { kind: 'error', code: 'VcpuLimitExceeded', message: 'no', httpStatus: 400 } as const;
    const inB = harness.topology.zones[1]?.publicSubnetId;
    const refusal = harness.sim.inject({
      call: 'RunInstances',
      when: ({ NetworkInterfaces }) => NetworkInterfaces?.[0]?.SubnetId === inB,
      fault,
    });

    expect(await stack.update({ instanceTypes: ['t4g.micro'] })).toMatchObject({ Status: 'FAILED' });
    refusal.remove();
    await harness.clock.runFor(10 * minuteMs);
    expect(await stack.update(former)).toMatchObject({ Status: 'SUCCESS' });
    expect(typesOf(harness)).toEqual(['t4g.nano', 't4g.nano']);
  });

  it('that takes a zone away puts its routes back, and leaves nothing in it', async () => {
    const { harness, stack } = await created({ vpc: { natGateways: true } });
    const [kept, dropped] = harness.topology.zones;
    const answer = await stack.update({ zones: harness.settings.zones.slice(0, 1) });
    const { routeTables, addresses, interfaces } = harness.sim.region.store;

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    for (const id of dropped?.privateRouteTableIds ?? []) {
      const table = routeTables.current.get(id);
      const route = table?.routes.find(({ destination }) => destination === '0.0.0.0/0');
      expect(route?.target).toEqual({ kind: 'nat-gateway', id: dropped?.natGatewayId });
      expect(table?.tags).toEqual({});
    }
    expect(aliveIn(harness, 'b')).toEqual([]);
    expect(interfaces.current.all().filter(({ tags }) => tags['phoenat:zone'] === 'b')).toEqual([]);
    expect(addresses.current.get(dropped?.allocationId ?? '')?.tags).toEqual({});
    expect(Object.keys(addresses.current.get(kept?.allocationId ?? '')?.tags ?? {})).toEqual([
      'phoenat:last-good-image',
    ]);
    expect(zoneOf(await harness.invoke({ action: 'status' }), 'a').health).toBe('healthy');
  });

  inDepth('that may not remove what is left of a zone says so, and that the zones are changed', async () => {
    const { harness, stack } = await created();
    const fault = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
    harness.sim.inject({ call: 'TerminateInstances', fault });
    const answer = await stack.update({ zones: harness.settings.zones.slice(0, 1) });

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(
      /^The zones are changed, but not everything that they no longer need could be removed: could not terminate i-/,
    );
  });

  inDepth('that takes a zone away of which nothing is left puts its routes back all the same', async () => {
    const { harness, stack } = await created({ vpc: { natGateways: true } });
    const dropped = harness.topology.zones[1];
    const { routeTables, interfaces } = harness.sim.region.store;
    for (const id of aliveIn(harness, 'b')) harness.sim.terminateInstance(id);
    await harness.clock.runFor(minuteMs);
    for (const { id, tags } of interfaces.current.all()) {
      if (tags['phoenat:zone'] === 'b') harness.sim.deleteInterface(id);
    }
    await harness.clock.runFor(5 * secondMs);
    await stack.update({ zones: harness.settings.zones.slice(0, 1) });

    for (const id of dropped?.privateRouteTableIds ?? []) {
      const table = routeTables.current.get(id);
      const route = table?.routes.find(({ destination }) => destination === '0.0.0.0/0');
      expect(route?.target).toEqual({ kind: 'nat-gateway', id: dropped?.natGatewayId });
      expect(table?.tags).toEqual({});
    }
  });

  inDepth('that takes a private subnet away puts its route back', async () => {
    const { harness, stack } = await created();
    const [a, b] = harness.settings.zones;
    if (a === undefined || b === undefined) throw new Error('two zones are needed');
    const [tableId = ''] = harness.topology.zones[0]?.privateRouteTableIds ?? [];
    await stack.update({ zones: [{ ...a, privateSubnetIds: a.privateSubnetIds.slice(1) }, b] });
    const table = harness.sim.region.store.routeTables.current.get(tableId);

    expect(table?.routes.map(({ destination }) => destination)).toEqual(['10.0.0.0/16']);
    expect(table?.tags).toEqual({});
  });

  it('that cannot work is refused before anything changes', async () => {
    const { harness, stack } = await created();
    const from = harness.sim.calls.length;
    const answer = await stack.update({ instanceTypes: ['t9.nano'] });

    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toMatch(/Not every zone could be changed: instance type t9\.nano does not exist/);
    expect(mutations(harness, from)).toEqual([]);
  });

  inDepth('to another VPC is refused', async () => {
    const { harness, stack } = await created();
    const other = harness.sim.region.store.vpcs.current.all()[0]?.id ?? '';
    const answer = await stack.update({
      vpcId: `${other.slice(0, -4)}0000` as typeof harness.settings.vpcId,
    });

    expect(answer.Reason).toMatch(/the VPC of a stack cannot be changed/);
  });

  inDepth('leaves a zone alone that an operator has paused', async () => {
    const { harness, stack } = await created();
    await harness.invoke({ action: 'pause', zone: 'a' });
    const paused = aliveIn(harness, 'a');
    await harness.clock.runFor(5 * secondMs);
    const answer = await stack.update({ instanceTypes: ['t4g.micro'] });

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(aliveIn(harness, 'a')).toEqual(paused);
  });
});

/** What EC2's checks do not notice. */
describe('instances that boot and do not forward', () => {
  const withGateways: HarnessOptions = { vpc: { natGateways: true } };

  it('are no creation: the NAT gateways serve on, and the reason is what the boot said', async () => {
    const { harness, stack } = deploy({ ...withGateways, behaviour: { boot: 'cannot' } });
    const answer = await stack.create();

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(
      /zone a is still served by nat-\w+: .*i-\w+ cannot forward: nftables cannot be installed/,
    );
    expect(harness.meter.outages()).toEqual([]);
  });

  inDepth('are no creation where there was no way out before', async () => {
    const { stack } = deploy({ behaviour: { boot: 'cannot' } });

    expect((await stack.create()).Reason).toMatch(
      /zone [ab] is not served: i-\w+ cannot forward: nftables cannot be installed/,
    );
  });

  inDepth('are no creation where they do not even say so', async () => {
    const { harness, stack } = deploy({ ...withGateways, behaviour: { boot: 'hangs' } });
    const answer = await stack.create();

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/its boot has not said that it forwards/);
    expect(harness.meter.outages()).toEqual([]);
  });

  inDepth.each(['cannot', 'hangs'] as const)(
    'are no update (%s): the old instances serve on, and the rollback succeeds',
    async (boot) => {
      const { harness, stack } = await created();
      const [before, former] = [livingInstances(harness), harness.settings];
      const outages = harness.meter.outages().length;
      Object.assign(harness.sim.region.behaviour, { boot });

      const answer = await stack.update({ instanceTypes: ['t4g.micro'] });
      expect(answer.Status).toBe('FAILED');
      expect(answer.Reason).toMatch(
        boot === 'cannot'
          ? /zone a is still served by i-\w+: .*cannot forward: nftables/
          : /zone a is still served by i-\w+: /,
      );
      expect(await stack.update(former)).toMatchObject({ Status: 'SUCCESS' });
      expect(livingInstances(harness)).toEqual(before);
      expect(harness.meter.outages()).toHaveLength(outages);
    },
  );

  inDepth('take nothing over from a working instance that the controller replaces', async () => {
    const { harness } = await created();
    const outages = harness.meter.outages().length;
    // A console that is further behind than a failing instance lingers is not read in time.
    const consoleDelay = { minMs: 2_000, maxMs: 2_000 };
    Object.assign(harness.sim.region.behaviour, { boot: 'cannot', consoleDelay });
    await harness.clock.runFor(hourMs);
    await harness.invoke({ action: 'rebuild', zone: 'a' });
    harness.goLive();
    await harness.clock.runFor(40 * minuteMs);

    expect(harness.meter.outages()).toHaveLength(outages);
    expect(
      harness.invocations.some(({ report }) =>
        report?.zones.some(({ findings }) => findings.some(({ code }) => code === 'boot-failed')),
      ),
    ).toBe(true);
    harness.quiesce();
  });
});

describe('instances that forward and cannot be heard', () => {
  it.each<[string, HarnessOptions, StackOptions]>([
    ['EC2 has no output', { behaviour: { consoleDelay: 'empty' } }, {}],
    [
      'their image says nothing',
      {
        behaviour: { boot: 'quiet' },
        settings: { image: { kind: 'preset', preset: 'amzn-ami-vpc-nat' }, instanceTypes: ['t3.nano'] },
      },
      {},
    ],
  ])('are accepted after a while, and it is said: %s', async (_why, options, stackOptions) => {
    const { stack, harness } = deploy({ ...options, vpc: { natGateways: true } }, stackOptions);
    const answer = await stack.create();

    expect(answer.Status).toBe('SUCCESS');
    expect(answer.Reason).toMatch(/it is taken to, as EC2’s checks pass/);
    expect(stack.log.find(({ message }) => message === 'result')?.level).toBe('warn');
    expect(harness.meter.outages()).toEqual([]);
  });

  inDepth('are accepted where the role may not read consoles', async () => {
    const { stack, harness } = deploy({ vpc: { natGateways: true } });
    const fault = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
    harness.sim.inject({ call: 'GetConsoleOutput', fault });
    const answer = await stack.create();

    expect(answer.Status).toBe('SUCCESS');
    expect(answer.Reason).toMatch(/whether it forwards cannot be read: UnauthorizedOperation/);
  });

  inDepth('are waited for where the console is minutes behind', async () => {
    const minutes = { minMs: 4 * minuteMs, maxMs: 6 * minuteMs };
    const { stack, harness } = deploy({ vpc: { natGateways: true }, behaviour: { consoleDelay: minutes } });

    expect((await stack.create()).Reason).toBeUndefined();
    expect(harness.meter.outages()).toEqual([]);
  });
});

it('a settled zone’s consoles are read by nobody', async () => {
  const { harness } = await created();
  const from = harness.sim.calls.length;
  await harness.invoke(harness.scheduledEvent());

  expect(
    harness.sim.calls
      .slice(from)
      .map(({ name }) => name)
      .filter((name) => name === 'GetConsoleOutput'),
  ).toEqual([]);
  expect(harness.sim.calls.slice(from)).toHaveLength(6);
});

describe('deleting the stack', () => {
  it.each(
    everyCase([['NAT gateways', { natGateways: true }]], [['no default routes', { natGateways: false }]]),
  )('where there were %s before: everything is as it was found', async (_what, vpc) => {
    const { harness, stack, found } = await created({ vpc });

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(pictureOf(harness)).toEqual(found);
    expect(livingInstances(harness)).toEqual([]);
  });

  inDepth('hands the traffic back to NAT gateways before anything is taken down', async () => {
    const { harness, stack } = await created({ vpc: { natGateways: true } });
    await stack.delete();

    expect(harness.meter.outages()).toEqual([]);
  });

  inDepth('puts back a hand-made NAT instance that was taken over', async () => {
    const { harness, stack } = deploy();
    const { interfaceId } = addForeignInstance(
      harness.sim,
      harness.topology,
      harness.topology.zones[0]?.publicSubnetId ?? '',
    );
    const [tableId = ''] = harness.topology.zones[0]?.privateRouteTableIds ?? [];
    harness.sim.pointRouteAt(tableId, { kind: 'interface', id: interfaceId });
    const found = pictureOf(harness);
    await stack.create();
    await stack.delete();

    expect(pictureOf(harness)).toEqual(found);
  });

  /** Not by the deployment, which saw another table, but by a run of the controller. */
  async function servedByRun({ harness }: { readonly harness: Harness }) {
    const [zone] = harness.topology.zones;
    const table = harness.topology.mainRouteTableId;
    const { interfaceId } = addForeignInstance(harness.sim, harness.topology, zone?.publicSubnetId ?? '');
    harness.sim.pointRouteAt(table, { kind: 'interface', id: interfaceId });
    await harness.clock.runFor(minuteMs);
    harness.sim.reassociate(zone?.privateSubnetIds[0] ?? '', table);
    await harness.clock.runFor(10 * secondMs);
    await harness.invoke(harness.scheduledEvent());
    const tagsOf = () => harness.sim.region.store.routeTables.current.get(table)?.tags ?? {};
    expect(tagsOf()).toEqual({ 'phoenat:taken-over': expect.stringMatching(/^phoenat \d{10}$/) });
    return { table, tagsOf };
  }

  inDepth('takes the mark off a table whose way before was never noted', async () => {
    const { harness, stack } = await created();
    const { tagsOf } = await servedByRun({ harness });

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(tagsOf()).toEqual({});
  });

  inDepth('takes the mark off a table that its subnets have left', async () => {
    const { harness, stack } = await created();
    const { table, tagsOf } = await servedByRun({ harness });
    const [zone] = harness.topology.zones;
    harness.sim.reassociate(zone?.privateSubnetIds[0] ?? '', zone?.privateRouteTableIds[0]);
    harness.sim.deleteRoute(table);
    await harness.clock.runFor(10 * secondMs);

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(tagsOf()).toEqual({});
  });

  inDepth('takes the note off a table whose mark somebody has removed', async () => {
    const { harness, stack, found } = await created();
    for (const id of harness.topology.zones.flatMap((zone) => zone.privateRouteTableIds)) {
      harness.sim.untag(id, 'phoenat:taken-over');
    }
    await harness.clock.runFor(10 * secondMs);

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(pictureOf(harness)).toEqual(found);
  });

  inDepth('leaves a private table without default route where its NAT gateway is gone', async () => {
    const { harness, stack } = await created({ vpc: { natGateways: true } });
    for (const { natGatewayId = '' } of harness.topology.zones) harness.sim.deleteNatGateway(natGatewayId);

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    for (const id of harness.topology.zones.flatMap((zone) => zone.privateRouteTableIds)) {
      const table = harness.sim.region.store.routeTables.current.get(id);
      expect(table?.routes.map(({ destination }) => destination)).toEqual(['10.0.0.0/16']);
    }
  });

  it('can be done twice, and for a stack that was never built', async () => {
    const { harness, stack, found } = deploy();

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(pictureOf(harness)).toEqual(found);
    expect(mutations(harness).filter((name) => !name.endsWith('Tags'))).toEqual([]);
  });

  it('that was never built, for its settings could not be read, has nothing to remove', async () => {
    const { harness, stack } = deploy({}, { env: { PHOENAT_ZONES: '[]' } });
    const answer = await stack.create();

    expect(answer.PhysicalResourceId).toBe('phoenat-Zones-nothing-built');
    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(harness.sim.calls).toEqual([]);
  });

  it.each<Record<string, string>>(
    everyCase(
      [{ PHOENAT_AMI: 'nonsense' }],
      [
        { PHOENAT_VOLUME_GIB: '7' },
        { PHOENAT_SECURITY_GROUPS: '' },
        { PHOENAT_EGRESS_ALLOW_LIST: 'everything' },
      ],
    ),
  )('needs none of %j, which cannot be read any more', async (env) => {
    const { harness, stack, found } = await created();
    stack.changeEnvironment(env);

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect([livingInstances(harness), pictureOf(harness)]).toEqual([[], found]);
  });

  it.each<readonly [Record<string, string>, RegExp]>(
    everyCase(
      [[{ PHOENAT_ZONES: '[{"name":"a"}]' }, /it is not known what to remove: .*ZoneAPublicSubnet/s]],
      [
        [{ PHOENAT_VPC_ID: '' }, /it is not known what to remove: .*VpcId/s],
        [{ PHOENAT_STACK: '' }, /it is not known what to remove: .*PHOENAT_STACK/s],
      ],
    ),
  )('fails and says so where it cannot be said what to remove: %j', async (env, reason) => {
    const { harness, stack } = await created();
    const from = harness.sim.calls.length;
    stack.changeEnvironment(env);
    const answer = await stack.delete();

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(reason);
    expect(harness.sim.calls).toHaveLength(from);
  });

  it.each(everyCase(['UnauthorizedOperation'], ['RequestLimitExceeded']))(
    'succeeds with a warning where its tags cannot be removed: %s',
    async (code) => {
      const { harness, stack } = await created({ vpc: { natGateways: true } });
      const fault = { kind: 'error', code, message: 'no', httpStatus: 403 } as const;
      const denied = harness.sim.inject({ call: 'DeleteTags', fault });
      const answer = await stack.delete();
      const [table = ''] = harness.topology.zones[0]?.privateRouteTableIds ?? [];

      expect(answer).toMatchObject({ Status: 'SUCCESS' });
      expect(answer.Reason).toContain(`could not remove our tag from ${table}: ${code}`);
      expect(stack.log.find(({ message }) => message === 'tags left')?.level).toBe('warn');
      expect(livingInstances(harness)).toEqual([]);
      expect(harness.meter.outages()).toEqual([]);
      denied.remove();
      // What is left is in nobody's way.
      expect(await new StackHarness(harness).create()).toMatchObject({ Status: 'SUCCESS' });
    },
  );

  it('leaves no orphan where a controller run was under way and events still come', async () => {
    const { harness, stack, found } = await created();
    harness.sim.terminateInstance(livingInstances(harness)[0] ?? '');
    const late = harness.start(harness.scheduledEvent());
    await harness.clock.runFor(300);
    const answer = await stack.delete();
    await harness.clock.complete(late);
    await harness.clock.runFor(2 * minuteMs);

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(livingInstances(harness)).toEqual([]);
    expect(pictureOf(harness)).toEqual(found);
  });

  it('touches nothing of anybody else’s', async () => {
    const { harness, stack } = deploy();
    const foreign = addForeignInstance(
      harness.sim,
      harness.topology,
      harness.topology.zones[0]?.publicSubnetId ?? '',
      {
        'phoenat:stack': 'another',
      },
    );
    await stack.create();
    await stack.delete();

    expect(harness.sim.region.store.instances.current.get(foreign.instanceId)?.state).toBe('running');
  });

  inDepth('is done where an Elastic IP was released by hand meanwhile', async () => {
    const { harness, stack } = await created();
    const gone = {
      kind: 'error',
      code: 'InvalidAllocationID.NotFound',
      message: 'no',
      httpStatus: 400,
    } as const;
    harness.sim.inject({
      call: 'DeleteTags',
      when: ({ Resources }) => Resources?.[0]?.startsWith('eipalloc-') === true,
      fault: gone,
    });

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(livingInstances(harness)).toEqual([]);
  });

  inDepth('that may not terminate fails with the reason, and goes on when it is asked again', async () => {
    const { harness, stack, found } = await created();
    const fault = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
    const denied = harness.sim.inject({ call: 'TerminateInstances', fault });
    const answer = await stack.delete();

    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'phoenat-Zones' });
    expect(answer.Reason).toMatch(
      /deleting the stack again continues with them: could not terminate i-.*UnauthorizedOperation/,
    );
    denied.remove();
    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(pictureOf(harness)).toEqual(found);
  });

  inDepth(
    'tries again, and has nothing to warn of, where its tags could not be removed for a moment',
    async () => {
      const { harness, stack, found } = await created();
      const fault = { kind: 'error', code: 'InternalError', message: 'no', httpStatus: 500 } as const;
      const broken = harness.sim.inject({ call: 'DeleteTags', times: 2, fault });
      const answer = await stack.delete();

      expect(broken.hits()).toBe(2);
      expect(answer.Status).toBe('SUCCESS');
      expect(answer.Reason).toBeUndefined();
      expect(pictureOf(harness)).toEqual(found);
    },
  );

  it.each<readonly [string, StackOptions]>(
    everyCase(
      [
        [
          "whose second invocation's clock is ahead",
          { clocksAheadMs: [0, 5 * minuteMs], timeoutMs: 130 * secondMs },
        ],
      ],
      [
        ["whose machine's clock is ahead", { clocksAheadMs: [5 * minuteMs] }],
        ["whose machine's clock is behind", { clocksAheadMs: [-5 * minuteMs] }],
      ],
    ),
  )('%s waits for a controller that was under way', async (_what, options) => {
    const { harness } = await created();
    await harness.invoke({ action: 'pause' });
    const pausedAt = harness.clock.now();
    await harness.clock.runFor(2 * secondMs);
    expect(await new StackHarness(harness, options).delete()).toMatchObject({ Status: 'SUCCESS' });
    const tookMs = harness.clock.now() - pausedAt;

    expect(tookMs).toBeGreaterThanOrEqual(quietAfterMs);
    expect(tookMs).toBeLessThan(quietAfterMs + minuteMs);
  });

  inDepth('terminates nothing on the strength of an answer that did not come', async () => {
    const { harness, stack, found } = await created();
    const fault = harness.sim.inject({ call: 'DescribeRouteTables', fault: { kind: 'throttle' } });
    const from = harness.sim.calls.length;
    harness.clock.at(harness.clock.now() + 3 * minuteMs, () => {
      expect(mutations(harness, from)).toEqual([]);
      fault.remove();
    });

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(pictureOf(harness)).toEqual(found);
  });
});

describe('whatever happens', () => {
  it.each(everyCase(['RunInstances'], ['CreateNetworkInterface', 'AssociateAddress', 'CreateRoute']))(
    'CloudFormation is answered: the function dies after %s of a creation and is repeated',
    async (call) => {
      const { harness, stack } = deploy();
      harness.sim.inject({ call, times: 1, fault: { kind: 'crash', when: 'after' } });

      expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
      expect(stack.invocations).toHaveLength(2);
      expect([aliveIn(harness, 'a').length, aliveIn(harness, 'b').length]).toEqual([1, 1]);
    },
  );

  it.each(
    everyCase(['TerminateInstances'], ['CreateTags', 'DeleteRoute', 'DeleteNetworkInterface', 'DeleteTags']),
  )('CloudFormation is answered: the function dies after %s of a deletion and is repeated', async (call) => {
    const { harness, stack, found } = await created();
    // Pre-created interfaces are left over after a failover only.
    harness.sim.terminateInstance(livingInstances(harness)[0] ?? '');
    await harness.clock.runFor(minuteMs);
    await harness.invoke(harness.scheduledEvent());
    const crash = harness.sim.inject({ call, times: 1, fault: { kind: 'crash', when: 'after' } });

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(crash.hits()).toBe(1);
    expect(pictureOf(harness)).toEqual(found);
    expect(livingInstances(harness)).toEqual([]);
  });

  it('a deletion that dies three times fails after the hour that CloudFormation waits, and the next succeeds', async () => {
    const { harness, stack, found } = await created();
    const crash = harness.sim.inject({
      call: 'CreateTags',
      times: 3,
      fault: { kind: 'crash', when: 'before' },
    });

    expect(await stack.delete()).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^CloudFormation did not receive a response/),
    });
    expect(crash.hits()).toBe(3);
    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(pictureOf(harness)).toEqual(found);
  });

  inDepth(
    'ends before Lambda ends it, where neither EC2 nor Lambda nor CloudFormation answers any more',
    async () => {
      const { stack, harness } = deploy({}, { timeoutMs: 3 * minuteMs, silentEnds: 2 });
      harness.sim.inject({ call: 'DescribeRouteTables', fault: { kind: 'silence', happens: false } });
      await stack.create();

      expect(stack.leftMs.length).toBeGreaterThanOrEqual(2);
      expect(Math.min(...stack.leftMs)).toBeGreaterThan(0);
    },
  );

  inDepth('an invocation without enough time is carried on by others', async () => {
    const { stack, harness } = deploy({}, { timeoutMs: 150 * secondMs });

    expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
    expect(stack.invocations.length).toBeGreaterThan(2);
    expect([aliveIn(harness, 'a').length, aliveIn(harness, 'b').length]).toEqual([1, 1]);
  });

  inDepth('is answered after eight invocations, where none of them gets anywhere', async () => {
    const { stack, harness } = deploy({}, { timeoutMs: 3 * minuteMs });
    harness.sim.inject({ call: 'DescribeRouteTables', fault: { kind: 'throttle' } });
    const answer = await stack.create();

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain('not done in time');
    expect(stack.invocations).toHaveLength(8);
  });

  it('an answer that is not taken is sent again', async () => {
    const { stack } = deploy({}, { lostAnswers: 3 });

    expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
    expect(stack.invocations).toHaveLength(1);
  });

  inDepth('an answer that is not taken for long is sent by the repetition', async () => {
    const { stack } = deploy({}, { lostAnswers: 7 });

    expect(await stack.create()).toMatchObject({ Status: 'SUCCESS' });
    expect(stack.invocations).toHaveLength(2);
  });
});

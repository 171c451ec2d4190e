import type { CreateTagsCommandInput, Tag } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { aliveIn, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';
import { inDepth } from '../../every-case.ts';

/** Its instances say that all is well, and nothing passes through them, which nobody but a probe sees. */
function forwardingNothing(): Harness {
  const harness = new Harness({ probe: 'on', vpc: { natGateways: true, zones: 1 } });
  const { sim } = harness;
  sim.region.store.onChange(() => {
    for (const { id, booted, breakage } of sim.region.store.instances.current.all()) {
      if (booted && breakage === undefined) sim.breakForwarding(id);
    }
  });
  return harness;
}

function routesTo(harness: Harness): string[] {
  return zoneOf(harness.lastReport(), 'a').routes.map(({ target }) => target);
}

function targetsOf({ sim }: Harness, table: string, from: number): (string | undefined)[] {
  return sim.calls
    .slice(from)
    .flatMap(({ name, input }) =>
      name === 'ReplaceRoute' && input.RouteTableId === table
        ? [input.NatGatewayId ?? input.NetworkInterfaceId]
        : [],
    );
}

function movesOf(harness: Harness): string[] {
  return harness.sim.calls.filter(({ name }) => name === 'ReplaceRoute').map(({ name }) => name);
}

describe('a route taken over by an instance that does not forward', () => {
  it('is back within ten seconds, is said, and is not taken over again by the same instance', async () => {
    const harness = forwardingNothing();
    const gateway = harness.topology.zones[0]?.natGatewayId;
    harness.goLive();
    await harness.clock.runFor(20 * minuteMs);

    // The meter counts each of the zone's two subnets.
    expect(harness.meter.outageMs()).toBeGreaterThan(0);
    expect(harness.meter.outageMs()).toBeLessThan(2 * 10 * secondMs);
    expect(movesOf(harness)).toHaveLength(4);
    expect(routesTo(harness)).toEqual([gateway, gateway]);
    expect(harness.lastReport()).toMatchObject({ outcome: 'attention' });
    expect(zoneOf(harness.lastReport(), 'a')).toMatchObject({ health: 'served-by-other', egress: 'passes' });
    expect(zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code)).toContain('takeover-undone');
  });

  inDepth('is back as soon though the note of the takeover was lost', async () => {
    const harness = forwardingNothing();
    const fault = { kind: 'error', code: 'InternalError', message: 'lost', httpStatus: 500 } as const;
    const isOfTakeover = ({ Key, Value = '' }: Tag) =>
      Key === tagKeys.takenOver && /^\S+( \d+)+$/.test(Value);
    let lost = 0;
    const when = ({ Tags = [] }: CreateTagsCommandInput) => {
      const isHit = Tags.some(isOfTakeover);
      lost += isHit ? 1 : 0;
      return isHit;
    };
    harness.sim.inject({ call: 'CreateTags', when, fault });
    harness.goLive();
    await harness.clock.runFor(20 * minuteMs);

    expect(lost).toBeGreaterThan(0);
    expect(harness.meter.outageMs()).toBeGreaterThan(0);
    expect(harness.meter.outageMs()).toBeLessThan(2 * 10 * secondMs);
    expect(movesOf(harness)).toHaveLength(4);
  });

  inDepth('is tried once more after a rebuild', async () => {
    const harness = forwardingNothing();
    harness.goLive();
    await harness.clock.runFor(10 * minuteMs);
    const from = harness.sim.calls.length;
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.clock.runFor(15 * minuteMs);

    // Several runs may ask for the same.
    const asked = targetsOf(harness, harness.topology.zones[0]?.privateRouteTableIds[0] ?? '', from);
    expect(asked.filter((target, nth) => target !== asked[nth - 1])).toEqual([
      expect.stringMatching(/^eni-/),
      harness.topology.zones[0]?.natGatewayId,
    ]);
    expect(harness.meter.outageMs()).toBeLessThan(2 * 2 * 10 * secondMs);
  });

  it('fails the deployment, with that reason', async () => {
    const harness = forwardingNothing();
    const stack = new StackHarness(harness);
    const answer = await stack.create();

    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/no request passed through i-/),
    });
  });
});

describe('a route taken over by an instance that forwards', () => {
  it('stays where six requests in a row fail by chance, at once or in the next run', async () => {
    const harness = new Harness({ probe: 'on', vpc: { natGateways: true, zones: 1 } });
    const failSixTimes = async () => {
      const from = harness.probes.invocations.length;
      const trouble = harness.probes.trouble('a', { kind: 'fails-at-times', share: 1 });
      const isAsked = () => harness.probes.invocations.length - from >= 6;
      await harness.until('it has been asked six times', isAsked, 30 * secondMs);
      trouble.end();
    };
    const moved = () => movesOf(harness).length === 2;
    harness.goLive();
    await harness.until('it has taken over', moved, 15 * minuteMs);
    await failSixTimes();
    const { length } = harness.invocations;
    await harness.until('the next run begins', () => harness.invocations.length > length, 2 * minuteMs);
    await failSixTimes();
    await harness.clock.runFor(5 * minuteMs);

    expect(moved()).toBe(true);
    expect(harness.lastReport()).toMatchObject({ outcome: 'settled' });
  });
});

describe('a route that a NAT gateway serves, where the probe tells nothing', () => {
  it.each(['throttled', 'not-deployed', 'lost'] as const)(
    'is taken over as far as EC2 can tell: %s',
    async (kind) => {
      const harness = new Harness({ probe: 'on', vpc: { natGateways: true, zones: 1 } });
      harness.probes.trouble('a', { kind });
      harness.goLive();
      await harness.until('it has taken over', () => movesOf(harness).length === 2, 15 * minuteMs);
      await harness.clock.runFor(2 * minuteMs);

      expect(harness.meter.outageMs()).toBe(0);
      expect(movesOf(harness)).toHaveLength(2);
    },
  );
});

describe('a route that somebody has led to a NAT gateway', () => {
  /** The first run to see it, while the instance says nothing until the probe has asked so often. */
  async function ledBack(silentFor: number) {
    const harness = await settledHarness({ probe: 'on', vpc: { natGateways: true, zones: 1 } });
    const { probes, sim, topology, clock } = harness;
    const id = topology.zones[0]?.natGatewayId ?? '';
    for (const { routeTableId } of zoneOf(harness.lastReport(), 'a').routes) {
      sim.pointRouteAt(routeTableId, { kind: 'nat-gateway', id });
    }
    await clock.runFor(5 * secondMs); // Until EC2 shows it.
    const instance = sim.region.store.instances.current.get(primaryOf(harness, 'a'));
    const { healthSince } = instance ?? {};
    Object.assign(instance ?? {}, { healthSince: undefined });
    const from = sim.calls.length;
    const { length } = probes.invocations;
    const startedAt = clock.now();
    const run = harness.start(harness.scheduledEvent());
    await harness.until('it is asked', () => probes.invocations.length >= length + silentFor, minuteMs);
    const askedAt = clock.now();
    Object.assign(instance ?? {}, { healthSince });
    await clock.complete(run);
    const movedAt = sim.calls.slice(from).find(({ name }) => name === 'ReplaceRoute')?.sentAt ?? 0;
    return { harness, sinceAskedMs: movedAt - askedAt, sinceStartMs: movedAt - startedAt };
  }

  it('is back as soon as the instance tells that it is ready', async () => {
    const { harness, sinceAskedMs, sinceStartMs } = await ledBack(3);

    expect(sinceStartMs).toBeGreaterThan(2 * secondMs);
    expect(sinceAskedMs).toBeLessThan(1.5 * secondMs);
    expect(harness.lastReport()).toMatchObject({ outcome: 'settled' });
  });

  it('is back after some seconds if it says nothing', async () => {
    const { harness, sinceStartMs } = await ledBack(6);

    expect(sinceStartMs).toBeGreaterThan(4 * secondMs);
    expect(sinceStartMs).toBeLessThan(10 * secondMs);
    expect(harness.meter.outageMs()).toBe(0);
  });
});

const cannotForward = Buffer.from('phoenat: cannot forward: a test').toString('base64');

describe('a deployment', () => {
  inDepth('cuts no second zone off once a takeover of the first was undone', async () => {
    const harness = new Harness({
      probe: 'on',
      vpc: { natGateways: true, zones: 2 },
      behaviour: { boot: 'pretends' },
    });
    const answer = await new StackHarness(harness).create();
    const isCutOff = (subnetId: string) => harness.meter.outageMs(subnetId) > 0;
    const cutOff = harness.topology.zones.filter((zone) => zone.privateSubnetIds.some(isCutOff));

    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(cutOff).toHaveLength(1);
    expect(harness.sim.calls.filter(({ name }) => name === 'RunInstances')).toHaveLength(2);
    // Once for all of the zone's tables.
    expect(answer.Reason?.match(/no request passed through i-/g)).toHaveLength(1);
  });

  it('replaces no instance in a second zone either then, though a successor is there already', async () => {
    const harness = await settledHarness({ probe: 'on', vpc: { natGateways: true, zones: 2 } });
    const { sim, topology, settings } = harness;
    await harness.invoke(harness.scheduledEvent());
    expect(harness.lastReport()).toMatchObject({ outcome: 'settled' });
    const from = sim.calls.length;
    const [ofA, ofB] = topology.zones;
    const tables = zoneOf(harness.lastReport(), 'a').routes.map(({ routeTableId }) => routeTableId);
    let hasBegun = false;
    sim.region.store.onChange(() => {
      if (hasBegun || aliveIn(harness, 'b').length < 2) return;
      hasBegun = true;
      // Somebody points what zone a's new instance serves at the gateway, and that forwards no more.
      harness.clock.after(secondMs, () => {
        for (const id of aliveIn(harness, 'a')) sim.breakForwarding(id);
        for (const table of tables) {
          sim.pointRouteAt(table, { kind: 'nat-gateway', id: ofA?.natGatewayId ?? '' });
        }
      });
    });
    const answer = await new StackHarness(harness).update({ volumeGiB: settings.volumeGiB + 1 });

    expect(hasBegun).toBe(true);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/no request passed through i-/),
    });
    const moves = sim.calls
      .slice(from)
      .flatMap(({ input }) => ('AllocationId' in input ? [input.AllocationId] : []));
    expect(moves).toContain(ofA?.allocationId);
    expect(moves).not.toContain(ofB?.allocationId);
  });

  it('that fails by the boot of a second zone sees the takeover of the first to its end', async () => {
    const harness = new Harness({
      probe: 'on',
      vpc: { natGateways: true, zones: 2 },
      behaviour: { boot: 'pretends' },
    });
    const { sim } = harness;
    let ended: string | undefined;
    sim.inject({
      call: 'GetConsoleOutput',
      when: ({ InstanceId }) => InstanceId === ended,
      fault: { kind: 'partial', strip: (output) => ({ ...output, Output: cannotForward }) },
    });
    sim.region.store.onChange(() => {
      if (ended !== undefined || movesOf(harness).length === 0) return;
      // As a boot does that cannot forward, once it has said so.
      [ended] = aliveIn(harness, 'b');
      harness.clock.after(secondMs, () => sim.terminateInstance(ended ?? ''));
    });
    const answer = await new StackHarness(harness).create();

    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/cannot forward: a test/),
    });
    // There and back.
    expect(movesOf(harness)).toHaveLength(4);
    expect(harness.meter.outageMs()).toBeLessThan(2 * 10 * secondMs);
  });

  it('beside a NAT gateway succeeds once a request has passed through its instance', async () => {
    const harness = new Harness({ probe: 'on', vpc: { natGateways: true, zones: 1 } });
    const answer = await new StackHarness(harness).create();

    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(harness.meter.outageMs()).toBe(0);
    // Another question may be under way by then.
    expect(harness.probes.invocations.findLast(({ said }) => said !== undefined)?.said).toBe('passed');
  });
});

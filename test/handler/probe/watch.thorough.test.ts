import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { Harness, type HarnessOptions } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';

const watching: HarnessOptions = {
  probe: 'on',
  settings: {
    watch: 'on',
    instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
  },
  behaviour: { statusCadenceMs: hourMs },
};

function tagOf({ sim }: Harness, instanceId: string): string | undefined {
  return sim.region.store.instances.current.get(instanceId)?.tags[tagKeys.watch];
}

function privateIpOf({ sim }: Harness, instanceId: string): string | undefined {
  return sim.region.store.interfaces.current
    .all()
    .find(({ attachment }) => attachment?.instanceId === instanceId)?.privateIp;
}

function instanceIn(harness: Harness, zone: string) {
  const instance = harness.sim.region.store.instances.current.get(primaryOf(harness, zone));
  if (instance === undefined) throw new Error(`no instance in zone ${zone}`);
  return instance;
}

/** Each names the other, as they are now. */
function expectRing(harness: Harness): void {
  const [a, b] = [primaryOf(harness, 'a'), primaryOf(harness, 'b')];
  expect(tagOf(harness, a)).toBe(`b ${b} ${privateIpOf(harness, b)}`);
  expect(tagOf(harness, b)).toBe(`a ${a} ${privateIpOf(harness, a)}`);
}

describe('the watch', () => {
  it('is told whom to watch once both zones are served, and then nothing is left to do', async () => {
    const harness = await settledHarness(watching);
    const before = harness.sim.calls.length;
    await harness.invoke(harness.scheduledEvent());

    expectRing(harness);
    expect(mutations(harness, before)).toEqual([]);
  });

  it('has what hangs replaced some seconds later, and is told of the new one', async () => {
    const harness = await settledHarness(watching);
    harness.goLive();
    await harness.clock.runFor(5 * minuteMs);
    const hung = primaryOf(harness, 'a');
    // Right after the schedule has looked: its next look is a minute away.
    await harness.until('the schedule has looked', () => harness.isIdle(), minuteMs);
    const from = harness.clock.now();
    const before = harness.sim.calls.length;
    harness.sim.impair(hung, 'instance');
    await harness.clock.runFor(15 * secondMs);
    const launch = harness.sim.calls.slice(before).find(({ name }) => name === 'RunInstances');

    // A second of silence, up to another for EventBridge, and the proof.
    expect((launch?.sentAt ?? Number.POSITIVE_INFINITY) - from).toBeLessThan(6 * secondMs);

    await harness.until('it is replaced', () => primaryOf(harness, 'a') !== hung && harness.isSettled());
    expectRing(harness);
  });

  it('says nothing, all day, where all is well', async () => {
    const harness = await settledHarness(watching);
    harness.goLive();
    await harness.clock.runFor(hourMs);
    const alarms = harness.invocations.filter(({ report }) => report?.trigger.kind === 'watch-alarm');

    expect(alarms).toEqual([]);
  });

  it('is told once, too, in a VPC whose addresses are not private ones', async () => {
    const harness = new Harness(watching);
    const { subnets } = harness.sim.region.store;
    for (const subnet of subnets.current.all()) {
      subnets.seed({ ...subnet, cidr: subnet.cidr.replace('10.0.', '11.5.') });
    }
    harness.goLive();
    await harness.until('it is settled', () => harness.isSettled());
    await harness.clock.runFor(3 * minuteMs);
    const before = harness.sim.calls.length;
    await harness.invoke(harness.scheduledEvent());

    expect(privateIpOf(harness, primaryOf(harness, 'a'))).toMatch(/^11\.5\./);
    expectRing(harness);
    expect(mutations(harness, before)).toEqual([]);
  });

  it.each(['nobody', 'b i-0123456789abcdef0 8.8.8.8', undefined])(
    'is told anew where its tag was made %j',
    async (tag) => {
      const harness = await settledHarness(watching);
      const b = primaryOf(harness, 'b');
      if (tag === undefined) {
        harness.sim.untag(b, tagKeys.watch);
      } else {
        harness.sim.tag(b, tagKeys.watch, tag);
      }
      await harness.clock.runFor(2 * secondMs);
      await harness.invoke(harness.scheduledEvent());

      expectRing(harness);
    },
  );

  it('moves nothing where only what the two zones say to each other is lost', async () => {
    const harness = await settledHarness(watching);
    harness.goLive();
    await harness.clock.runFor(5 * minuteMs);
    const [asked, before] = [harness.invocations.length, harness.sim.calls.length];
    const [, zoneB] = harness.topology.zones;
    const hearAgain = harness.watches?.deafen(zoneB?.name ?? '');
    expect(harness.probes.isCutOff('a', instanceIn(harness, 'b'))).toBe(true);
    expect(harness.probes.isCutOff('b', instanceIn(harness, 'a'))).toBe(true);
    expect(harness.probes.isCutOff('b', instanceIn(harness, 'b'))).toBe(false);
    await harness.clock.runFor(5 * minuteMs);
    hearAgain?.();

    expect(harness.probes.isCutOff('a', instanceIn(harness, 'b'))).toBe(false);
    const woken = harness.invocations.slice(asked).map(({ report }) => report?.trigger.kind);
    expect(woken.filter((kind) => kind === 'watch-alarm').length).toBeGreaterThan(1);
    expect(mutations(harness, before)).toEqual([]);
  });

  it('is nobody’s business where there is one zone', async () => {
    const alone = await settledHarness({ ...watching, vpc: { zones: 1 } });

    expect(tagOf(alone, primaryOf(alone, 'a'))).toBeUndefined();
  });

  it('is not told at all rather than in the way of healing', async () => {
    const harness = await settledHarness(watching);
    harness.sim.inject({ call: 'CreateTags', fault: { kind: 'error', code: 'UnauthorizedOperation' } });
    const hung = primaryOf(harness, 'a');
    harness.sim.terminateInstance(hung);
    harness.goLive();
    await harness.clock.runFor(5 * minuteMs);

    expect(primaryOf(harness, 'a')).not.toBe(hung);
    expect(harness.topology.privateSubnetIds.length).toBeGreaterThan(0);
  });
});

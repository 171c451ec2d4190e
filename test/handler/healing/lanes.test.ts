import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { OutageMeter, publicAddressOf } from '../../../simulator/data-plane.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import {
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** Zones a and b in one Availability Zone, c and d in another. */
const lanes = { b: 'a', d: 'c' };
const behaviour = { describeLag: { minMs: 0, maxMs: 0 } };

async function minutes(harness: Harness, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await harness.invoke(harness.scheduledEvent());
    await harness.clock.runFor(minuteMs);
  }
}

function addressesSeen({ sim, topology }: Harness): (string | undefined)[] {
  return topology.zones.map(({ privateSubnetIds: [id = ''] }) => publicAddressOf(sim, id));
}

function addressesOf({ topology }: Harness): string[] {
  return topology.zones.map(({ publicIp }) => publicIp);
}

/** Nothing in eu-central-1a runs, nothing can be launched there, and EC2 tells of each instance. */
async function lose(harness: Harness, zones: readonly string[]): Promise<void> {
  const dead = zones.map((zone) => primaryOf(harness, zone));
  for (const id of dead) harness.sim.terminateInstance(id);
  for (const type of harness.settings.instanceTypes) harness.sim.withoutCapacity(type, 'eu-central-1a');
  await harness.clock.runFor(500);
  const runs = dead.map((id) => harness.start(stateChange(harness, id, 'shutting-down')));
  await harness.clock.runFor(minuteMs);
  await Promise.all(runs);
  await minutes(harness, 2);
}

describe('several zones in one Availability Zone', () => {
  it('are deployed, each with its own instance and Elastic IP', async () => {
    const harness = new Harness({ vpc: { zones: 4, lanes }, probe: 'on' });
    const created = await new StackHarness(harness).create();

    expect(created).toMatchObject({ Status: 'SUCCESS' });
    expect(addressesSeen(harness)).toEqual(addressesOf(harness));
    expect(
      new Set(harness.sim.region.store.instances.current.all().map(({ launch }) => launch.clientToken)).size,
    ).toBe(4);
  });

  it.each([
    ['off', 'off'],
    ['on', 'off'],
    ['off', 'on'],
    ['on', 'on'],
  ] as const)(
    'with probe %s and stand-ins %s are made of one: what its subnets had goes on until the new instance forwards',
    async (probe, standIn) => {
      const harness = new Harness({ vpc: { zones: 3, lanes: { b: 'a' } }, settings: { standIn }, probe });
      const [a, b, c] = harness.settings.zones;
      if (a === undefined || b === undefined || c === undefined) throw new Error('three zones are needed');
      const both = { ...a, privateSubnetIds: [...a.privateSubnetIds, ...b.privateSubnetIds] };
      harness.settings = { ...harness.settings, zones: [both, c] };
      const stack = new StackHarness(harness);
      await stack.create();
      await minutes(harness, 5);
      const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);

      expect(await stack.update({ zones: [a, b, c] })).toMatchObject({ Status: 'SUCCESS' });
      await minutes(harness, 10);
      expect(addressesSeen(harness)).toEqual(addressesOf(harness));
      expect(meter.outages()).toEqual([]);
      expect(harness.lastReport()?.outcome).toBe('settled');
    },
  );

  it.each(['off', 'on'] as const)(
    'with probe %s are made of the only one, which is replaced as well, for it is to stand in from then on',
    async (probe) => {
      const harness = new Harness({
        vpc: { zones: 2, lanes: { b: 'a' } },
        settings: { standIn: 'on' },
        probe,
      });
      const [a, b] = harness.settings.zones;
      if (a === undefined || b === undefined) throw new Error('two zones are needed');
      const both = { ...a, privateSubnetIds: [...a.privateSubnetIds, ...b.privateSubnetIds] };
      harness.settings = { ...harness.settings, zones: [both] };
      const stack = new StackHarness(harness);
      await stack.create();
      await minutes(harness, 5);
      const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);

      expect(await stack.update({ zones: [a, b] })).toMatchObject({ Status: 'SUCCESS' });
      await minutes(harness, 15);
      expect(addressesSeen(harness)).toEqual(addressesOf(harness));
      // What a planned cutover takes, between its route and its Elastic IP.
      const offline = meter.outages().map(({ from, to = harness.clock.now() }) => to - from);
      expect(Math.max(0, ...offline)).toBeLessThan(500);
      expect(harness.lastReport()?.outcome).toBe('settled');
      // Nothing is kept for ever.
      const running = harness.sim.region.store.instances.current
        .all()
        .filter(({ state }) => state === 'running');
      expect(running).toHaveLength(2);
    },
  );

  it.each(['off', 'on'] as const)(
    'with probe %s are made one again: nothing is offline meanwhile',
    async (probe) => {
      const harness = new Harness({ vpc: { zones: 2, lanes: { b: 'a' } }, probe });
      const [a, b] = harness.settings.zones;
      if (a === undefined || b === undefined) throw new Error('two zones are needed');
      const both = { ...a, privateSubnetIds: [...a.privateSubnetIds, ...b.privateSubnetIds] };
      const stack = new StackHarness(harness);
      await stack.create();
      await minutes(harness, 5);
      const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);

      expect(await stack.update({ zones: [both] })).toMatchObject({ Status: 'SUCCESS' });
      await minutes(harness, 2);
      expect(new Set(addressesSeen(harness))).toEqual(new Set(addressesOf(harness).slice(0, 1)));
      expect(meter.outages()).toEqual([]);
    },
  );

  it.each(['off', 'on'] as const)(
    'with probe %s are all carried from another one when theirs is lost, at their own addresses',
    async (probe) => {
      const harness = await settledHarness({
        vpc: { zones: 4, lanes },
        settings: { standIn: 'on' },
        probe,
        behaviour,
      });
      await minutes(harness, 3);
      const meter = new OutageMeter(harness.sim, harness.topology.privateSubnetIds);
      await lose(harness, ['a', 'b']);
      const report = harness.lastReport();

      expect(zoneOf(report, 'a').standIn?.zone).toBe('c');
      expect(zoneOf(report, 'b').standIn?.zone).toBe('d');
      expect(addressesSeen(harness)).toEqual(addressesOf(harness));
      const lost = meter.outages().map(({ from, to = harness.clock.now() }) => to - from);
      expect(Math.max(...lost)).toBeLessThan(5 * secondMs);
    },
  );

  it('have one of them carried where all others are in the one that is lost', async () => {
    const harness = await settledHarness({
      vpc: { zones: 3, lanes: { b: 'a' } },
      settings: { standIn: 'on' },
      probe: 'on',
      behaviour,
    });
    await minutes(harness, 3);
    await lose(harness, ['a', 'b']);
    const report = harness.lastReport();

    expect(['a', 'b'].map((zone) => zoneOf(report, zone).standIn?.zone)).toEqual([undefined, 'c']);
    expect(zoneOf(report, 'a').health).toBe('down');
  });

  it('are watched from the other one', async () => {
    const profile = 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1';
    const harness = await settledHarness({
      vpc: { zones: 4, lanes },
      settings: { watch: 'on', instanceProfileArn: profile },
      probe: 'on',
    });
    await minutes(harness, 3);
    const watched = ['a', 'b', 'c', 'd'].map((zone) => {
      const record = harness.sim.region.store.instances.current.get(primaryOf(harness, zone));
      return record?.tags['phoenat:watch']?.split(' ')[0];
    });

    expect(watched).toEqual(['d', 'c', 'a', 'b']);
  });
});

import { describe, expect, it } from 'vitest';
import { dayMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { addForeignInterface } from '../../../simulator/bystanders.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

const kept = { settings: { spareInterface: 'on' } } as const;

/** Of the zones' public subnets, those that nothing is attached to. */
function spares({ sim }: Harness): readonly string[] {
  return sim.region.store.interfaces.current
    .all()
    .filter(({ attachment }) => attachment === undefined)
    .map(({ id }) => id);
}

async function lookAgain(harness: Harness): Promise<string[]> {
  const from = harness.sim.calls.length;
  await harness.clock.runFor(minuteMs);
  await harness.invoke(harness.scheduledEvent());
  return mutations(harness, from);
}

describe('a spare interface', () => {
  it('is kept in each zone, and then nothing is left to do', async () => {
    const harness = await settledHarness(kept);
    const { store } = harness.sim.region;
    const found = spares(harness).map((id) => store.interfaces.current.get(id));

    expect(found.map((record) => record?.subnetId)).toEqual(
      harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId),
    );
    expect(found.map((record) => record?.sourceDestCheck)).toEqual([false, false]);
    expect(found.map((record) => record?.groupIds)).toEqual([
      harness.settings.securityGroupIds,
      harness.settings.securityGroupIds,
    ]);
    expect(await lookAgain(harness)).toEqual([]);
    expect(harness.lastReport()?.outcome).toBe('settled');
  });

  it('spares a failover one round trip: what leads to it is moved at once', async () => {
    const harness = await settledHarness(kept);
    const [spare] = spares(harness);
    const dead = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(secondMs);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(mutations(harness, from).slice(0, 4)).toEqual([
      'AssociateAddress',
      'ReplaceRoute',
      'ReplaceRoute',
      'RunInstances',
    ]);
    expect(interfaceOf(harness, primaryOf(harness, 'a'))).toBe(spare);

    await lookAgain(harness);
    expect(spares(harness)).toHaveLength(2);
    expect(spares(harness)).not.toContain(spare);
    expect(await lookAgain(harness)).toEqual([]);
  });

  it('is one, in the public subnet: what else is free is deleted', async () => {
    const harness = await settledHarness(kept);
    const { sim, topology, settings } = harness;
    const [zone] = topology.zones;
    const [privateSubnetId] = zone?.privateSubnetIds ?? [];
    const ours = { 'phoenat:stack': settings.stack, 'phoenat:zone': 'a' };
    addForeignInterface(sim, topology, zone?.publicSubnetId ?? '', ours);
    addForeignInterface(sim, topology, privateSubnetId ?? '', ours);
    expect(spares(harness)).toHaveLength(4);
    harness.goLive();
    await harness.clock.runFor(5 * minuteMs);
    const { interfaces } = sim.region.store;

    expect(spares(harness).map((id) => interfaces.current.get(id)?.subnetId)).toEqual(
      topology.zones.map(({ publicSubnetId }) => publicSubnetId),
    );
    expect(harness.isSettled()).toBe(true);
  });

  it('is made anew where somebody has deleted it, though the token is that of the first', async () => {
    const harness = await settledHarness(kept);
    const [spare = ''] = spares(harness);
    harness.sim.deleteInterface(spare);
    await lookAgain(harness);

    expect(spares(harness)).toHaveLength(2);
    expect(spares(harness)).not.toContain(spare);
    expect(await lookAgain(harness)).toEqual([]);
  });

  it('that is deleted every night is made anew each time, as soon as the first', async () => {
    const harness = await settledHarness(kept);
    for (let night = 0; night < 10; night += 1) {
      await harness.clock.runFor(dayMs);
      const [spare = ''] = spares(harness);
      harness.sim.deleteInterface(spare);
      await harness.clock.runFor(minuteMs);
      const from = harness.clock.now();
      await harness.invoke(harness.scheduledEvent());

      expect(harness.lastReport()?.outcome).toBe('settled');
      expect(harness.clock.now() - from).toBeLessThan(10 * secondMs);
      expect(spares(harness)).toHaveLength(2);
    }
  });

  it('that has been deleted, by us or by others, holds up no failover', async () => {
    const harness = await settledHarness(kept);
    harness.settings = { ...harness.settings, spareInterface: 'off' };
    harness.goLive();
    await harness.clock.runFor(3 * minuteMs);
    harness.quiesce();
    expect(spares(harness)).toEqual([]);

    const dead = primaryOf(harness, 'a');
    const from = harness.sim.calls.length;
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(secondMs);
    await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(mutations(harness, from).slice(0, 6)).toEqual([
      'CreateNetworkInterface',
      'ModifyNetworkInterfaceAttribute',
      'AssociateAddress',
      'ReplaceRoute',
      'ReplaceRoute',
      'RunInstances',
    ]);
  });

  it.each(['InsufficientFreeAddressesInSubnet', 'NetworkInterfaceLimitExceeded'])(
    'that EC2 has no room for (%s) is asked for once in a run, is told of, and calls nobody',
    async (code) => {
      const harness = await settledHarness({ settings: { spareInterface: 'off' } });
      harness.settings = { ...harness.settings, spareInterface: 'on' };
      const fault = harness.sim.inject({ call: 'CreateNetworkInterface', fault: { kind: 'error', code } });

      expect(await lookAgain(harness)).toEqual(['CreateNetworkInterface', 'CreateNetworkInterface']);
      const report = harness.lastReport();
      expect(report?.outcome).toBe('settled');
      expect(zoneOf(report, 'a').findings).toEqual([
        {
          code: 'no-spare-interface',
          detail: expect.stringContaining(harness.topology.zones[0]?.publicSubnetId ?? ''),
        },
      ]);
      expect(zoneOf(report, 'a').health).toBe('healthy');

      fault.remove();
      await lookAgain(harness);
      expect(spares(harness)).toHaveLength(2);
      expect(zoneOf(harness.lastReport(), 'a').findings).toEqual([]);
    },
  );

  it('that somebody untags each time is not made for ever, and somebody is told', async () => {
    const harness = await settledHarness({ ...kept, vpc: { zones: 1 } });
    for (let minute = 0; minute < 30; minute += 1) {
      for (const id of spares(harness)) harness.sim.untag(id, 'phoenat:stack');
      await lookAgain(harness);
    }

    expect(spares(harness).length).toBeLessThanOrEqual(14);
    expect(harness.lastReport()?.outcome).toBe('attention');
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect(zoneOf(harness.lastReport(), 'a').findings).toContainEqual({
      code: 'no-spare-interface',
      detail: expect.stringContaining('lost their tags'),
    });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await lookAgain(harness);
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
  });

  it('that may not be made calls a person: the failover could make none either', async () => {
    const harness = await settledHarness({ settings: { spareInterface: 'off' } });
    harness.settings = { ...harness.settings, spareInterface: 'on' };
    const code = 'UnauthorizedOperation';
    harness.sim.inject({ call: 'CreateNetworkInterface', fault: { kind: 'error', code, httpStatus: 403 } });
    await lookAgain(harness);

    expect(harness.lastReport()?.outcome).toBe('attention');
    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
  });

  it('is deleted where it is no longer wanted, and with the stack', async () => {
    const harness = await settledHarness(kept);
    harness.settings = { ...harness.settings, spareInterface: 'off' };
    harness.goLive();
    await harness.clock.runFor(3 * minuteMs);
    expect(spares(harness)).toEqual([]);

    harness.settings = { ...harness.settings, spareInterface: 'on' };
    await harness.clock.runFor(3 * minuteMs);
    expect(spares(harness)).toHaveLength(2);

    harness.quiesce();
    await new StackHarness(harness).delete();
    expect(spares(harness)).toEqual([]);
  });

  it('goes with a zone that is no longer named', async () => {
    const harness = await settledHarness(kept);
    const [a] = harness.settings.zones;
    await new StackHarness(harness).update({ zones: a === undefined ? [] : [a] });

    expect(spares(harness)).toHaveLength(1);
  });

  it('is not made in a paused zone', async () => {
    const harness = await settledHarness({ settings: { spareInterface: 'off' } });
    await harness.invoke({ action: 'pause', zone: 'b' });
    harness.settings = { ...harness.settings, spareInterface: 'on' };

    expect(await lookAgain(harness)).toEqual(['CreateNetworkInterface', 'ModifyNetworkInterfaceAttribute']);
  });
});

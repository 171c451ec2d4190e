import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { publicAddressOf } from '../../../simulator/data-plane.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { aliveIn, mutations, stateChange, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** Tags of addresses and interfaces, which a standby that goes must leave as it found them. */
function leftOf({ sim, topology }: Harness) {
  const { addresses, interfaces } = sim.region.store;
  return {
    tags: addresses.current.get(topology.zones[1]?.allocationId ?? '')?.tags,
    place: addresses.current.get(topology.zones[1]?.allocationId ?? '')?.association,
    interfaces: interfaces.current.all().filter(({ tags }) => tags['phoenat:zone'] === 'standby'),
  };
}

function seenAs({ sim, topology }: Harness): (string | undefined)[] {
  return topology.privateSubnetIds.map((id) => publicAddressOf(sim, id));
}

describe.each(['off', 'on'] as const)('with probe %s, a stack with a standby', (probe) => {
  function deploy() {
    const harness = new Harness({ vpc: { zones: 1, standby: true }, probe });
    return { harness, stack: new StackHarness(harness), own: harness.topology.zones[0]?.publicIp };
  }

  it('is created with both instances ready, and tells the address of its zone alone', async () => {
    const { harness, stack, own } = deploy();
    expect(await stack.create()).toMatchObject({ Status: 'SUCCESS', Data: { PublicAddresses: own } });

    expect(['a', 'standby'].map((zone) => aliveIn(harness, zone).length)).toEqual([1, 1]);
    const from = harness.sim.calls.length;
    const report = await harness.invoke(harness.scheduledEvent());
    expect([report?.outcome, mutations(harness, from)]).toEqual(['settled', []]);
    expect(report?.zones.map(({ primary }) => primary?.ready)).toEqual([true, true]);
  });

  it('gives it up and takes it up again by updates, by planned moves alone, and is deleted with it', async () => {
    const { harness, stack, own } = deploy();
    await stack.create();
    const { zones } = harness.settings;
    const offline = harness.meter.outageMs();

    expect(await stack.update({ zones: zones.slice(0, 1) })).toMatchObject({ Status: 'SUCCESS' });
    expect(leftOf(harness)).toEqual({ tags: {}, place: undefined, interfaces: [] });
    expect([...aliveIn(harness, 'a'), ...aliveIn(harness, 'standby')]).toHaveLength(1);

    expect(await stack.update({ zones })).toMatchObject({ Status: 'SUCCESS' });
    expect(['a', 'standby'].map((zone) => aliveIn(harness, zone).length)).toEqual([1, 1]);
    expect(seenAs(harness)).toEqual([own, own]);
    // Of two subnets, from the route's move to that of the Elastic IP, once in each update.
    expect(harness.meter.outageMs() - offline).toBeLessThan(2 * 2 * 300);

    expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
    expect(leftOf(harness)).toEqual({ tags: {}, place: undefined, interfaces: [] });
    expect([...aliveIn(harness, 'a'), ...aliveIn(harness, 'standby')]).toEqual([]);
  });

  it('ends it last where it carries the zone while an update gives it up', async () => {
    const { harness, stack, own } = deploy();
    await stack.create();
    await harness.clock.runFor(3 * minuteMs);
    await harness.invoke(harness.scheduledEvent());
    const [dead = ''] = aliveIn(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(500);
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));
    expect(report?.zones.map(({ steps }) => steps.some(({ kind }) => kind === 'note-stood-in'))).toContain(
      true,
    );
    await harness.clock.runFor(1_000);

    const answer = await stack.update({ zones: harness.settings.zones.slice(0, 1) });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(seenAs(harness)).toEqual([own, own]);
    expect(aliveIn(harness, 'standby')).toEqual([]);
    expect(zoneOf(await harness.invoke(harness.scheduledEvent()), 'a').health).toBe('healthy');
  });
});

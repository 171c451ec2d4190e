import { describe, expect, it } from 'vitest';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { packagesFirst } from '../../../simulator/behaviour.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { aliveIn, mutations, stateChange, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

describe.each(['off', 'on'] as const)('with probe %s, an update', (probe) => {
  /** Zone a is carried by b's instance. */
  async function carried() {
    // It stays so for a while: what comes next boots slowly.
    const behaviour = packagesFirst;
    const harness = new Harness({ vpc: { zones: 3 }, settings: { standIn: 'on' }, probe, behaviour });
    const stack = new StackHarness(harness);
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
    return { harness, stack };
  }

  it('that drops a zone while it is carried takes its Elastic IP off the carrier, which serves on', async () => {
    const { harness, stack } = await carried();
    const { addresses } = harness.sim.region.store;
    const allocationId = harness.topology.zones[0]?.allocationId ?? '';
    expect(addresses.current.get(allocationId)?.association).toBeDefined();
    const [carrier] = aliveIn(harness, 'b');

    expect(await stack.update({ zones: harness.settings.zones.slice(1) })).toMatchObject({
      Status: 'SUCCESS',
    });
    // CloudFormation releases it next, which EC2 refuses while it is associated.
    expect(addresses.current.get(allocationId)?.association).toBeUndefined();
    expect(addresses.current.get(allocationId)?.tags).toEqual({});
    expect([aliveIn(harness, 'a'), aliveIn(harness, 'b')]).toEqual([[], [carrier]]);
    const report = await harness.invoke(harness.scheduledEvent());
    expect([report?.outcome, zoneOf(report, 'b').health]).toEqual(['settled', 'healthy']);
  });

  it('that would replace or remove the carrier of a paused zone is refused before it changes anything', async () => {
    const { harness, stack } = await carried();
    await harness.invoke({ action: 'pause', zone: 'a' });
    await harness.clock.runFor(10_000);
    const from = harness.sim.calls.length;
    const without = harness.settings.zones.filter(({ name }) => name !== 'b');

    for (const change of [{ volumeGiB: 12 }, { zones: without }]) {
      const answer = await stack.update(change);
      expect(answer.Status).toBe('FAILED');
      expect(answer.Reason).toMatch(/zone a is paused while i-\w+ of zone b carries it.*resume --zone a/);
    }
    expect(mutations(harness, from)).toEqual([]);
  });

  it('fails within minutes where the zone is paused meanwhile, and says what to type', async () => {
    const { harness, stack } = await carried();
    const from = harness.clock.now();
    const updated = stack.update({ volumeGiB: 12 });
    harness.clock.at(from + 5_000, () => {
      harness.start({ action: 'pause', zone: 'a' }).catch(() => undefined);
    });
    const answer = await updated;

    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toMatch(/zone a is paused, so somebody has to resume it: .*resume --zone a/);
    expect(harness.clock.now() - from).toBeLessThan(20 * minuteMs);
  });
});

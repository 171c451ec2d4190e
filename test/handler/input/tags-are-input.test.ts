import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { liveFor, resourceOf } from './tagged-resources.ts';

describe('a tag of ours', () => {
  it('that counts launches of the year 5138 keeps no zone offline, is told, and is written anew', async () => {
    const harness = await settledHarness();
    const address = resourceOf(harness, 'address');
    harness.sim.tag(
      address,
      tagKeys.launches,
      '99999999999 99999999998 99999999997 99999999996 99999999995 soon',
    );
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(secondMs);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(zoneOf(report, 'a').health).toBe('healthy');
    await liveFor(harness, 5 * minuteMs);
    const { tags } = harness.sim.region.store.addresses.current.get(address) ?? {};
    expect(tags?.[tagKeys.launches]).toMatch(/^17\d{8}$/);
  });

  it('that is passed over is told', async () => {
    const harness = await settledHarness();
    harness.sim.tag(resourceOf(harness, 'address'), tagKeys.lastGoodImage, 'the old one');
    harness.sim.tag(resourceOf(harness, 'table'), tagKeys.remembered, 'igw-0123456789abcdef0');
    harness.sim.tag(resourceOf(harness, 'table'), tagKeys.takenOver, '(by hand)');
    harness.sim.untag(resourceOf(harness, 'instance'), tagKeys.zone);
    await harness.clock.runFor(10 * secondMs);
    const from = harness.sim.calls.length;
    const { findings, health } = zoneOf(await harness.invoke(harness.scheduledEvent()), 'a');

    expect(health).toBe('healthy');
    expect(findings.filter(({ code }) => code === 'odd-tag').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^i-\w+ has no tag phoenat:zone, and counts for zone a/),
      expect.stringMatching(/^tag phoenat:restore-target of rtb-\w+ says "igw-/),
      expect.stringMatching(/^tag phoenat:taken-over of rtb-\w+ says "\(by hand\)", which is not usable/),
    ]);
    // An image that is about to be noted anew has its instance's console read first.
    expect(harness.sim.calls.length - from).toBeLessThan(22);
    // What can be written anew is.
    const { tags } = harness.sim.region.store.addresses.current.get(resourceOf(harness, 'address')) ?? {};
    expect(tags?.[tagKeys.lastGoodImage]).toMatch(/^ami-/);
  });

  it('that is taken off an instance costs the zone a rebuild, and no more', async () => {
    const harness = await settledHarness();
    const lost = primaryOf(harness, 'a');
    harness.sim.untag(lost, tagKeys.stack);
    harness.sim.untag(lost, tagKeys.zone);
    await liveFor(harness, 6 * minuteMs);

    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect(primaryOf(harness, 'a')).not.toBe(lost);
    expect(zoneOf(harness.lastReport(), 'a').findings.map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(`^${lost}, on eni-\\w+, has lost its tag`),
    );
  });

  it('that names an image of nobody does not keep a failed zone from the newest one', async () => {
    const harness = await settledHarness();
    const address = resourceOf(harness, 'address');
    harness.sim.tag(address, tagKeys.lastGoodImage, 'ami-0123456789abcdef0 arm64');
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(secondMs);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(zoneOf(report, 'a').health).toBe('healthy');
  });
});

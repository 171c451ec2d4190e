import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

type Place = 'address' | 'table' | 'instance' | 'interface';

const placesOf: readonly (readonly [Place, keyof typeof tagKeys])[] = [
  ['address', 'lastGoodImage'],
  ['address', 'launches'],
  ['table', 'remembered'],
  ['instance', 'zone'],
  ['instance', 'spec'],
  ['instance', 'replace'],
  ['instance', 'stack'],
  ['interface', 'zone'],
  ['interface', 'stack'],
];

function privateTable(harness: Harness): string {
  const [route] = zoneOf(harness.lastReport(), 'a').routes;
  if (route === undefined) throw new Error('zone a has a private route');
  return route.routeTableId;
}

function resourceOf(harness: Harness, place: Place): string {
  const instance = primaryOf(harness, 'a');
  switch (place) {
    case 'address':
      return zoneOf(harness.lastReport(), 'a').address?.allocationId ?? '';
    case 'table':
      return privateTable(harness);
    case 'instance':
      return instance;
    case 'interface':
      return interfaceOf(harness, instance);
  }
}

/** What EC2 takes as a tag's value, and what somebody might well write there. */
const tagValues = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(
    '',
    '99999999999',
    '99999999999 1795401703',
    '-1',
    'none',
    'igw-0123456789abcdef0',
    'nat-0123456789abcdef0',
    'eni-0123456789abcdef0',
    'i-0123456789abcdef0',
    'tgw-0123456789abcdef0',
    'a',
    'b',
    'phoenat',
    'ami-0123456789abcdef0 arm64',
    'ami-0123456789abcdef0 x86_64',
    'rebuild 9999-12-31T23:59:59.999Z',
    '\u001b[2J',
  ),
);

async function liveFor(harness: Harness, durationMs: number): Promise<void> {
  harness.goLive();
  await harness.clock.runFor(durationMs);
  harness.quiesce();
  await harness.until('every run ends', () => harness.isIdle());
}

describe('whatever stands in a tag of ours', () => {
  it('a zone heals, in a bounded number of calls, and comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...placesOf),
        tagValues,
        fc.boolean(),
        async ([place, key], value, dies) => {
          const harness = await settledHarness();
          const primary = primaryOf(harness, 'a');
          harness.sim.tag(resourceOf(harness, place), tagKeys[key], value);
          if (dies) harness.sim.terminateInstance(primary);
          const from = harness.sim.calls.length;
          await liveFor(harness, 15 * minuteMs);

          for (const subnetId of harness.topology.privateSubnetIds) {
            expect(hasEgress(harness.sim, subnetId)).toEqual({ ok: true });
          }
          // Fifteen minutes of looking alone are some 100 calls, and a replacement waits for its checks.
          expect(harness.sim.calls.length - from).toBeLessThan(900);
          expect(mutations(harness, from).length).toBeLessThan(40);
          const rest = harness.sim.calls.length;
          await harness.invoke(harness.scheduledEvent());
          expect(mutations(harness, rest)).toEqual([]);
          expect(harness.sim.calls.length - rest).toBeLessThan(10);
          expect(JSON.stringify(harness.lastReport())).not.toContain('\u001b');
        },
      ),
      {
        numRuns: 30,
        examples: [
          [['instance', 'zone'], 'b', false],
          [['instance', 'stack'], '', false],
          [['interface', 'stack'], '', true],
          [['address', 'launches'], '99999999999', true],
          [['table', 'remembered'], 'igw-0123456789abcdef0', true],
        ],
      },
    );
  }, 120_000);

  it('the stack can be deleted, and leaves nothing', async () => {
    const everywhere: readonly (readonly [Place, keyof typeof tagKeys])[] = [
      ...placesOf.filter(([, key]) => key !== 'stack'),
      ['address', 'paused'],
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...everywhere), tagValues, async ([place, key], value) => {
        const harness = await settledHarness();
        const stack = new StackHarness(harness);
        await stack.create();
        const table = privateTable(harness);
        harness.sim.tag(resourceOf(harness, place), tagKeys[key], value);
        const startedAt = harness.clock.now();
        const answer = await stack.delete();

        expect([answer.Status, answer.Reason]).toEqual(['SUCCESS', undefined]);
        expect(harness.clock.now() - startedAt).toBeLessThan(10 * minuteMs);
        expect([...aliveIn(harness, 'a'), ...aliveIn(harness, 'b')]).toEqual([]);
        const tags = harness.sim.region.store.routeTables.current.get(table)?.tags ?? {};
        expect(Object.keys(tags).filter((name) => name.startsWith('phoenat:'))).toEqual([]);
      }),
      {
        numRuns: 20,
        examples: [
          [['table', 'remembered'], 'igw-0123456789abcdef0'],
          [['address', 'paused'], '9999-12-31T23:59:59Z'],
          [['instance', 'zone'], 'somewhere'],
        ],
      },
    );
  }, 120_000);
});

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

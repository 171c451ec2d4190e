import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../shared/core/model/tags.ts';
import { minuteMs, secondMs } from '../../shared/core/model/time.ts';
import { hasEgress } from '../../simulator/data-plane.ts';
import {
  aliveIn,
  interfaceOf,
  mutations,
  primaryOf,
  settledStage,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';
import { StagedStack } from '../../simulator/harness/staged-stack.ts';

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

function privateTable(stage: Stage): string {
  const [route] = zoneOf(stage.lastReport(), 'a').routes;
  if (route === undefined) throw new Error('zone a has a private route');
  return route.routeTableId;
}

function resourceOf(stage: Stage, place: Place): string {
  const instance = primaryOf(stage, 'a');
  switch (place) {
    case 'address':
      return zoneOf(stage.lastReport(), 'a').address?.allocationId ?? '';
    case 'table':
      return privateTable(stage);
    case 'instance':
      return instance;
    case 'interface':
      return interfaceOf(stage, instance);
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

async function liveFor(stage: Stage, durationMs: number): Promise<void> {
  stage.goLive();
  await stage.clock.runFor(durationMs);
  stage.quiesce();
  await stage.until('every run ends', () => stage.isIdle());
}

describe('whatever stands in a tag of ours', () => {
  it('a zone heals, in a bounded number of calls, and comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...placesOf),
        tagValues,
        fc.boolean(),
        async ([place, key], value, dies) => {
          const stage = await settledStage();
          const primary = primaryOf(stage, 'a');
          stage.sim.tag(resourceOf(stage, place), tagKeys[key], value);
          if (dies) stage.sim.terminateInstance(primary);
          const from = stage.sim.calls.length;
          await liveFor(stage, 15 * minuteMs);

          for (const subnetId of stage.world.privateSubnetIds) {
            expect(hasEgress(stage.sim, subnetId)).toEqual({ ok: true });
          }
          // Fifteen minutes of looking alone are some 100 calls, and a replacement waits for its checks.
          expect(stage.sim.calls.length - from).toBeLessThan(900);
          expect(mutations(stage, from).length).toBeLessThan(40);
          const rest = stage.sim.calls.length;
          await stage.invoke(stage.scheduledEvent());
          expect(mutations(stage, rest)).toEqual([]);
          expect(stage.sim.calls.length - rest).toBeLessThan(10);
          expect(JSON.stringify(stage.lastReport())).not.toContain('\u001b');
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
        const stage = await settledStage();
        const stack = new StagedStack(stage);
        await stack.create();
        const table = privateTable(stage);
        stage.sim.tag(resourceOf(stage, place), tagKeys[key], value);
        const startedAt = stage.clock.now();
        const answer = await stack.delete();

        expect([answer.Status, answer.Reason]).toEqual(['SUCCESS', undefined]);
        expect(stage.clock.now() - startedAt).toBeLessThan(10 * minuteMs);
        expect([...aliveIn(stage, 'a'), ...aliveIn(stage, 'b')]).toEqual([]);
        const tags = stage.sim.cloud.store.routeTables.current.get(table)?.tags ?? {};
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
    const stage = await settledStage();
    const address = resourceOf(stage, 'address');
    stage.sim.tag(
      address,
      tagKeys.launches,
      '99999999999 99999999998 99999999997 99999999996 99999999995 soon',
    );
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(secondMs);
    const report = await stage.invoke(stage.scheduledEvent());

    expect(zoneOf(report, 'a').health).toBe('healthy');
    await liveFor(stage, 5 * minuteMs);
    const { tags } = stage.sim.cloud.store.addresses.current.get(address) ?? {};
    expect(tags?.[tagKeys.launches]).toMatch(/^17\d{8}$/);
  });

  it('that is passed over is told', async () => {
    const stage = await settledStage();
    stage.sim.tag(resourceOf(stage, 'address'), tagKeys.lastGoodImage, 'the old one');
    stage.sim.tag(resourceOf(stage, 'table'), tagKeys.remembered, 'igw-0123456789abcdef0');
    stage.sim.untag(resourceOf(stage, 'instance'), tagKeys.zone);
    await stage.clock.runFor(10 * secondMs);
    const from = stage.sim.calls.length;
    const { findings, health } = zoneOf(await stage.invoke(stage.scheduledEvent()), 'a');

    expect(health).toBe('healthy');
    expect(findings.filter(({ code }) => code === 'odd-tag').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^i-\w+ has no tag phoenat:zone, and counts for zone a/),
      expect.stringMatching(/^tag phoenat:restore-target of rtb-\w+ says "igw-/),
    ]);
    // An image that is about to be noted anew has its instance's console read first.
    expect(stage.sim.calls.length - from).toBeLessThan(22);
    // What can be written anew is.
    const { tags } = stage.sim.cloud.store.addresses.current.get(resourceOf(stage, 'address')) ?? {};
    expect(tags?.[tagKeys.lastGoodImage]).toMatch(/^ami-/);
  });

  it('that is taken off an instance costs the zone a rebuild, and no more', async () => {
    const stage = await settledStage();
    const lost = primaryOf(stage, 'a');
    stage.sim.untag(lost, tagKeys.stack);
    stage.sim.untag(lost, tagKeys.zone);
    await liveFor(stage, 6 * minuteMs);

    expect(zoneOf(stage.lastReport(), 'a').health).toBe('healthy');
    expect(primaryOf(stage, 'a')).not.toBe(lost);
    expect(zoneOf(stage.lastReport(), 'a').findings.map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(`^${lost}, on eni-\\w+, has lost its tag`),
    );
  });

  it('that names an image of nobody does not keep a failed zone from the newest one', async () => {
    const stage = await settledStage();
    const address = resourceOf(stage, 'address');
    stage.sim.tag(address, tagKeys.lastGoodImage, 'ami-0123456789abcdef0 arm64');
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(secondMs);
    const report = await stage.invoke(stage.scheduledEvent());

    expect(zoneOf(report, 'a').health).toBe('healthy');
  });
});

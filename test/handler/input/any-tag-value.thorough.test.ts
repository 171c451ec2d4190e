import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import { aliveIn, mutations, primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';
import { liveFor, type Place, placesOf, privateTable, resourceOf } from './tagged-resources.ts';

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

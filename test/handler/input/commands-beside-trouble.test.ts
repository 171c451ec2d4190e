import { describe, expect, it } from 'vitest';
import { secondMs } from '../../../shared/core/model/time.ts';
import { mutations, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';

/** Zone a has lost its instance, and nobody has looked since. */
async function troubled() {
  const harness = await settledHarness();
  harness.sim.terminateInstance(primaryOf(harness, 'a'));
  await harness.clock.runFor(2 * secondMs);
  return harness;
}

describe('a command beside trouble', () => {
  it.each(['resume', 'reset-breaker'])(
    'is not settled: %s leaves the zone to the next run',
    async (action) => {
      const harness = await troubled();
      const from = harness.sim.calls.length;
      const report = await harness.invoke({ action, zone: 'b' });

      expect(mutations(harness, from)).toHaveLength(1);
      expect([report.outcome, report.times.toSettledMs]).toEqual(['waiting', undefined]);
      expect(zoneOf(report, 'a')).toMatchObject({
        health: 'down',
        waitsFor: ['the next run to put right what is not'],
      });
      expect(zoneOf(report, 'b').waitsFor).toEqual([]);
    },
  );

  it('is not settled: what is paused now stays as it is', async () => {
    const harness = await troubled();
    const report = await harness.invoke({ action: 'pause' });

    expect(report.outcome).toBe('waiting');
    expect(zoneOf(report, 'a').waitsFor).toEqual([
      expect.stringMatching(/^zone a to be resumed: it is down/),
    ]);
    expect(zoneOf(report, 'b').waitsFor).toEqual([]);

    await harness.clock.runFor(5 * secondMs);
    expect((await harness.invoke({ action: 'pause' })).outcome).toBe('waiting');
    expect(zoneOf(await harness.invoke({ action: 'resume', zone: 'b' }), 'a').waitsFor).toHaveLength(1);
    expect(zoneOf(await harness.invoke({ action: 'resume', zone: 'a' }), 'a').waitsFor).toEqual([
      'the next run to put right what is not',
    ]);
  });

  it.each(['pause', 'resume', 'reset-breaker'])('is settled where there is none: %s', async (action) => {
    const harness = await settledHarness();

    expect((await harness.invoke({ action })).outcome).toBe('settled');
  });
});

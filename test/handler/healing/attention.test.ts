import { describe, expect, it } from 'vitest';
import { read } from '../../../scripts/template-value.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { inDepth } from '../../every-case.ts';

/** The minutes since then with a run that wanted a person, as an alarm on the metric's maximum counts them. */
function minutesOfAttention({ metrics }: Harness, sinceRun: number): number {
  const minutes = metrics.slice(sinceRun).flatMap((input) => {
    const data: unknown = read(input, ['MetricData']);
    return (Array.isArray(data) ? data : []).flatMap((entry: unknown) =>
      read(entry, ['MetricName']) === 'Attention' && Number(read(entry, ['Value'])) > 0
        ? Math.floor(Number(read(entry, ['Timestamp'])) / minuteMs)
        : [],
    );
  });
  return new Set(minutes).size;
}

describe('the metric Attention', () => {
  inDepth(
    'is there long enough for its alarm where a healthy zone cannot be changed as it should',
    async () => {
      const harness = await settledHarness();
      const message = 'The security group does not exist';
      harness.sim.inject({
        call: 'RunInstances',
        fault: { kind: 'error', code: 'InvalidGroup.NotFound', message },
      });
      harness.settings = { ...harness.settings, volumeGiB: 9 };
      const from = harness.metrics.length;
      harness.goLive();
      await harness.clock.runFor(6 * minuteMs);

      expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
      expect(minutesOfAttention(harness, from)).toBeGreaterThanOrEqual(5);
    },
  );

  it('is none where an instance is lost and replaced', async () => {
    const harness = await settledHarness();
    const from = harness.metrics.length;
    harness.goLive();
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(10 * minuteMs);

    expect(zoneOf(harness.lastReport(), 'a').health).toBe('healthy');
    expect(harness.metrics.length).toBeGreaterThan(from + 5);
    expect(minutesOfAttention(harness, from)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { read } from '../../scripts/template-value.ts';
import { minuteMs } from '../../shared/core/model/time.ts';
import { primaryOf, settledStage, zoneOf } from '../../simulator/harness/settled-stage.ts';
import type { Stage } from '../../simulator/harness/stage.ts';

/** The minutes since then with a run that wanted a person, as an alarm on the metric's maximum counts them. */
function minutesOfAttention({ metrics }: Stage, sinceRun: number): number {
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
  it('is there long enough for its alarm where a healthy zone cannot be changed as it should', async () => {
    const stage = await settledStage();
    const message = 'The security group does not exist';
    stage.sim.inject({
      call: 'RunInstances',
      fault: { kind: 'error', code: 'InvalidGroup.NotFound', message },
    });
    stage.settings = { ...stage.settings, volumeGiB: 9 };
    const from = stage.metrics.length;
    stage.goLive();
    await stage.clock.runFor(10 * minuteMs);

    expect(zoneOf(stage.lastReport(), 'a').health).toBe('healthy');
    expect(minutesOfAttention(stage, from)).toBeGreaterThanOrEqual(5);
  });

  it('is none where an instance is lost and replaced', async () => {
    const stage = await settledStage();
    const from = stage.metrics.length;
    stage.goLive();
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(10 * minuteMs);

    expect(zoneOf(stage.lastReport(), 'a').health).toBe('healthy');
    expect(stage.metrics.length).toBeGreaterThan(from + 5);
    expect(minutesOfAttention(stage, from)).toBe(0);
  });
});

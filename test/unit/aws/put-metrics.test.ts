import { afterEach, describe, expect, it, vi } from 'vitest';
import { type PutMetricData, putMetrics } from '../../../shared/aws/put-metrics.ts';
import { zoneName } from '../core/a-snapshot.ts';

const where = { namespace: 'Network/Nat', stack: 'phoenat', at: Date.UTC(2026, 10, 23, 12) };

/** A CloudWatch that takes everything and remembers it. */
function recorder() {
  const sent: Parameters<PutMetricData>[] = [];
  const putMetricData: PutMetricData = async (...call) => {
    sent.push(call);
  };
  return { sent, putMetricData };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('putMetrics', () => {
  it('sends all measures of a run in one call, under the stack and the zone, at the time given', async () => {
    const { sent, putMetricData } = recorder();

    await putMetrics(
      putMetricData,
      [
        { name: 'Launches', unit: 'Count', value: 0 },
        { name: 'RunTime', unit: 'Milliseconds', value: 1234 },
        { name: 'UnhealthyZones', zone: zoneName('a'), unit: 'Count', value: 1 },
      ],
      where,
    );

    const common = { Timestamp: new Date(where.at), Dimensions: [{ Name: 'Stack', Value: 'phoenat' }] };
    expect(sent.map(([input]) => input)).toEqual([
      {
        Namespace: 'Network/Nat',
        MetricData: [
          { MetricName: 'Launches', Unit: 'Count', Value: 0, ...common },
          { MetricName: 'RunTime', Unit: 'Milliseconds', Value: 1234, ...common },
          {
            MetricName: 'UnhealthyZones',
            Unit: 'Count',
            Value: 1,
            ...common,
            Dimensions: [...common.Dimensions, { Name: 'Zone', Value: 'a' }],
          },
        ],
      },
    ]);
  });

  it('gives CloudWatch two seconds', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const { sent, putMetricData } = recorder();

    await putMetrics(putMetricData, [], where);

    expect(timeout.mock.calls).toEqual([[2_000]]);
    expect(sent[0]?.[1].abortSignal).toBe(timeout.mock.results[0]?.value);
  });

  it('leaves it to the caller when CloudWatch does not take them', async () => {
    const refusal = new Error('AccessDenied');

    await expect(putMetrics(() => Promise.reject(refusal), [], where)).rejects.toBe(refusal);
  });
});

import { describe, expect, it } from 'vitest';
import { type PutMetricData, putMetrics } from '../../../shared/aws/put-metrics.ts';

const where = { namespace: 'Network/Nat', stack: 'phoenat', at: Date.UTC(2026, 10, 23, 12) };

describe('putMetrics', () => {
  it('sends all measures of a run in one call, under the stack, at the time given', async () => {
    const sent: Parameters<PutMetricData>[0][] = [];

    await putMetrics(
      async (input) => {
        sent.push(input);
      },
      [
        { name: 'Launches', unit: 'Count', value: 0 },
        { name: 'RunTime', unit: 'Milliseconds', value: 1234 },
      ],
      where,
    );

    const common = { Timestamp: new Date(where.at), Dimensions: [{ Name: 'Stack', Value: 'phoenat' }] };
    expect(sent).toEqual([
      {
        Namespace: 'Network/Nat',
        MetricData: [
          { MetricName: 'Launches', Unit: 'Count', Value: 0, ...common },
          { MetricName: 'RunTime', Unit: 'Milliseconds', Value: 1234, ...common },
        ],
      },
    ]);
  });

  it('leaves it to the caller when CloudWatch does not take them', async () => {
    const refusal = new Error('AccessDenied');

    await expect(putMetrics(() => Promise.reject(refusal), [], where)).rejects.toBe(refusal);
  });
});

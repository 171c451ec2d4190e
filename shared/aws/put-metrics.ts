import type { PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import type { DurationMs, EpochMs } from '../core/model/time.ts';
import type { Measure } from '../core/report/metrics.ts';

/** The one CloudWatch call that is used. */
export type PutMetricData = (
  input: PutMetricDataCommandInput,
  options: { readonly abortSignal: AbortSignal },
) => Promise<void>;

/** Metrics are sent at the end, when nobody waits for them; this is as long as it may take. */
const timeoutMs: DurationMs = 2_000;

/** One PutMetricData for a whole run. Rejects when CloudWatch does not take it: the caller logs that and goes on. */
export async function putMetrics(
  putMetricData: PutMetricData,
  measures: readonly Measure[],
  where: { readonly namespace: string; readonly stack: string; readonly at: EpochMs },
): Promise<void> {
  const ofStack = [{ Name: 'Stack', Value: where.stack }];
  await putMetricData(
    {
      Namespace: where.namespace,
      MetricData: measures.map(({ name, zone, unit, value }) => ({
        MetricName: name,
        Unit: unit,
        Value: value,
        Timestamp: new Date(where.at),
        Dimensions: zone === undefined ? ofStack : [...ofStack, { Name: 'Zone', Value: zone }],
      })),
    },
    { abortSignal: AbortSignal.timeout(timeoutMs) },
  );
}

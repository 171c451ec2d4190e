import { type CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Measure } from '../core/measures.ts';
import type { DurationMs, EpochMs } from '../core/time.ts';

export type CloudWatchApi = Pick<CloudWatchClient, 'send'>;

/** CloudWatch is told at the end, when nobody waits for it; this is as long as it may take. */
const patienceMs: DurationMs = 2_000;

/** One PutMetricData for a whole run. Rejects when CloudWatch does not take it: the caller logs that and goes on. */
export async function putMetrics(
  cloudWatch: CloudWatchApi,
  measures: readonly Measure[],
  where: { readonly namespace: string; readonly stack: string; readonly at: EpochMs },
): Promise<void> {
  const Dimensions = [{ Name: 'Stack', Value: where.stack }];
  await cloudWatch.send(
    new PutMetricDataCommand({
      Namespace: where.namespace,
      MetricData: measures.map(({ name, unit, value }) => ({
        MetricName: name,
        Unit: unit,
        Value: value,
        Timestamp: new Date(where.at),
        Dimensions,
      })),
    }),
    { abortSignal: AbortSignal.timeout(patienceMs) },
  );
}

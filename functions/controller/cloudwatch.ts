import {
  CloudWatchClient,
  PutMetricDataCommand,
  type PutMetricDataCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { requestHandler } from '../../shared/aws/request-limits.ts';
import { secondMs } from '../../shared/core/model/time.ts';

/**
 * The CloudWatch client in a file of its own, loaded when the first metrics are sent: at that point the failover is
 * over, and a cold start has not paid for it.
 */
const client = new CloudWatchClient({
  requestHandler: requestHandler({ connectMs: secondMs, answerMs: 2 * secondMs }),
});

export async function putMetricData(
  input: PutMetricDataCommandInput,
  options: { readonly abortSignal: AbortSignal },
): Promise<void> {
  await client.send(new PutMetricDataCommand(input), options);
}

import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import type { Rig } from './rig.ts';

const refusal = /UnauthorizedOperation|AccessDenied|not authorized to perform/;
const maxTold = 10;
const maxLength = 300;

/** What the functions' logs say was refused for want of a permission, each once. */
export async function refusedCalls({ aws }: Rig, logGroups: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const logGroupName of logGroups) {
    for await (const { events } of paginateFilterLogEvents({ client: aws.logs }, { logGroupName })) {
      for (const { message = '' } of events ?? []) {
        if (refusal.test(message) && found.size < maxTold) found.add(message.trim().slice(0, maxLength));
      }
    }
  }
  return [...found];
}

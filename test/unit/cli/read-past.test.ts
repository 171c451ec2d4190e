import { CloudWatchLogsClient, type FilterLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../cli/session.ts';
import type { PhoenatStack } from '../../../cli/stack.ts';
import { readPast } from '../../../cli/status/read-past.ts';
import { dayMs, hourMs, minuteMs } from '../../../shared/core/model/time.ts';
import { clientSending } from '../../../simulator/harness/client-sending.ts';
import { now } from '../core/a-snapshot.ts';

const iso = new Date(now).toISOString();
const scheduled = {
  message: 'report',
  report: {
    outcome: 'settled',
    trigger: { kind: 'schedule', detail: '', at: iso },
    zones: [],
    times: { event: iso, started: iso, ended: iso },
    calls: { describe: 0, mutating: 0, failed: 0 },
  },
};

describe('what the log adds to a status', () => {
  it('is the moves of a week, and of the last hour when the schedule came last', async () => {
    const asked: (number | undefined)[] = [];
    const send = async ({ input }: { readonly input: FilterLogEventsCommandInput }) => {
      asked.push(input.startTime);
      const times = [now - 3 * minuteMs, now - 2 * minuteMs];
      return { events: times.map((timestamp) => ({ timestamp, message: JSON.stringify(scheduled) })) };
    };
    const logs = clientSending(CloudWatchLogsClient, send);
    const session = { clock: { now: () => now }, aws: { logs } } as unknown as Session;
    const past = await readPast(session, { logGroupName: '/aws/lambda/x' } as PhoenatStack);

    expect(asked).toEqual([now - 7 * dayMs, now - hourMs]);
    expect(past).toMatchObject({ kind: 'read', scheduledAt: now - 2 * minuteMs });
  });
});

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { everyItem } from '../../../cli/doctor/reading/read-listing.ts';
import { readLog } from '../../../cli/log-events.ts';
import { clientSending } from '../../../simulator/harness/client-sending.ts';

/** A client that has so many pages, the last with an empty token, as EC2 ends some listings. */
function pages<T extends object>(
  client: { readonly prototype: T },
  count: number,
  page: (nth: number) => object,
) {
  const asked: unknown[] = [];
  const send = async ({
    input,
  }: {
    readonly input: { readonly NextToken?: string; readonly nextToken?: string };
  }) => {
    asked.push(input.NextToken ?? input.nextToken);
    const token = asked.length < count ? `token-${asked.length}` : '';
    return { ...page(asked.length), NextToken: token, nextToken: token };
  };
  return { client: clientSending(client, send), asked };
}

describe('a listing', () => {
  const read = (client: EC2Client) =>
    everyItem(paginateDescribeSubnets({ client }, { MaxResults: 200 }), ({ Subnets }) => Subnets);

  it('is read to its end, which may be an empty token', async () => {
    const { client, asked } = pages(EC2Client, 3, (nth) =>
      nth === 2 ? {} : { Subnets: [{ SubnetId: `${nth}` }] },
    );

    expect(await read(client)).toEqual([{ SubnetId: '1' }, { SubnetId: '3' }]);
    expect(asked).toEqual([undefined, 'token-1', 'token-2']);
  });

  it('is refused where it does not end', async () => {
    const endless = pages(EC2Client, Number.POSITIVE_INFINITY, () => ({ Subnets: [] }));

    await expect(read(endless.client)).rejects.toThrow('more than 100 pages of one listing');
    expect(endless.asked.length).toBeLessThan(110);
  });
});

describe('the log', () => {
  const message = (nth: number) =>
    JSON.stringify({ type: 'platform.report', record: { status: `bad-${nth}`, requestId: 'r' } });
  const read = (client: CloudWatchLogsClient) =>
    readLog({ aws: { logs: client } } as never, 'group', { since: 0, pattern: '' });
  const page = (nth: number) => ({ events: [{ timestamp: 1_000 - nth, message: message(nth) }] });

  it('is read to its end, and told oldest first', async () => {
    const { entries, isComplete } = await read(pages(CloudWatchLogsClient, 3, page).client);

    expect([entries.map(({ at }) => at), isComplete]).toEqual([[997, 998, 999], true]);
  });

  it('is read for 200 pages at most, and then said to be incomplete', async () => {
    const exactly = pages(CloudWatchLogsClient, 200, page);
    const more = pages(CloudWatchLogsClient, 201, page);

    expect((await read(exactly.client)).isComplete).toBe(true);
    expect((await read(more.client)).isComplete).toBe(false);
    expect([exactly.asked.length, more.asked.length]).toEqual([200, 200]);
  });
});

import { createServer, type Server } from 'node:http';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, describe, expect, it } from 'vitest';
import { ServerClock } from '../../../cli/server-clock.ts';
import { isTransient } from '../../../cli/transient-error.ts';
import { hourMs } from '../../../shared/core/model/time.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** CloudWatch Logs on this machine, whose clock is ahead, or which drops every connection. */
async function logsClient(behaviour: { readonly aheadMs: number } | 'drops'): Promise<CloudWatchLogsClient> {
  const server = createServer((request, response) => {
    if (behaviour === 'drops') {
      request.socket.destroy();
      return;
    }
    response.setHeader('date', new Date(Date.now() + behaviour.aheadMs).toUTCString());
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end('{"events":[]}');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return new CloudWatchLogsClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
    maxAttempts: 1,
  });
}

const read = (client: CloudWatchLogsClient) =>
  client.send(new FilterLogEventsCommand({ logGroupName: 'log' }));

describe('the clock of the server', () => {
  it.each([-3 * hourMs, 2 * hourMs])('is known from the first answer, %d ms ahead', async (aheadMs) => {
    const client = await logsClient({ aheadMs });
    const clock = new ServerClock(() => Date.now());
    clock.watch(client);
    expect(clock.aheadMs()).toBe(0);
    await read(client);

    expect(Math.abs(clock.aheadMs() - aheadMs)).toBeLessThan(60_000);
  });

  it('is ours where it is as good as ours', async () => {
    const client = await logsClient({ aheadMs: 0 });
    const clock = new ServerClock(() => Date.now());
    clock.watch(client);
    await read(client);

    expect(clock.aheadMs()).toBe(0);
  });
});

describe('a connection that is dropped', () => {
  it('is trouble that passes', async () => {
    const error: unknown = await read(await logsClient('drops')).catch((thrown: unknown) => thrown);

    expect(isTransient(error)).toBe(true);
    expect(isTransient(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))).toBe(false);
    expect(isTransient('dropped')).toBe(false);
  });
});

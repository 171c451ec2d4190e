import { readdirSync, readFileSync } from 'node:fs';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requestHandler } from '../../../shared/aws/request-limits.ts';
import { type Silence, silentServer } from './silent-server.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const limits = { connectMs: 50, answerMs: 50 };

async function clientOptions(silence?: Silence) {
  const { endpoint, close, connections } = await silentServer(silence);
  onTestFinished(close);
  const options = { endpoint, region: 'eu-central-1', credentials, maxAttempts: 2 };
  return { options: { ...options, requestHandler: requestHandler(limits) }, connections };
}

type Options = Awaited<ReturnType<typeof clientOptions>>['options'];
const askers: Readonly<Record<string, (options: Options) => Promise<object>>> = {
  EC2: (options) => new EC2Client(options).send(new DescribeInstancesCommand({})),
  Lambda: (options) => new LambdaClient(options).send(new ListFunctionsCommand({})),
  CloudWatch: (options) => new CloudWatchClient(options).send(new ListMetricsCommand({})),
  'CloudWatch Logs': (options) => new CloudWatchLogsClient(options).send(new DescribeLogGroupsCommand({})),
  CloudFormation: (options) => new CloudFormationClient(options).send(new ListStacksCommand({})),
};

describe('a server that accepts connections and never answers', () => {
  it.each(Object.keys(askers))('is given up by a client of %s, after all its tries', async (name) => {
    const { options, connections } = await clientOptions();

    await expect(askers[name]?.(options)).rejects.toMatchObject({
      name: 'TimeoutError',
      $metadata: { attempts: 2 },
    });
    expect(connections()).toBe(2);
  });

  it.each<Silence>(['half an answer', 'a trickling head'])(
    'is given up where it sends %s',
    async (silence) => {
      const { options } = await clientOptions(silence);

      await expect(askers['EC2']?.(options)).rejects.toMatchObject({ name: 'TimeoutError' });
    },
  );
});

describe('what is deployed or typed', () => {
  const files = ['functions', 'shared', 'cli'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
  const makers = files.filter((file) => /new \w+Client\(/.test(readFileSync(file, 'utf8')));

  it('makes clients in five files', () => {
    expect(makers).toHaveLength(5);
  });

  it.each(makers)('%s makes no client without the limits', (file) => {
    const text = readFileSync(file, 'utf8');

    expect(text).toContain('requestHandler: requestHandler(');
    expect(text).not.toMatch(/requestHandler: \{|requestTimeout|new \w+Client\((\{\s*\})?\)/);
  });

  it.each(makers)('%s gives its limits a unit: ten milliseconds would fail every call', (file) => {
    const text = readFileSync(file, 'utf8');
    const source = /import \{[^}]*\brequestLimits\b[^}]*\} from/.test(text) ? 'functions/runtime.ts' : file;
    const limits = readFileSync(source, 'utf8').match(/(connect|answer)Ms: [^,}]+/g) ?? [];

    expect(limits.length).toBeGreaterThanOrEqual(2);
    expect(limits.filter((limit) => !/Ms: (\d+ \* )?(second|minute)Ms\s*$/.test(limit))).toEqual([]);
  });
});

import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeNatGatewaysCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type NatGateway,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addCost } from '../../../../cli/cost/add-cost.ts';
import { id } from '../../core/a-snapshot.ts';
import { invoke, noSuchStack, refusal, someClients } from '../doctor/a-session.ts';

const ec2 = mockClient(EC2Client);
const cloudWatch = mockClient(CloudWatchClient);
const cloudFormation = mockClient(CloudFormationClient);
afterAll(() => {
  for (const client of [ec2, cloudWatch, cloudFormation]) client.restore();
});

const VpcId = id('vpc', '1');
const aGateway = (hex: string, over: Partial<NatGateway> = {}): NatGateway => ({
  NatGatewayId: id('natGateway', hex),
  SubnetId: id('subnet', hex),
  State: 'available',
  CreateTime: new Date('2025-01-01T00:00:00Z'),
  NatGatewayAddresses: [{ PublicIp: '203.0.113.1' }],
  ...over,
});
const aws = someClients('us-east-1');
const gb = 2 ** 30;

beforeEach(() => {
  for (const client of [ec2, cloudWatch, cloudFormation]) client.reset();
  ec2.rejects('unexpected call');
  cloudFormation.on(DescribeStacksCommand).rejects(noSuchStack('phoenat'));
  ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ VpcId, CidrBlock: '10.0.0.0/16' }] });
  ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [aGateway('a'), aGateway('b')] });
  ec2.on(DescribeSubnetsCommand).resolves({
    Subnets: [
      { SubnetId: id('subnet', 'a'), AvailabilityZone: 'us-east-1a' },
      { SubnetId: id('subnet', 'b'), AvailabilityZone: 'us-east-1b' },
    ],
  });
  cloudWatch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [
      { Id: 'g0_BytesInFromSource', Values: [1 * gb, 2 * gb], StatusCode: 'Complete' },
      { Id: 'g0_BytesInFromDestination', Values: [10 * gb], StatusCode: 'Complete' },
      { Id: 'g1_BytesInFromDestination', Values: [100 * gb], StatusCode: 'Complete' },
    ],
  });
});

const cost = (words: readonly string[] = [], over = {}) =>
  invoke(addCost, ['cost', ...words], { aws, ...over });

type Answer = {
  readonly period: { readonly from: string; readonly to: string; readonly hours: number };
  readonly natGateways: readonly Record<string, unknown>[];
  readonly zones: number;
  readonly prices: Record<string, unknown>;
  readonly warning?: string;
  readonly totals: Record<string, number | null>;
};

async function answer(words: readonly string[] = [], over = {}): Promise<Answer> {
  const parsed: Answer = JSON.parse((await cost(words, { json: true, ...over })).out);
  return parsed;
}

describe('a standby', () => {
  it('is counted beside its zone, and said', async () => {
    const without = await answer(['--zones', '1']);
    const withIt = await answer(['--zones', '1', '--standby']);
    const { out } = await cost(['--zones', '1', '--standby']);

    expect(withIt.totals['phoenat']).toBeGreaterThan(without.totals['phoenat'] ?? 0);
    expect(out).toContain('Phoenat, 2 x t4g.nano');
    expect(out).toContain('1 zone and its standby, served by one stack');
  });

  it('is for one zone', async () => {
    await expect(cost(['--standby'])).rejects.toThrow('a standby is for one zone, not for 2; add --zones 1');
  });
});

describe('what NAT gateways cost', () => {
  it('is read for the last calendar month, in both directions', async () => {
    const { period, natGateways, zones, totals } = await answer();
    expect(period).toEqual({ from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z', hours: 744 });
    expect(natGateways.map(({ zones: where, hours, bytes, usd }) => [where, hours, bytes, usd])).toEqual([
      [['us-east-1a'], 744, 13 * gb, 37.79],
      [['us-east-1b'], 744, 100 * gb, 41.7],
    ]);
    expect(zones).toBe(2);
    // 2 × 33.48 + 113 GB × 0.045 (5.085, rounded up) + 2 × 3.72
    expect(totals['natGateways']).toBe(79.49);
    const input = cloudWatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input;
    expect(input?.StartTime).toEqual(new Date('2026-10-01T00:00:00Z'));
    expect(input?.EndTime).toEqual(new Date('2026-11-01T00:00:00Z'));
    expect(input?.MetricDataQueries?.[3]).toEqual({
      Id: 'g1_BytesInFromDestination',
      MetricStat: {
        Metric: {
          Namespace: 'AWS/NATGateway',
          MetricName: 'BytesInFromDestination',
          Dimensions: [{ Name: 'NatGatewayId', Value: id('natGateway', 'b') }],
        },
        Period: 86400,
        Stat: 'Sum',
      },
    });
  });

  it('is summed over every page', async () => {
    const page = { Id: 'g0_BytesInFromSource', Values: [gb] };
    cloudWatch
      .on(GetMetricDataCommand)
      .resolves({ MetricDataResults: [{ ...page, StatusCode: 'PartialData' }], NextToken: 'more' });
    cloudWatch
      .on(GetMetricDataCommand, { NextToken: 'more' })
      .resolves({ MetricDataResults: [{ ...page, StatusCode: 'Complete' }] });
    expect((await answer()).natGateways[0]?.['bytes']).toBe(2 * gb);
  });

  it('counts the hours between creation and deletion, and those that failed not at all', async () => {
    ec2.on(DescribeNatGatewaysCommand).resolves({
      NatGateways: [
        aGateway('a', { State: 'deleted', DeleteTime: new Date('2026-10-02T00:00:00Z') }),
        aGateway('b', { CreateTime: new Date('2026-10-31T00:00:00Z') }),
        aGateway('c', { State: 'failed' }),
        aGateway('d', { CreateTime: new Date('2026-11-02T00:00:00Z') }),
      ],
    });
    expect((await answer()).natGateways.map(({ hours }) => hours)).toEqual([24, 24]);
  });

  it('takes the zones of a regional gateway from its addresses', async () => {
    const { SubnetId: _, ...regional } = aGateway('a', {
      NatGatewayAddresses: [
        { PublicIp: '203.0.113.1', AvailabilityZone: 'us-east-1a' },
        { PublicIp: '203.0.113.2', AvailabilityZone: 'us-east-1a' },
        { PublicIp: '203.0.113.3', AvailabilityZone: 'us-east-1c' },
      ],
    });
    ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [regional] });
    const { natGateways, zones } = await answer();
    expect(natGateways[0]).toMatchObject({ zones: ['us-east-1a', 'us-east-1c'], publicIps: 3 });
    expect(zones).toBe(2);
  });

  it.each(['InternalError', 'Forbidden'] as const)(
    'is told without traffic where CloudWatch says %s',
    async (StatusCode) => {
      cloudWatch
        .on(GetMetricDataCommand)
        .resolves({ MetricDataResults: [{ Id: 'g0_BytesInFromSource', Values: [gb], StatusCode }] });
      const { out, exitCode } = await cost();
      expect(exitCode).toBe(3);
      expect(out.replaceAll('\n', ' ')).toContain(
        `traffic of the NAT gateways is unknown, and what they cost is shown without it: CloudWatch did not tell (its answer was ${StatusCode})`,
      );
    },
  );

  it('is told without traffic where CloudWatch answers with an error', async () => {
    const refused = Object.assign(new Error('not served here'), { name: 'UnsupportedOperation' });
    cloudWatch.on(GetMetricDataCommand).rejects(refused);
    const { out, exitCode } = await cost();

    expect(exitCode).toBe(3);
    expect(out.match(/WARNING/g)).toHaveLength(1);
    expect(out.replaceAll('\n', ' ')).toContain('did not tell (UnsupportedOperation: not served here). Try');
    expect(out).toMatch(/^nat-\w+ +us-east-1a +744 +unknown +1 +at least 37.20$/m);
    expect(out).toMatch(/^data processed +traffic unknown +unknown +not billed +0.00$/m);
    expect(out).toMatch(/^total +at least +74.40 +25.36$/m);
    expect(out).toContain('Phoenat would have saved at least 49.04 USD, more by');
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('is null for a machine where traffic is unknown, beside the least that it can be', async () => {
    cloudWatch.on(GetMetricDataCommand).rejects(new Error('not served here'));
    const { natGateways, totals, ...rest } = await answer();

    expect(rest).toMatchObject({ unknown: expect.stringContaining('not served here') });
    expect(natGateways[0]).toMatchObject({ bytes: null, usd: null, usdAtLeast: 37.2 });
    expect(totals).toEqual({
      natGateways: null,
      natGatewaysAtLeast: 74.4,
      phoenat: 25.36,
      saving: null,
      savingAtLeast: 49.04,
    });
  });

  it('leaves open whether Phoenat saves where only traffic could tell', async () => {
    cloudWatch.on(GetMetricDataCommand).rejects(new Error('not served here'));
    ec2.on(DescribeNatGatewaysCommand).resolves({
      NatGateways: [aGateway('a', { CreateTime: new Date('2026-10-31T00:00:00Z') })],
    });
    expect((await cost()).out).toMatch(/Whether Phoenat would have saved anything is unknown: .* USD less\./);
  });

  it('is not told where EC2 leaves out when a gateway was made', async () => {
    const { CreateTime: _, ...without } = aGateway('a');
    ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [without] });
    await expect(cost()).rejects.toThrow(`the time at which ${without.NatGatewayId} was created`);
  });

  it('is told of no VPC that does not exist', async () => {
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [] });
    const failure = cost(['--vpc', VpcId]);
    await expect(failure).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(`${VpcId} in us-east-1`),
    });
    expect(cloudFormation.calls()).toEqual([]);
  });
});

describe('options', () => {
  it.each([
    ['--days', '0', 'from 1 to 455'],
    ['--days', '456', 'from 1 to 455'],
    ['--days', '1.5', 'from 1 to 455'],
    ['--zones', '7', 'from 1 to 6'],
    ['--zones', 'two', 'from 1 to 6'],
    ['--instance-type', 'large', 'looks like t4g.nano'],
    ['--vpc', 'subnet-12345678', 'vpc-…'],
  ])('%s %s is refused', async (option, value, words) => {
    expect(await refusal(cost([option, value]))).toContain(words);
    expect(ec2.calls()).toEqual([]);
  });

  it('choose the days, the zones and the instance type', async () => {
    const { out } = await cost(['--days', '7', '--zones', '3', '--instance-type', 't4g.micro']);
    expect(out).toContain('2026-11-16 to 2026-11-22 (168 hours)');
    expect(out).toContain('Phoenat, 3 x t4g.micro');
    expect(out).toContain('504 h x 0.0084');
  });
});

describe('the report', () => {
  it('puts both sides beside each other, and fits on 100 columns', async () => {
    const { out, exitCode } = await cost();
    expect(exitCode).toBe(0);
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(out).toContain(`${VpcId} in us-east-1, October 2026 (744 hours), USD\n\n`);
    expect(out).toMatch(/^by the hour +1,488 h x 0.045 +66.96 +1,488 h x 0.0042 +6.25$/m);
    expect(out).toMatch(/^data processed +113 GB x 0.045 +5.09 +not billed +0.00$/m);
    expect(out).toMatch(/^volumes, 8 GB gp3 +16.31 GB-months x 0.08 +1.30$/m);
    expect(out).toMatch(/^total +79.49 +25.36$/m);
    expect(out).toContain('Phoenat would have saved 54.13 USD, 68 %.');
    expect(out).toContain('September 2026');
    expect(out).not.toContain('WARNING');
  });

  it('is a block for each item on 80 columns', async () => {
    let out = '';
    const write = (text: string) => {
      out += text;
    };
    const terminal = {
      out: write,
      err: write,
      isInteractive: true,
      isColoured: false,
      columns: 80,
      confirm: async () => false,
    };
    await cost([], { terminal });

    expect(out.split('\n').filter((line) => line.length > 80 && !line.includes('https://'))).toEqual([]);
    expect(out).toMatch(/^data processed\n {2}NAT gateways +113 GB x 0.045\n {2}USD +5.09\n {2}Phoenat, /m);
  });

  it('says when Phoenat would have cost more', async () => {
    ec2.on(DescribeNatGatewaysCommand).resolves({
      NatGateways: [aGateway('a', { CreateTime: new Date('2026-10-31T00:00:00Z') })],
    });
    expect((await cost()).out).toMatch(/Phoenat would have cost \d+\.\d\d USD more\./);
  });

  it('shows Phoenat’s side alone where there was no NAT gateway', async () => {
    ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [] });
    const { out } = await cost();
    expect(out).toContain('No NAT gateway of this VPC existed in that time');
    expect(out).toMatch(/^total +\d+\.\d\d$/m);
    expect(out).not.toContain('saved');
    const { totals } = await answer();
    expect(totals).toMatchObject({ natGateways: null, saving: null });
    expect(cloudWatch.calls()).toEqual([]);
  });

  it('says loudly whose prices are used where the Region’s are not known', async () => {
    const over = { aws: someClients('eu-central-1') };
    expect((await cost([], over)).out).toContain('WARNING: the prices of eu-central-1 are not known here.');
    const { prices, warning } = await answer([], over);
    expect(prices).toMatchObject({ ofRegion: 'us-east-1', areOfThisRegion: false });
    expect(warning).toContain('us-east-1');
    expect((await answer()).prices).toMatchObject({ areOfThisRegion: true });
  });
});

import {
  DescribeImagesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type Instance,
  type InstanceStateName,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ec2Commands } from '../../../shared/aws/api.ts';
import { createEc2Caller } from '../../../shared/aws/ec2-caller.ts';
import { allPages, observeAround, observeAtOnce, observeInstances } from '../../../shared/aws/observe.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';
import { anInstance, id, someSettings } from '../core/a-snapshot.ts';

const ec2 = mockClient(EC2Client);
afterAll(() => ec2.restore());
const clock = new VirtualClock(0);
const observation = {
  ec2: createEc2Caller({
    role: 'ControllerRole',
    commands: ec2Commands,
    ec2: new EC2Client({ region: 'eu-central-1' }),
    clock,
    random: () => 0,
    deadline: 60_000,
    cutOff: 60_000,
  }),
  settings: someSettings(),
  clock,
};

function listed(InstanceId: string, state: InstanceStateName = 'running'): Instance {
  return {
    InstanceId,
    State: { Name: state },
    ImageId: 'ami-00000001',
    Architecture: 'arm64',
    InstanceType: 't4g.nano',
    LaunchTime: new Date(0),
    Tags: [{ Key: 'phoenat:zone', Value: 'a' }],
  };
}

beforeEach(() => ec2.reset());

describe('an answer of several pages', () => {
  it('is read to its end, each page with the token of the one before', async () => {
    ec2.on(DescribeInstancesCommand).callsFake(({ NextToken }) => ({
      Reservations: [{ Instances: [listed(NextToken === 'second' ? 'i-000000a2' : 'i-000000a1')] }],
      ...(NextToken === 'second' ? {} : { NextToken: 'second' }),
    }));

    const { instances } = await observeInstances(observation);

    expect(instances.known && instances.value.items.map((entry) => entry.id)).toEqual([
      'i-000000a1',
      'i-000000a2',
    ]);
  });

  it.each([
    [DescribeNetworkInterfacesCommand, 'NetworkInterfaces'],
    [DescribeRouteTablesCommand, 'RouteTables'],
    [DescribeSubnetsCommand, 'Subnets'],
    [DescribeImagesCommand, 'Images'],
  ])('is read to its end by %o', async (command, list) => {
    const asked: unknown[] = [];
    ec2
      .onAnyCommand()
      .resolves({ NetworkInterfaces: [], RouteTables: [], Subnets: [], Images: [], Addresses: [] });
    ec2.on(command as typeof DescribeSubnetsCommand).callsFake(({ NextToken }) => {
      asked.push(NextToken);
      return asked.length === 3 ? { [list]: [] } : { [list]: [], NextToken: `page ${asked.length + 1}` };
    });
    const instances = { known: true, value: { items: [], flaws: [] } } as const;

    await observeAround(observation, { beganAt: 0, instances }, { statuses: false, images: true });

    expect(asked).toEqual([undefined, 'page 2', 'page 3']);
  });

  it('that never ends is none: part of it would pass for the whole', async () => {
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [{}], NextToken: 'more' });
    const request = { call: 'DescribeSubnets', input: {} } as const;

    await expect(allPages(observation.ec2, request, ({ Subnets }) => Subnets)).rejects.toThrow(
      /more than \d+ pages/,
    );
  });
});

describe('everything at once', () => {
  async function answeredAfter(latencyMs: number) {
    ec2
      .onAnyCommand()
      .resolves({ NetworkInterfaces: [], RouteTables: [], Subnets: [], Images: [], Addresses: [] });
    ec2.on(DescribeInstancesCommand).callsFake(async () => {
      await clock.sleep(latencyMs);
      return { Reservations: [{ Instances: [listed('i-000000a1')] }] };
    });
    const first = await clock.complete(observeAtOnce(observation, { images: true }));
    await observeAround(observation, first, { statuses: false, images: true });
    return { first, asked: ec2.commandCalls(DescribeRouteTablesCommand).length };
  }

  it('is one round of calls, without the status checks', async () => {
    const { first, asked } = await answeredAfter(800);

    expect(first.instances.known).toBe(true);
    expect(first.beside?.statuses.known).toBe(false);
    expect(first.beside?.images.known).toBe(true);
    expect(asked).toBe(1);
  });

  it('is read again after instances that came much later: what leads to them may be older than they are', async () => {
    const { first, asked } = await answeredAfter(1_200);

    expect(first.beside).toBeUndefined();
    expect(asked).toBe(2);
  });
});

describe('status checks', () => {
  it('are asked for running instances only: EC2 shows no others unless it is told to', async () => {
    ec2.on(DescribeInstanceStatusCommand).resolves({ InstanceStatuses: [] });
    const items = [anInstance('a'), anInstance('b', { state: 'stopped' })];
    const instances = { known: true, value: { items, flaws: [] } } as const;

    await observeAround(observation, { beganAt: 0, instances }, { statuses: true, images: false });

    const [asked] = ec2.commandCalls(DescribeInstanceStatusCommand);
    expect(asked?.args[0].input).toEqual({ InstanceIds: [id('instance', 'a1')] });
  });
});

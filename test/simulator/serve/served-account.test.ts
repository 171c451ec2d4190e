import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeFlowLogsCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { answerAws } from '../../../simulator/serve/answer-aws.ts';
import { breakAccount, breakages } from '../../../simulator/serve/breakages.ts';
import { everyCase } from '../../every-case.ts';
import { serve } from './an-account.ts';

const served = await serve();
const { account, config, notes, unserved } = served;
const clients = {
  cloudFormation: new CloudFormationClient(config),
  ec2: new EC2Client(config),
  iam: new IAMClient(config),
  lambda: new LambdaClient(config),
  logs: new CloudWatchLogsClient(config),
  sns: new SNSClient(config),
  sts: new STSClient(config),
};
const { clock, sim } = account.harness;
const stateOf = (id: string) => sim.region.store.instances.current.get(id)?.state;
const instanceIn = (zone: string) =>
  sim.region.store.instances.current
    .all()
    .find(({ tags, state }) => tags['phoenat:zone'] === zone && state === 'running')?.id ?? '';

describe('what the SDK asks of a served account', () => {
  it('is answered for the one stack, and refused in AWS’s words for others', async () => {
    const { Stacks = [] } = await clients.cloudFormation.send(
      new DescribeStacksCommand({ StackName: 'phoenat' }),
    );
    const other = clients.cloudFormation.send(new DescribeStacksCommand({ StackName: 'other' }));

    expect(Stacks).toMatchObject([{ StackName: 'phoenat', StackStatus: 'CREATE_COMPLETE' }]);
    expect(Stacks[0]?.CreationTime).toBeInstanceOf(Date);
    expect(Stacks[0]?.Outputs).toContainEqual({
      OutputKey: 'FunctionName',
      OutputValue: 'phoenat-Controller',
    });
    await expect(other).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id other does not exist',
    });
    const { StackResourceSummaries = [] } = await clients.cloudFormation.send(
      new ListStackResourcesCommand({ StackName: 'phoenat' }),
    );
    expect(StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId)).toContain('Controller');
  });

  it('runs the real controller', async () => {
    const FunctionName = 'phoenat-Controller';
    const { StatusCode, Payload, ExecutedVersion } = await clients.lambda.send(
      new InvokeCommand({ FunctionName, Payload: '{"action":"status"}' }),
    );
    const report: unknown = JSON.parse(new TextDecoder().decode(Payload));

    expect([StatusCode, ExecutedVersion]).toEqual([200, '$LATEST']);
    expect(report).toMatchObject({
      outcome: 'settled',
      zones: [{ health: 'healthy' }, { health: 'healthy' }],
    });
    await expect(
      clients.lambda.send(new InvokeCommand({ FunctionName, Payload: '{' })),
    ).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
    await expect(
      clients.lambda.send(new InvokeCommand({ FunctionName: 'other', Payload: '{}' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const wrong = await clients.lambda.send(
      new InvokeCommand({ FunctionName, Payload: '{"action":"dance"}' }),
    );
    expect(new TextDecoder().decode(wrong.Payload)).toContain('dance');
  });

  it('reads the log page by page', async () => {
    const logGroupName = 'phoenat-ControllerLog';
    const whole = await clients.logs.send(new FilterLogEventsCommand({ logGroupName }));
    const first = await clients.logs.send(new FilterLogEventsCommand({ logGroupName, limit: 2 }));
    const { nextToken } = first;
    const second = await clients.logs.send(new FilterLogEventsCommand({ logGroupName, limit: 2, nextToken }));

    expect([...(first.events ?? []), ...(second.events ?? [])]).toEqual(whole.events?.slice(0, 4));
    expect(whole.nextToken).toBeUndefined();
    await expect(
      clients.logs.send(new FilterLogEventsCommand({ logGroupName: 'other' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(
      clients.logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: '[a, b]' })),
    ).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  });

  it('says who asks, and what the account has', async () => {
    const TopicArn = 'arn:aws:sns:eu-central-1:123456789012:phoenat-Alarms';
    const RoleName = 'AWSServiceRoleForEC2Spot';

    expect(await clients.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
    });
    expect(await clients.sns.send(new GetTopicAttributesCommand({ TopicArn }))).toMatchObject({
      Attributes: { SubscriptionsConfirmed: '1' },
    });
    await expect(
      clients.sns.send(new GetTopicAttributesCommand({ TopicArn: `${TopicArn}2` })),
    ).rejects.toMatchObject({ name: 'NotFoundException' });
    expect(await clients.iam.send(new GetRoleCommand({ RoleName }))).toMatchObject({ Role: { RoleName } });
    await expect(clients.iam.send(new GetRoleCommand({ RoleName: 'other' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('is told by name what is not there', async () => {
    const message = (what: string) =>
      `The simulated account of this server does not have ${what}. AWS does; nothing was done.`;

    await expect(clients.ec2.send(new DescribeFlowLogsCommand({}))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: message('ec2:DescribeFlowLogs'),
    });
    await expect(clients.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
      message: message('lambda:ListFunctions'),
    });
    await expect(
      clients.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'hypervisor', Values: ['xen'] }] })),
    ).rejects.toMatchObject({ name: 'UnsupportedOperation', message: expect.stringContaining('hypervisor') });
    await expect(
      new EC2Client({ ...config, region: 'us-east-1' }).send(new DescribeInstancesCommand({})),
    ).rejects.toMatchObject({ message: expect.stringContaining('set AWS_REGION') });
    expect(unserved).toEqual(expect.arrayContaining(['ec2:DescribeFlowLogs', 'lambda:ListFunctions']));
  });
});

describe('people’s calls', () => {
  it('show who watches whom', async () => {
    const Filters = [{ Name: 'key', Values: ['phoenat:watch'] }];
    const { Tags = [] } = await clients.ec2.send(new DescribeTagsCommand({ Filters }));
    const watchers = Tags.map(({ ResourceId, Value }) => [ResourceId, Value?.split(' ')[1]]);

    expect(watchers).toHaveLength(2);
    expect(Object.fromEntries(watchers)).toEqual({
      [instanceIn('a')]: instanceIn('b'),
      [instanceIn('b')]: instanceIn('a'),
    });
  });

  it('switch the check of the only interface on', async () => {
    const InstanceId = instanceIn('a');
    await clients.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId, SourceDestCheck: { Value: true } }),
    );
    // Describe calls lag behind.
    await clock.runFor(10_000);
    const { Reservations = [] } = await clients.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [InstanceId] }),
    );

    expect(Reservations[0]?.Instances).toMatchObject([{ SourceDestCheck: true }]);
    expect(notes.at(-1)).toBe(`the API is asked: ModifyInstanceAttribute ${InstanceId} (zone a)`);
  });

  it('stop and terminate, or fail as EC2 has them fail', async () => {
    const InstanceIds = [instanceIn('b')];
    const before = notes.length;
    const refused = [
      () => clients.ec2.send(new StopInstancesCommand({ InstanceIds: ['i-0123456789abcdef0'] })),
      () => clients.ec2.send(new StopInstancesCommand({ InstanceIds: ['instance'] })),
      () => clients.ec2.send(new TerminateInstancesCommand({ InstanceIds, DryRun: true })),
    ];
    const names: unknown[] = [];
    for (const call of refused) names.push(await call().catch((error: Error) => error.name));

    expect(names).toEqual(['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed', 'DryRunOperation']);
    expect(notes).toHaveLength(before);
    const { StoppingInstances } = await clients.ec2.send(new StopInstancesCommand({ InstanceIds }));
    expect(StoppingInstances).toMatchObject([
      { PreviousState: { Name: 'running' }, CurrentState: { Name: 'stopping' } },
    ]);
    await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await expect(clients.ec2.send(new StopInstancesCommand({ InstanceIds }))).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
    });
  });
});

describe('what no client of AWS’s sends', () => {
  const signed = (service: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=a/20261128/eu-central-1/${service}/aws4_request`,
  });
  const post = (headers: Readonly<Record<string, string>>, body: string, target = '/') =>
    answerAws(account, { method: 'POST', target, headers, body });

  it.each([
    ['nothing that is signed', {}, '', 403, 'MissingAuthenticationToken'],
    ['a service that is not there', signed('s3'), '', 400, 'does not have the service s3'],
    ['an inherited name', signed('constructor'), '', 400, 'does not have the service constructor'],
    ['no action', signed('ec2'), 'Version=2016-11-15', 400, 'MissingAction'],
    ['an action of nobody’s', signed('ec2'), 'Action=Dance&Version=2016-11-15', 400, 'InvalidAction'],
    ['an old version', signed('ec2'), 'Action=DescribeInstances&Version=2006-01-01', 400, 'InvalidAction'],
    [
      'a parameter of nobody’s',
      signed('ec2'),
      'Action=DescribeInstances&Version=2016-11-15&Foo=1',
      400,
      'UnknownParameter',
    ],
    [
      'no number',
      signed('ec2'),
      'Action=DescribeInstances&Version=2016-11-15&MaxResults=a',
      400,
      'InvalidParameterValue',
    ],
    [
      'no JSON',
      { ...signed('logs'), 'x-amz-target': 'Logs_20140328.FilterLogEvents' },
      '{',
      400,
      'SerializationException',
    ],
    [
      'a text for a number',
      { ...signed('logs'), 'x-amz-target': 'Logs_20140328.FilterLogEvents' },
      '{"limit":"2"}',
      400,
      'The value at /limit is not a number',
    ],
    [
      'a number for a text, in a list',
      { ...signed('logs'), 'x-amz-target': 'Logs_20140328.FilterLogEvents' },
      '{"logStreamNames":["a",1]}',
      400,
      'The value at /logStreamNames/1 is not a text',
    ],
    [
      'no time',
      signed('ec2'),
      'Action=RunInstances&Version=2016-11-15&InstanceMarketOptions.SpotOptions.ValidUntil=soon',
      400,
      'Value (soon) for parameter InstanceMarketOptions.SpotOptions.ValidUntil is invalid',
    ],
    [
      'a field with a million dots',
      signed('ec2'),
      `Action=DescribeInstances&Version=2016-11-15&Filter.${'1.'.repeat(400_000)}=a`,
      400,
      'is not recognized',
    ],
    [
      'JSON for a form',
      { ...signed('ec2'), 'content-type': 'application/json' },
      '{}',
      415,
      'has to be application/x-www-form-urlencoded, not application/json',
    ],
    [
      'a form for JSON',
      { ...signed('logs'), 'content-type': 'text/plain' },
      '{}',
      415,
      'has to be application/x-amz-json-1.1, not text/plain',
    ],
    ['no action of logs', signed('logs'), '{}', 400, 'UnknownOperation'],
    ['no path of Lambda’s', signed('lambda'), '{}', 404, 'No action has POST'],
  ])('is answered with an error: %s', async (_what, headers, body, status, said) => {
    const answer = await post(headers, body);

    expect(answer.status).toBe(status);
    expect(`${answer.text} ${JSON.stringify(answer.headers)}`).toContain(said);
  });
});

it.each(['//', '/2015-03-31/functions/%zz/invocations', '/[', '/?%'])(
  'is answered with an error at %s',
  async (target) => {
    const { authorization } = { authorization: 'Credential=a/20261128/eu-central-1/lambda/aws4_request' };
    const answer = await answerAws(account, {
      method: 'POST',
      target,
      headers: { authorization },
      body: '{}',
    });

    expect(Math.floor(answer.status / 100)).toBe(4);
  },
);

describe('breaking the account', () => {
  it('says what was done, and refuses what cannot be', () => {
    const id = instanceIn('a');

    expect(breakAccount(account, 'terminate', 'a')).toBe(`zone a, ${id}: somebody terminates the instance`);
    expect(stateOf(id)).toBe('shutting-down');
    expect(() => breakAccount(account, 'terminate', 'a')).toThrow('zone a has no instance that runs');
    expect(() => breakAccount(account, 'terminate', 'q')).toThrow('the zones are a, b');
    expect(() => breakAccount(account, 'toString', 'a')).toThrow('"toString" is nothing that can be broken');
  });

  it('ends when it is mended', () => {
    const lost = () => sim.region.store.subnets.current.all().filter(({ upstreamLost }) => upstreamLost);
    const blocked = () =>
      sim.region.store.subnets.current
        .all()
        .filter(({ internetGatewayBlock }) => internetGatewayBlock === 'block-ingress');
    for (const what of ['upstream', 'capacity', 'drop', 'block']) breakAccount(account, what, 'a');
    const broken = [lost().length, sim.region.shortages.size > 0, account.switches.drops, blocked().length];
    breakAccount(account, 'mend', 'a');

    expect(broken).toEqual([2, true, true, 1]);
    expect([lost().length, sim.region.shortages.size, account.switches.drops, blocked().length]).toEqual([
      0,
      0,
      false,
      0,
    ]);
  });

  const few = ['stop', 'throttle', 'address'];
  const more = Object.keys(breakages).filter((name) => !few.includes(name));

  it.each(everyCase(few, more))('%s breaks what it says, and does not fail', async (name) => {
    const { account: own } = await serve({ probe: 'off' });
    const { harness } = own;
    const inZone = breakages[name]?.on === 'region' ? '' : 'zone b';

    expect(breakAccount(own, name, 'b')).toMatch(inZone);
    await harness.clock.runFor(1_000);
  });
});

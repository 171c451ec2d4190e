import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteNetworkInterfaceCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../aws/core/journal.ts';
import { namesOf, parseRunName, runTag } from '../../aws/core/names.ts';
import { removeAll } from '../../aws/shell/remove.ts';
import type { Rig } from '../../aws/shell/rig.ts';

const run = parseRunName('phoenat-test-abcdef') ?? expect.fail();
const names = namesOf(run, '123456789012');
const tagged: readonly { Key: string; Value: string }[] = [{ Key: runTag, Value: run }];

const cloudFormation = mockClient(CloudFormationClient);
const ec2 = mockClient(EC2Client);
const s3 = mockClient(S3Client);
const logs = mockClient(CloudWatchLogsClient);
const iam = mockClient(IAMClient);
const lambda = mockClient(LambdaClient);
const all = [cloudFormation, ec2, s3, logs, iam, lambda];

afterEach(() => {
  for (const mock of all) mock.reset();
});

afterAll(() => {
  for (const mock of all) mock.restore();
});

/** An account in which the stacks that are named have that state; `deletion` says what becomes of one that is deleted. */
function account(states: Map<string, string>, deletion: (name: string) => string | undefined, Tags = tagged) {
  ec2.onAnyCommand().resolves({});
  logs.onAnyCommand().resolves({});
  iam.onAnyCommand().resolves({});
  lambda.onAnyCommand().resolves({});
  s3.on(GetBucketTaggingCommand).rejects(Object.assign(new Error('no'), { name: 'NoSuchBucket' }));
  s3.on(DeleteObjectsCommand).resolves({});
  cloudFormation.on(DescribeStackEventsCommand).resolves({ StackEvents: [] });
  cloudFormation.on(DescribeStacksCommand).callsFake(({ StackName }: { StackName: string }) => {
    const StackStatus = states.get(StackName);
    if (StackStatus === undefined) {
      throw Object.assign(new Error(`Stack with id ${StackName} does not exist`), {
        name: 'ValidationError',
      });
    }
    return { Stacks: [{ StackName, StackStatus, Tags: [...Tags] }] };
  });
  cloudFormation.on(DeleteStackCommand).callsFake(({ StackName }: { StackName: string }) => {
    const after = deletion(StackName);
    if (after === undefined) states.delete(StackName);
    else states.set(StackName, after);
    return {};
  });
}

async function remove() {
  const entries: JournalEntry[] = [];
  const said: string[] = [];
  const place = { region: 'eu-central-1' };
  const rig: Rig = {
    aws: {
      ...place,
      accountId: '123456789012',
      caller: 'arn',
      partition: 'aws',
      endpoint: 'http://127.0.0.1:1',
      cloudFormation: new CloudFormationClient(place),
      ec2: new EC2Client(place),
      iam: new IAMClient(place),
      lambda: new LambdaClient(place),
      logs: new CloudWatchLogsClient(place),
      s3: new S3Client(place),
      ssm: new SSMClient(place),
    },
    names,
    journal: { file: 'x.jsonl', write: (entry) => entries.push(entry) },
    root: '.',
    say: (text) => said.push(text),
    signal: new AbortController().signal,
    pollMs: 1,
    lastLookMs: 3,
    inUseMs: 50,
  };
  return { left: await removeAll(rig), entries, said };
}

function deletions(): string[] {
  return cloudFormation.commandCalls(DeleteStackCommand).map(({ args }) => String(args[0].input.StackName));
}

describe('the removal', () => {
  it('deletes what uses something before what is used, and writes down that nothing is left', async () => {
    account(
      new Map([names.vpc, names.measuring, names.phoenat].map((name) => [name, 'CREATE_COMPLETE'])),
      () => undefined,
    );

    const { left, entries } = await remove();

    expect(left).toEqual([]);
    expect(deletions()).toEqual([names.measuring, names.phoenat, names.vpc]);
    expect(entries.at(-1)).toEqual({ kind: 'clean' });
  });

  it('clears what only the run has tagged out of the way of a stack that cannot be deleted', async () => {
    account(new Map([[names.phoenat, 'CREATE_COMPLETE']]), () =>
      deletions().length > 1 ? undefined : 'DELETE_FAILED',
    );
    ec2
      .on(DescribeInstancesCommand)
      .resolvesOnce({
        Reservations: [
          {
            Instances: [
              { InstanceId: 'i-1', State: { Name: 'running' } },
              { InstanceId: 'i-2', State: { Name: 'terminated' } },
            ],
          },
        ],
      })
      .resolves({});
    ec2
      .on(DescribeNetworkInterfacesCommand)
      .resolvesOnce({
        NetworkInterfaces: [
          { NetworkInterfaceId: 'eni-1', Status: 'available' },
          { NetworkInterfaceId: 'eni-2', Status: 'in-use' },
        ],
      })
      .resolvesOnce({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-2', Status: 'available' }] })
      .resolves({});

    const { left } = await remove();

    expect(left).toEqual([]);
    expect(ec2.commandCalls(TerminateInstancesCommand).map(({ args }) => args[0].input)).toEqual([
      { InstanceIds: ['i-1'] },
    ]);
    expect(ec2.commandCalls(DeleteNetworkInterfaceCommand).map(({ args }) => args[0].input)).toEqual([
      { NetworkInterfaceId: 'eni-1' },
      { NetworkInterfaceId: 'eni-2' },
    ]);
    const asked = [DescribeInstancesCommand, DescribeNetworkInterfacesCommand].flatMap((command) =>
      ec2.commandCalls(command).map(({ args }) => args[0].input.Filters?.[0]),
    );
    expect(asked.every((filter) => filter?.Name === `tag:${runTag}` && filter.Values?.[0] === run)).toBe(
      true,
    );
  });

  it('terminates what a function has launched after its stack was gone', async () => {
    account(new Map(), () => undefined);
    const instance = { InstanceId: 'i-9', State: { Name: 'running' as const } };
    ec2
      .on(DescribeInstancesCommand)
      .callsFake(() =>
        ec2.commandCalls(TerminateInstancesCommand).length === 0
          ? { Reservations: [{ Instances: [instance] }] }
          : {},
      );

    expect((await remove()).left).toEqual([]);
    expect(ec2.commandCalls(TerminateInstancesCommand).map(({ args }) => args[0].input)).toEqual([
      { InstanceIds: ['i-9'] },
    ]);
  });

  it.each([
    ['InvalidParameterValue', "Network interface 'eni-1' is currently in use."],
    ['InvalidNetworkInterface.InUse', 'no'],
  ])('asks again for an interface that is in use after all (%s)', async (name, message) => {
    account(new Map(), () => undefined);
    ec2
      .on(DescribeNetworkInterfacesCommand)
      .callsFake(() =>
        ec2.commandCalls(DeleteNetworkInterfaceCommand).length > 1
          ? {}
          : { NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', Status: 'available' }] },
      );
    ec2
      .on(DeleteNetworkInterfaceCommand)
      .rejectsOnce(Object.assign(new Error(message), { name }))
      .resolves({});

    const { left, said } = await remove();

    expect(left).toEqual([]);
    expect(said.join()).not.toContain('NOT REMOVED');
    expect(ec2.commandCalls(DeleteNetworkInterfaceCommand)).toHaveLength(2);
  });

  it('takes an interface for gone that EC2 does not find', async () => {
    account(new Map(), () => undefined);
    ec2
      .on(DescribeNetworkInterfacesCommand)
      .resolvesOnce({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', Status: 'available' }] })
      .resolves({});
    ec2
      .on(DeleteNetworkInterfaceCommand)
      .rejects(Object.assign(new Error('no'), { name: 'InvalidNetworkInterfaceID.NotFound' }));

    const { left, said } = await remove();

    expect(left).toEqual([]);
    expect(said.join()).not.toContain('NOT REMOVED');
  });

  it('says of an interface that stays in use by whom, and how it is deleted', async () => {
    account(new Map(), () => undefined);
    ec2.on(DescribeNetworkInterfacesCommand).resolves({
      NetworkInterfaces: [
        { NetworkInterfaceId: 'eni-1', Status: 'in-use', Attachment: { InstanceId: 'i-1' } },
      ],
    });

    const { left, said, entries } = await remove();

    expect(left).toEqual(['interface eni-1']);
    expect(said.join('\n')).toMatch(
      /eni-1 is in use by i-1 after .*: aws ec2 delete-network-interface --network-interface-id eni-1 --region eu-central-1/,
    );
    expect(entries.some(({ kind }) => kind === 'clean')).toBe(false);
  });

  it('goes again where a stack shows after it was looked for', async () => {
    const states = new Map([[names.vpc, 'CREATE_COMPLETE']]);
    account(states, (name) => {
      if (name === names.vpc && deletions().length === 1) states.set(names.phoenat, 'ROLLBACK_FAILED');
      return undefined;
    });

    expect((await remove()).left).toEqual([]);
    expect(deletions()).toEqual([names.vpc, names.phoenat]);
  });

  it('leaves a stack and a bucket alone that do not bear the tag, and names the stack', async () => {
    account(new Map([[names.phoenat, 'CREATE_COMPLETE']]), () => undefined, [
      { Key: runTag, Value: 'another' },
    ]);
    s3.on(GetBucketTaggingCommand).resolves({ TagSet: [{ Key: 'a', Value: 'b' }] });

    const { left, said, entries } = await remove();

    expect(left).toEqual([`stack ${names.phoenat} (CREATE_COMPLETE, undefined)`]);
    expect(said.join()).toContain('is left alone');
    expect([deletions(), s3.commandCalls(DeleteBucketCommand).length]).toEqual([[], 0]);
    expect(entries.some(({ kind }) => kind === 'clean')).toBe(false);
  });

  it.each([
    ['tagged', { TagSet: [...tagged] }, 1],
    ['without tags', 'NoSuchTagSet', 0],
  ] as const)(
    'removes the run’s bucket that is %s; what is in it only where it has the tag',
    async (_, tags, emptied) => {
      account(new Map(), () => undefined);
      const there = s3.on(GetBucketTaggingCommand);
      if (typeof tags === 'string') there.rejectsOnce(Object.assign(new Error('no'), { name: tags }));
      else there.resolvesOnce({ TagSet: [...tags.TagSet] });
      s3.on(ListObjectsV2Command)
        .resolvesOnce({ Contents: [{ Key: 'a' }] })
        .resolves({});

      await remove();

      expect(s3.commandCalls(DeleteObjectsCommand).length).toBe(emptied);
      expect(s3.commandCalls(DeleteBucketCommand).map(({ args }) => args[0].input)).toEqual([
        { Bucket: names.bucket },
      ]);
    },
  );

  it('gives up a bucket of which something cannot be deleted', async () => {
    account(new Map(), () => undefined);
    s3.on(GetBucketTaggingCommand).resolves({ TagSet: [...tagged] });
    s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'a' }] });
    s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: 'a', Code: 'AccessDenied', Message: 'no' }] });

    const { left, said } = await remove();

    expect(left).toEqual([`bucket ${names.bucket}`]);
    expect(said.join()).toContain('NOT REMOVED: a of it cannot be deleted: AccessDenied: no');
    expect(s3.commandCalls(DeleteBucketCommand)).toHaveLength(0);
  });

  it('does not pass for gone what could not be looked for', async () => {
    account(new Map(), () => undefined);
    logs.on(DescribeLogGroupsCommand).rejects(new Error('AccessDenied'));

    const { left, entries } = await remove();

    expect(left).toEqual(['log group: could not be looked for: AccessDenied']);
    expect(entries.some(({ kind }) => kind === 'clean')).toBe(false);
  });
});

import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  GetConsoleOutputCommand,
} from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { launchId, stackTagKey, tagRecord, terminate, untilState } from './asking.ts';
import type { Contract } from './contract.ts';
import { eventually, outcomeOf, type Subject } from './subject.ts';

const everyState = ['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped'];
const unknownInstance = 'i-0123456789abcdef0';

function ownInstances(subject: Subject, page: { MaxResults?: number; NextToken?: string | undefined } = {}) {
  const Filters = [
    { Name: `tag:${stackTagKey}`, Values: [subject.stack] },
    { Name: 'instance-state-name', Values: everyState },
  ];
  return subject.run(subject.ec2.send(new DescribeInstancesCommand({ Filters, ...page })));
}

function statuses(subject: Subject, ...InstanceIds: string[]) {
  return subject.run(subject.ec2.send(new DescribeInstanceStatusCommand({ InstanceIds })));
}

/** The status once the first check has run. */
function settledStatus(subject: Subject, id: string) {
  return eventually(
    subject,
    async () => (await statuses(subject, id)).InstanceStatuses?.[0],
    (status) => status?.InstanceStatus?.Status === 'ok',
  );
}

async function consoleOf(subject: Subject, InstanceId: string): Promise<string> {
  const command = new GetConsoleOutputCommand({ InstanceId, Latest: true });
  const answer = await subject.run(subject.ec2.send(command));
  expect(answer.InstanceId).toBe(InstanceId);
  return Buffer.from(answer.Output ?? '', 'base64').toString('latin1');
}

export function instanceChecks({ check, diverging }: Contract): void {
  check('are found by the stack tag, in every state', async (subject) => {
    const dead = await launchId(subject);
    await terminate(subject, dead);
    const alive = await launchId(subject);
    await launchId(subject, { TagSpecifications: [] });
    const instances = ((await ownInstances(subject)).Reservations ?? []).flatMap(
      (reservation) => reservation.Instances ?? [],
    );
    expect(instances.map((instance) => instance.InstanceId).sort()).toEqual([dead, alive].sort());
    const found = instances.find((instance) => instance.InstanceId === alive);
    expect(tagRecord(found?.Tags)).toEqual({ [stackTagKey]: subject.stack, 'phoenat:zone': 'a' });
    expect(found).toMatchObject({
      ImageId: subject.vpc.imageId,
      InstanceType: 't4g.nano',
      VpcId: subject.vpc.vpcId,
      SubnetId: subject.vpc.publicSubnetId,
      Placement: { AvailabilityZone: subject.vpc.availabilityZone },
      LaunchTime: expect.any(Date),
      NetworkInterfaces: [{ Attachment: { DeviceIndex: 0 }, SourceDestCheck: true }],
    });
  });

  check('come in pages, each once', async (subject) => {
    const launched: string[] = [];
    for (let count = 0; count < 6; count += 1) launched.push(await launchId(subject));
    const first = await ownInstances(subject, { MaxResults: 5 });
    const second = await ownInstances(subject, { MaxResults: 5, NextToken: first.NextToken });
    const found = [first, second].map(({ Reservations }) =>
      (Reservations ?? []).flatMap(({ Instances }) => (Instances ?? []).map(({ InstanceId }) => InstanceId)),
    );
    expect(found.map((page) => page.length)).toEqual([5, 1]);
    expect(found.flat().sort()).toEqual(launched.sort());
    expect(second.NextToken ?? '').toBe('');
  });

  check('that a filter does not find make an empty list, not a missing one', async (subject) => {
    expect((await ownInstances(subject)).Reservations).toEqual([]);
  });

  check('that do not exist are refused by id', async ({ ec2, run }) => {
    const InstanceIds = [unknownInstance];
    const describing = run(ec2.send(new DescribeInstancesCommand({ InstanceIds })));
    expect(await outcomeOf(describing)).toBe('InvalidInstanceID.NotFound');
  });

  check('that run have passed both status checks, in the end', async (subject) => {
    const id = await launchId(subject);
    expect(await settledStatus(subject, id)).toMatchObject({
      InstanceId: id,
      InstanceState: { Name: 'running' },
      InstanceStatus: { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] },
      SystemStatus: { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] },
    });
  });

  check('that do not run are left out of the statuses', async (subject) => {
    const dead = await launchId(subject);
    await terminate(subject, dead);
    const alive = await launchId(subject);
    await untilState(subject, alive, 'running');
    const found = (await statuses(subject, dead, alive)).InstanceStatuses ?? [];
    expect(found.map((status) => status.InstanceId)).toEqual([alive]);
  });

  check('that do not exist have no status', async (subject) => {
    expect(await outcomeOf(statuses(subject, unknownInstance))).toBe('InvalidInstanceID.NotFound');
  });

  check('show their console by id, in base64', async (subject) => {
    const id = await launchId(subject);
    await untilState(subject, id, 'running');
    const output = await eventually(
      subject,
      () => consoleOf(subject, id),
      (text) => text.includes('\n'),
    );
    expect(output).toMatch(/^[ -~]+\r?\n/);
  });

  check('that do not exist have no console', async (subject) => {
    expect(await outcomeOf(consoleOf(subject, unknownInstance))).toBe('InvalidInstanceID.NotFound');
  });

  diverging('fresh-console', async (subject) => {
    const id = await launchId(subject);
    return (await consoleOf(subject, id)).slice(0, 'Linux version'.length);
  });

  diverging('fresh-status-check', async (subject) => {
    const id = await launchId(subject);
    await untilState(subject, id, 'running');
    return (await statuses(subject, id)).InstanceStatuses?.[0]?.InstanceStatus?.Status;
  });

  diverging('attached-ebs-check', async (subject) => {
    const id = await launchId(subject);
    return (await settledStatus(subject, id))?.AttachedEbsStatus?.Status;
  });
}

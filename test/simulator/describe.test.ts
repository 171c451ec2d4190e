import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { addForeignInstance } from '../../simulator/bystanders.ts';
import { arm64Image, consistent, launch, type Rig, setUp } from './rig.ts';

async function instanceIds(rig: Rig, input: object = {}): Promise<(string | undefined)[]> {
  const answer = await rig.run(rig.ec2.send(new DescribeInstancesCommand(input)));
  return (answer.Reservations ?? []).flatMap((one) => one.Instances ?? []).map((one) => one.InstanceId);
}

describe('a Describe call', () => {
  test('may show what was before a change, never goes back, and shows the change in the end', async () => {
    const rig = setUp({ describeLag: { minMs: 5_000, maxMs: 5_000 } });
    const { instanceId } = await launch(rig);
    expect(await instanceIds(rig)).toEqual([]);
    await expect(instanceIds(rig, { InstanceIds: [instanceId] })).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
      message: `The instance ID '${instanceId}' does not exist`,
    });
    await rig.clock.runFor(5_000);
    expect(await instanceIds(rig)).toEqual([instanceId]);
  });

  test('has no influence on mutating calls, unless new ids take a while to be known', async () => {
    const lag = { minMs: 5_000, maxMs: 5_000 };
    const lenient = setUp({ describeLag: lag });
    const first = await launch(lenient);
    const terminate = (id: string) => new TerminateInstancesCommand({ InstanceIds: [id] });
    await expect(lenient.run(lenient.ec2.send(terminate(first.instanceId)))).resolves.toBeDefined();

    const strict = setUp({ referenceLag: lag });
    const { instanceId } = await launch(strict);
    await expect(strict.run(strict.ec2.send(terminate(instanceId)))).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    await strict.clock.runFor(5_000);
    await expect(strict.run(strict.ec2.send(terminate(instanceId)))).resolves.toBeDefined();
  });

  test('throws for an unknown id, finds nothing for an unknown value of a filter', async () => {
    const rig = setUp();
    const AllocationIds = [rig.zone.allocationId, 'eipalloc-0123456789abcdef0'];
    const byId = new DescribeAddressesCommand({ AllocationIds });
    await expect(rig.run(rig.ec2.send(byId))).rejects.toMatchObject({ name: 'InvalidAllocationID.NotFound' });
    const byFilter = new DescribeAddressesCommand({
      Filters: [{ Name: 'allocation-id', Values: AllocationIds }],
    });
    const found = (await rig.run(rig.ec2.send(byFilter))).Addresses ?? [];
    expect(found.map((address) => address.AllocationId)).toEqual([rig.zone.allocationId]);
    await expect(instanceIds(rig, { InstanceIds: ['i-1'] })).rejects.toMatchObject({
      name: 'InvalidInstanceID.Malformed',
    });
  });

  test('gives pages of the size asked for, each instance once', async () => {
    const rig = setUp();
    const made = Array.from({ length: 12 }, () =>
      addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId),
    );
    const seen: (string | undefined)[] = [];
    let NextToken: string | undefined;
    let pages = 0;
    do {
      const command = new DescribeInstancesCommand({ MaxResults: 5, ...(NextToken && { NextToken }) });
      const answer = await rig.run(rig.ec2.send(command));
      seen.push(...(answer.Reservations ?? []).map((one) => one.Instances?.[0]?.InstanceId));
      ({ NextToken } = answer);
      pages++;
    } while (NextToken !== undefined);
    expect(pages).toBe(3);
    expect(seen.sort()).toEqual(made.map((one) => one.instanceId).sort());
  });

  test('refuses pages that are too small, a broken token, and ids together with pages', async () => {
    const rig = setUp();
    const { instanceId } = addForeignInstance(rig.sim, rig.topology, rig.zone.publicSubnetId);
    await expect(instanceIds(rig, { MaxResults: 4 })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(instanceIds(rig, { NextToken: 'x' })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(instanceIds(rig, { InstanceIds: [instanceId], MaxResults: 5 })).rejects.toMatchObject({
      name: 'InvalidParameterCombination',
    });
  });

  test('cuts long answers up even when no page size was asked for', async () => {
    const rig = setUp({ pageSize: 3 });
    const answer = await rig.run(rig.ec2.send(new DescribeSubnetsCommand({})));
    expect(answer.Subnets).toHaveLength(3);
    expect(answer.NextToken).toBeDefined();
  });

  test('filters by tag, state and network, values being alternatives and filters all required', async () => {
    const rig = setUp();
    const at = rig.zone.publicSubnetId;
    const ours = addForeignInstance(rig.sim, rig.topology, at, { team: 'net', zone: 'a' });
    addForeignInstance(rig.sim, rig.topology, at, { team: 'web', zone: 'a' });
    const by = (...Filters: { Name: string; Values: string[] }[]) => instanceIds(rig, { Filters });
    const states = { Name: 'instance-state-name', Values: ['pending', 'running'] };
    expect(await by({ Name: 'tag:team', Values: ['net', 'other'] }, states)).toEqual([ours.instanceId]);
    expect(await by({ Name: 'tag:team', Values: ['n*'] })).toEqual([ours.instanceId]);
    expect(
      await by({ Name: 'tag:zone', Values: ['a'] }, { Name: 'vpc-id', Values: [rig.topology.vpcId] }),
    ).toHaveLength(2);
    expect(
      await by({ Name: 'tag:team', Values: ['net'] }, { Name: 'subnet-id', Values: ['subnet-0'] }),
    ).toEqual([]);
    await expect(by({ Name: 'tag:team', Values: [] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  test('or any other call that is not simulated in full says so', async () => {
    const rig = setUp();
    const notSimulated = { name: 'NotSimulated' };
    await expect(rig.run(rig.ec2.send(new DescribeVpcsCommand({})))).rejects.toMatchObject(notSimulated);
    const filter = { Filters: [{ Name: 'hypervisor', Values: ['xen'] }] };
    await expect(instanceIds(rig, filter)).rejects.toMatchObject(notSimulated);
    await expect(instanceIds(rig, { DryRun: true })).rejects.toMatchObject(notSimulated);
    const status = new DescribeInstanceStatusCommand({ IncludeManagedResources: true });
    await expect(rig.run(rig.ec2.send(status))).rejects.toMatchObject(notSimulated);
  });
});

describe('images', () => {
  async function names(rig: Rig, input: DescribeImagesCommandInput): Promise<(string | undefined)[]> {
    return ((await rig.run(rig.ec2.send(new DescribeImagesCommand(input)))).Images ?? []).map(
      (image) => image.Name,
    );
  }
  const named = (pattern: string) => [{ Name: 'name', Values: [pattern] }];

  test('are found by owner or alias, and by pattern', async () => {
    const rig = setUp();
    expect(
      await names(rig, { Owners: ['568608671756'], Filters: named('fck-nat-al2023-hvm-*-arm64-ebs') }),
    ).toEqual(['fck-nat-al2023-hvm-1.4.0-20260701-arm64-ebs']);
    expect(await names(rig, { Owners: ['amazon'], Filters: named('fck-nat-*') })).toEqual([]);
    expect(
      await names(rig, { Owners: ['amazon'], Filters: named('al2023-ami-2023.*-kernel-6.1-arm64') }),
    ).toHaveLength(2);
  });

  test('that are deprecated are hidden, unless they are named or asked for', async () => {
    const rig = setUp();
    const old = 'amzn-ami-vpc-nat-2018.03.0.20230807.0-x86_64-ebs';
    const Owners = ['amazon'];
    expect(await names(rig, { Owners, Filters: named('amzn-ami-vpc-nat*') })).toEqual([]);
    expect(
      await names(rig, { Owners, Filters: named('amzn-ami-vpc-nat*'), IncludeDeprecated: true }),
    ).toContain(old);
    expect(await names(rig, { ImageIds: [rig.topology.imageIds[old] ?? ''] })).toEqual([old]);
  });

  test('that are deregistered are gone', async () => {
    const rig = setUp(consistent);
    const id = rig.topology.imageIds[arm64Image] ?? '';
    rig.sim.deregisterImage(id);
    expect(await names(rig, { Filters: named(arm64Image) })).toEqual([]);
    await expect(names(rig, { ImageIds: [id] })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await expect(launch(rig)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });
});

describe('tags', () => {
  async function tagsOf(rig: Rig): Promise<Record<string, string | undefined>> {
    const command = new DescribeAddressesCommand({ AllocationIds: [rig.zone.allocationId] });
    const tags = (await rig.run(rig.ec2.send(command))).Addresses?.[0]?.Tags ?? [];
    return Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
  }

  test('are added, overwritten, and deleted by key or by key and value', async () => {
    const rig = setUp(consistent);
    const Resources = [rig.zone.allocationId];
    const write = (Tags: { Key: string; Value: string }[]) =>
      rig.run(rig.ec2.send(new CreateTagsCommand({ Resources, Tags })));
    const erase = (Tags: { Key: string; Value?: string }[]) =>
      rig.run(rig.ec2.send(new DeleteTagsCommand({ Resources, Tags })));
    await write([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
    await write([{ Key: 'a', Value: '3' }]);
    expect(await tagsOf(rig)).toEqual({ a: '3', b: '2' });
    await erase([{ Key: 'a', Value: 'not this' }, { Key: 'b' }]);
    expect(await tagsOf(rig)).toEqual({ a: '3' });
  });

  test('are written on all resources or on none', async () => {
    const rig = setUp(consistent);
    const Resources = [rig.zone.allocationId, 'eni-0123456789abcdef0'];
    const write = new CreateTagsCommand({ Resources, Tags: [{ Key: 'a', Value: '1' }] });
    await expect(rig.run(rig.ec2.send(write))).rejects.toMatchObject({
      name: 'InvalidNetworkInterfaceID.NotFound',
    });
    expect(await tagsOf(rig)).toEqual({});
  });

  test('have reserved keys and a limit', async () => {
    const rig = setUp();
    const Resources = [rig.zone.allocationId];
    const write = (keys: string[]) => {
      const Tags = keys.map((Key) => ({ Key, Value: '' }));
      return rig.run(rig.ec2.send(new CreateTagsCommand({ Resources, Tags })));
    };
    await expect(write(['aws:x'])).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    const many = Array.from({ length: 51 }, (_, index) => `key ${index}`);
    await expect(write(many)).rejects.toMatchObject({ name: 'TagLimitExceeded' });
  });
});

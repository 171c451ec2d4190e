import { gunzipSync } from 'node:zlib';
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstanceAttributeCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { type Deployment, scheduledEvent, stateChange } from './deployment.ts';
import { motoEndpoint } from './endpoint.ts';
import { expectServed, expectSettled, fresh, settled } from './expectations.ts';
import { soleInstance, zoneState } from './zone-state.ts';

// The bundle as it ships, in a process of its own, against an EC2 that we did not write, over HTTP. moto has no time
// and no failures, so this says whether the calls are right, not whether a failover is fast or safe.

async function terminate({ ec2 }: Deployment, instanceId: string): Promise<void> {
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
}

describe('the first run', () => {
  test('aims Elastic IP and route at a new interface, and launches on it', async () => {
    const deployment = await fresh();
    const { report, mutations } = await deployment.invoke(scheduledEvent());
    expect(report.outcome).toBe('settled');
    expectServed(await zoneState(deployment));
    const last = mutations.indexOf('RunInstances');
    expect(mutations.slice(0, last).sort()).toEqual([
      'AssociateAddress',
      'CreateNetworkInterface',
      'CreateRoute',
      'ModifyNetworkInterfaceAttribute',
    ]);
    await expectSettled(deployment);
  });

  test('launches what it is meant to launch', async () => {
    const deployment = await settled();
    const { ec2, stack, vpc, zones } = deployment;
    const { running, interfacesInUse } = await zoneState(deployment);
    const [instance] = running;
    expect(instance).toMatchObject({
      InstanceType: 't4g.nano',
      SubnetId: zones[0]?.publicSubnetId,
      MetadataOptions: { HttpTokens: 'required' },
    });
    expect(interfacesInUse).toMatchObject([{ Groups: [{ GroupId: vpc.securityGroupId }] }]);
    expect(instance?.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'phoenat:stack', Value: stack },
        { Key: 'phoenat:zone', Value: 'a' },
      ]),
    );
    const byInstance = [{ Name: 'attachment.instance-id', Values: [instance?.InstanceId ?? ''] }];
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters: byInstance }));
    expect(Volumes).toMatchObject([{ Encrypted: true, VolumeType: 'gp3', Size: 8 }]);
    const attribute = { InstanceId: instance?.InstanceId ?? '', Attribute: 'userData' as const };
    const { UserData } = await ec2.send(new DescribeInstanceAttributeCommand(attribute));
    const userData = gunzipSync(Buffer.from(UserData?.Value ?? '', 'base64')).toString();
    expect(userData).toMatch(/^#cloud-config.*masquerade/s);
  });

  test('asks for Spot where that is set, and sees that it has it', async () => {
    const deployment = await settled({ env: { PHOENAT_MARKET_TYPE: 'spot' } });
    const { running } = await zoneState(deployment);
    expect(running.map(({ InstanceLifecycle }) => InstanceLifecycle)).toEqual(['spot']);
    const { report } = await deployment.invoke(scheduledEvent());
    expect(report.zones[0]?.primary?.market).toBe('spot');
    await expectSettled(deployment);
  });

  test('serves two zones, each with its own', async () => {
    const deployment = await settled({ letters: ['a', 'b'] });
    const states = [await zoneState(deployment, 0), await zoneState(deployment, 1)];
    for (const state of states) expectServed(state);
    await expectSettled(deployment);
  });

  test('tells CloudWatch', async () => {
    const { stack } = await settled();
    const cloudWatch = new CloudWatchClient({ endpoint: motoEndpoint(process.env['AWS_ENDPOINT_URL']) });
    const { Metrics } = await cloudWatch.send(new ListMetricsCommand({ Namespace: 'Phoenat' }));
    const stacks = (Metrics ?? []).flatMap((metric) => metric.Dimensions?.map(({ Value }) => Value));
    expect(stacks).toContain(stack);
  });
});

describe('a failover', () => {
  test.each([
    ['alone', ['a']] as const,
    ['with a neighbour', ['a', 'b']] as const,
    ['among six', zoneLetters] as const,
  ])('of a zone %s', async (_case, letters) => {
    const deployment = await settled({ letters });
    const before = soleInstance(await zoneState(deployment));
    await terminate(deployment, before.instanceId);
    const { report } = await deployment.invoke(stateChange(before.instanceId, 'shutting-down'));
    expect(report.zones[0]?.health).toBe('healthy');
    const after = await zoneState(deployment);
    expectServed(after);
    expect(soleInstance(after).instanceId).not.toBe(before.instanceId);
    // The run that has healed the zone leaves the removal to the next one.
    await deployment.invoke(scheduledEvent());
    expect((await zoneState(deployment)).taggedInterfaceIds).not.toContain(before.interfaceId);
    await expectSettled(deployment);
  });

  test('by order makes before it breaks', async () => {
    const deployment = await settled();
    const before = soleInstance(await zoneState(deployment));
    const mutations = await runUntil(deployment, { action: 'rebuild', zone: 'a' }, 'TerminateInstances');
    const after = await zoneState(deployment);
    expectServed(after);
    expect(soleInstance(after).instanceId).not.toBe(before.instanceId);
    // moto shows no public address of a candidate's own, as of one that was led back: all is asked for as it is first.
    const move = ['ReplaceRoute', 'AssociateAddress'];
    const order = ['RunInstances', ...move, ...move, 'TerminateInstances'];
    expect(mutations.filter((name) => order.includes(name))).toEqual(order);
    await expectSettled(deployment);
  });
});

/** A first run and those of the next minutes, until one has made the call; gives what all of them changed. */
async function runUntil(deployment: Deployment, first: object, call: string): Promise<string[]> {
  const mutations = [...(await deployment.invoke(first)).mutations];
  for (let runs = 1; runs < 5 && !mutations.includes(call); runs += 1) {
    mutations.push(...(await deployment.invoke(scheduledEvent())).mutations);
  }
  return mutations;
}

describe('beside a NAT gateway', () => {
  test('the routes are taken over, and restore gives them back', async () => {
    const deployment = await settled({ natGateways: true });
    const natGatewayId = deployment.zones[0]?.natGatewayId;
    const adopted = await zoneState(deployment);
    expectServed(adopted);
    expect(adopted.routeTableTags).toEqual({
      'phoenat:restore-target': natGatewayId,
      'phoenat:taken-over': expect.stringMatching(/^\S+ \d{10}$/),
    });

    const { mutations } = await deployment.invoke({ action: 'restore', zone: 'a' });
    // The route, then the pause, then the route once more: a run beside this one may have taken it back in between.
    expect(mutations).toEqual(['ReplaceRoute', 'CreateTags', 'ReplaceRoute']);
    const restored = await zoneState(deployment);
    expect(restored.routes).toEqual([natGatewayId]);
    expect(restored.addressTags).toHaveProperty('phoenat:paused');

    // Paused: the next minute does not take the routes away again.
    const { mutations: later } = await deployment.invoke(scheduledEvent());
    expect(later).toEqual([]);

    await deployment.invoke({ action: 'resume', zone: 'a' });
    await deployment.invoke(scheduledEvent());
    expectServed(await zoneState(deployment));
  });
});

describe('commands', () => {
  test('status and dry runs change nothing', async () => {
    const deployment = await settled();
    const status = await deployment.invoke({ action: 'status' });
    expect(status.mutations).toEqual([]);
    expect(status.report.zones[0]?.health).toBe('healthy');
    const dryRun = await deployment.invoke({ action: 'rebuild', zone: 'a', dryRun: true });
    expect(dryRun.mutations).toEqual([]);
    expect(dryRun.report.outcome).toBe('planned');
  });

  test('pause keeps a broken zone as it is, until it is resumed', async () => {
    const deployment = await settled();
    await deployment.invoke({ action: 'pause', zone: 'a' });
    const { instanceId } = soleInstance(await zoneState(deployment));
    await terminate(deployment, instanceId);
    const { mutations } = await deployment.invoke(stateChange(instanceId, 'shutting-down'));
    expect(mutations).toEqual([]);
    await deployment.invoke({ action: 'resume', zone: 'a' });
    await deployment.invoke(scheduledEvent());
    expectServed(await zoneState(deployment));
  });
});

describe('what the handler refuses', () => {
  test('is an environment with mistakes, before any call', async () => {
    const deployment = await fresh({ env: { PHOENAT_VPC_ID: 'vpc-nowhere' } });
    await expect(deployment.invoke(scheduledEvent())).rejects.toThrow(/SettingsError.*PHOENAT_VPC_ID/s);
  });

  test('is an event that it does not know', async () => {
    const deployment = await fresh();
    await expect(deployment.invoke({ source: 'aws.s3' })).rejects.toThrow(/UnknownEventError/);
  });

  test('an AMI pattern that matches nothing is named, and nothing is launched', async () => {
    const deployment = await fresh({ env: { PHOENAT_AMI: 'amazon:no-such-image-*' } });
    const { report, mutations } = await deployment.invoke(scheduledEvent());
    expect(report.outcome).toBe('attention');
    expect(JSON.stringify(report.zones[0]?.findings)).toContain('no-such-image-*');
    expect(mutations).not.toContain('RunInstances');
  });
});

import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateNetworkInterfaceCommand,
  DeleteRouteCommand,
  DescribeAddressesCommand,
  DescribeInstanceAttributeCommand,
  DescribeVolumesCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Deployment,
  type DeploymentOptions,
  deploy,
  scheduledEvent,
  stateChange,
} from './deployment.ts';
import { motoEndpoint } from './endpoint.ts';
import { soleInstance, type ZoneState, zoneState } from './zone-state.ts';

// The bundle as it ships, in a process of its own, against an EC2 that we did not write, over HTTP. moto has no time
// and no failures, so this says whether the calls are right, not whether a failover is fast or safe.

const open: Deployment[] = [];

async function fresh(options?: DeploymentOptions): Promise<Deployment> {
  const deployment = await deploy(options);
  open.push(deployment);
  return deployment;
}

/** A deployment whose zone has its first instance. */
async function settled(options?: DeploymentOptions): Promise<Deployment> {
  const deployment = await fresh(options);
  const { report } = await deployment.invoke(scheduledEvent());
  expect(report.outcome).toBe('settled');
  return deployment;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((deployment) => deployment.close()));
});

/** The zone has one instance, and everything is aimed at it. */
function expectServed(state: ZoneState): void {
  const { interfaceId } = soleInstance(state);
  expect(state.addressOn).toBe(interfaceId);
  expect(state.routes).toEqual([interfaceId]);
  const own = state.interfaces.find((one) => one.NetworkInterfaceId === interfaceId);
  expect(own?.SourceDestCheck).toBe(false);
}

async function expectSettled(deployment: Deployment): Promise<void> {
  const { report, mutations } = await deployment.invoke(scheduledEvent());
  expect(report.outcome).toBe('settled');
  expect(mutations).toEqual([]);
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
    const [instance] = (await zoneState(deployment)).running;
    expect(instance).toMatchObject({
      InstanceType: 't4g.nano',
      SubnetId: zones[0]?.publicSubnetId,
      MetadataOptions: { HttpTokens: 'required' },
      SecurityGroups: [{ GroupId: vpc.securityGroupId }],
    });
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
    expect(Buffer.from(UserData?.Value ?? '', 'base64').toString()).toMatch(/^#cloud-config[^]*masquerade/);
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
  test.each([1, 2])('of a zone that is one of %i', async (count) => {
    const deployment = await settled({ letters: count === 1 ? ['a'] : ['a', 'b'] });
    const before = soleInstance(await zoneState(deployment));
    const InstanceIds = [before.instanceId];
    await deployment.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    const { report } = await deployment.invoke(stateChange(before.instanceId, 'shutting-down'));
    expect(report.zones[0]?.health).toBe('healthy');
    const after = await zoneState(deployment);
    expectServed(after);
    expect(soleInstance(after).instanceId).not.toBe(before.instanceId);
    await expectSettled(deployment);
  });

  test('by order makes before it breaks', async () => {
    const deployment = await settled();
    const before = soleInstance(await zoneState(deployment));
    const { mutations } = await deployment.invoke({ action: 'rebuild', zone: 'a' });
    const after = await zoneState(deployment);
    expectServed(after);
    expect(soleInstance(after).instanceId).not.toBe(before.instanceId);
    const order = ['RunInstances', 'ReplaceRoute', 'AssociateAddress', 'TerminateInstances'];
    expect(mutations.filter((name) => order.includes(name))).toEqual(order);
    await expectSettled(deployment);
  });
});

type Spoil = (deployment: Deployment, state: ZoneState) => Promise<unknown>;

const drifts: readonly (readonly [string, Spoil, string])[] = [
  [
    'the source/destination check switched on',
    ({ ec2 }, state) =>
      ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: soleInstance(state).interfaceId,
          SourceDestCheck: { Value: true },
        }),
      ),
    'ModifyNetworkInterfaceAttribute',
  ],
  [
    'the Elastic IP taken off',
    async ({ ec2, zones }) => {
      const AllocationIds = zones.map((zone) => zone.allocationId);
      const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds }));
      const AssociationId = Addresses?.[0]?.AssociationId;
      await ec2.send(new DisassociateAddressCommand({ AssociationId }));
    },
    'AssociateAddress',
  ],
  [
    'the route deleted',
    ({ ec2, zones }) =>
      ec2.send(
        new DeleteRouteCommand({
          RouteTableId: zones[0]?.privateRouteTableId,
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    'CreateRoute',
  ],
  [
    'the route pointed elsewhere',
    async ({ ec2, zones }) => {
      const [zone] = zones;
      const foreign = new CreateNetworkInterfaceCommand({ SubnetId: zone?.publicSubnetId });
      const { NetworkInterface } = await ec2.send(foreign);
      await ec2.send(
        new ReplaceRouteCommand({
          RouteTableId: zone?.privateRouteTableId,
          DestinationCidrBlock: '0.0.0.0/0',
          NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
        }),
      );
    },
    'ReplaceRoute',
  ],
];

describe('drift', () => {
  test.each(drifts)('%s is repaired with one call', async (_case, spoil, repair) => {
    const deployment = await settled();
    const before = await zoneState(deployment);
    await spoil(deployment, before);
    const { mutations } = await deployment.invoke(scheduledEvent());
    expect(mutations).toEqual([repair]);
    const after = await zoneState(deployment);
    expectServed(after);
    expect(soleInstance(after)).toEqual(soleInstance(before));
    await expectSettled(deployment);
  });
});

describe('beside a NAT gateway', () => {
  test('the routes are taken over, and restore gives them back', async () => {
    const deployment = await settled({ natGateways: true });
    const natGatewayId = deployment.zones[0]?.natGatewayId;
    const adopted = await zoneState(deployment);
    expectServed(adopted);
    expect(adopted.routeTableTags).toEqual({ 'phoenat:restore-target': natGatewayId });

    const { mutations } = await deployment.invoke({ action: 'restore', zone: 'a' });
    expect([...mutations].sort()).toEqual(['CreateTags', 'ReplaceRoute']);
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
    await deployment.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
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

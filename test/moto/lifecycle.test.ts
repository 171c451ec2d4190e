import { readFileSync } from 'node:fs';
import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Deployment, deploy, scheduledEvent } from './deployment.ts';
import { type Delivery, type ResponseEndpoint, startResponseEndpoint } from './response-endpoint.ts';
import { soleInstance, zoneState } from './zone-state.ts';

// The lifecycle function's bundle as it ships, driven with CloudFormation's own request documents, against an EC2 that we
// did not write, over HTTP: a stack's life from creation to deletion.

let endpoint: ResponseEndpoint;

beforeAll(async () => {
  endpoint = await startResponseEndpoint();
});

afterAll(async () => {
  await endpoint.close();
});

type RequestName = 'create' | 'update' | 'delete';

/** CloudFormation's document with this deployment's values, and where it wants the answer. */
function request(name: RequestName, { zones }: Deployment): object {
  const url = new URL(`../fixtures/cloudformation/${name}.json`, import.meta.url);
  const document = JSON.parse(readFileSync(url, 'utf8'));
  const Addresses = zones.map(({ allocationId }) => allocationId);
  return {
    ...document,
    ResponseURL: endpoint.url,
    ResourceProperties: { ...document.ResourceProperties, Addresses },
    ...(name === 'update' ? { OldResourceProperties: { ...document.OldResourceProperties, Addresses } } : {}),
  };
}

async function answerTo(
  name: RequestName,
  deployment: Deployment,
  env?: Readonly<Record<string, string>>,
): Promise<Delivery | undefined> {
  await deployment.invokeLifecycle(request(name, deployment), env);
  const deliveries = endpoint.take();
  expect(deliveries).toHaveLength(1);
  return deliveries[0];
}

/** Ids of everything that carries the stack's tag and is not gone. */
async function leftovers({ ec2, stack }: Deployment): Promise<string[]> {
  const Filters = [{ Name: 'tag:phoenat:stack', Values: [stack] }];
  const states = { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] };
  const instances = await ec2.send(new DescribeInstancesCommand({ Filters: [...Filters, states] }));
  const interfaces = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
  return [
    ...(instances.Reservations ?? [])
      .flatMap((one) => one.Instances ?? [])
      .map((one) => one.InstanceId ?? ''),
    ...(interfaces.NetworkInterfaces ?? []).map((one) => one.NetworkInterfaceId ?? ''),
  ];
}

describe.each([
  ['a NAT gateway', true],
  ['no default route', false],
])('a stack where there was %s before', (_what, natGateways) => {
  test('is created, changed and deleted, and nothing is left', { timeout: 240_000 }, async () => {
    const deployment = await deploy({ letters: ['a', 'b'], natGateways });
    const found = [await zoneState(deployment, 0), await zoneState(deployment, 1)];

    const created = await answerTo('create', deployment);
    expect(created).toMatchObject({
      method: 'PUT',
      contentType: undefined,
      body: {
        Status: 'SUCCESS',
        PhysicalResourceId: 'phoenat-Zones',
        RequestId: 'e1bd8a5b-4a3f-4d43-a3a4-2b6ecb1ad7d4',
        LogicalResourceId: 'Zones',
      },
    });
    const before = soleInstance(await zoneState(deployment));
    expect((await deployment.invoke(scheduledEvent())).mutations).toEqual([]);

    const updated = await answerTo('update', deployment, { PHOENAT_INSTANCE_TYPES: 't4g.micro' });
    expect(updated?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'phoenat-Zones' });
    const after = await zoneState(deployment);
    expect(after.running).toMatchObject([{ InstanceType: 't4g.micro' }]);
    expect(soleInstance(after).instanceId).not.toBe(before.instanceId);

    const deleted = await answerTo('delete', deployment, { PHOENAT_INSTANCE_TYPES: 't4g.micro' });
    expect(deleted?.body).toMatchObject({ Status: 'SUCCESS' });
    expect(await leftovers(deployment)).toEqual([]);
    for (const [index, zone] of found.entries()) {
      const now = await zoneState(deployment, index);
      expect([now.routes, now.routeTableTags, now.addressTags]).toEqual([
        zone.routes,
        zone.routeTableTags,
        zone.addressTags,
      ]);
    }
    await deployment.close();
  });
});

describe('a stack that cannot work', () => {
  test.each([
    ['PHOENAT_INSTANCE_TYPES', 't9.nano', /instance type t9\.nano does not exist in this Region/],
    ['PHOENAT_AMI', 'self:nobody-has-*', /no arm64 image matches owner self, name nobody-has-\*/],
    ['PHOENAT_VPC_ID', 'vpc-0123456789abcdef0', /is in vpc-[0-9a-f]+, not in vpc-0123456789abcdef0/],
  ])('for its %s is refused before anything is made', async (name, value, reason) => {
    const deployment = await deploy();
    const answer = await answerTo('create', deployment, { [name]: value });

    expect(answer?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
    expect(await leftovers(deployment)).toEqual([]);
    await deployment.close();
  });
});

import {
  AssociateAddressCommand,
  CreateTagsCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { consistent, launch, launchInput, type Rig, setUp } from './rig.ts';

const describeInstances = () => new DescribeInstancesCommand({ MaxResults: 1_000 });
async function instanceCount(rig: Rig): Promise<number> {
  const watcher = rig.sim.client({ name: 'watcher' });
  return (await rig.run(watcher.send(describeInstances()))).Reservations?.length ?? 0;
}

describe('a fault', () => {
  test('of kind error is thrown as an SDK exception, so many times, and nothing happens', async () => {
    const rig = setUp(consistent);
    const fault = { kind: 'error', code: 'VcpuLimitExceeded', message: 'too many' } as const;
    const handle = rig.sim.inject({ call: 'RunInstances', times: 1, fault });
    await expect(launch(rig)).rejects.toMatchObject({
      name: 'VcpuLimitExceeded',
      message: 'too many',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
    expect(await instanceCount(rig)).toBe(0);
    await launch(rig);
    expect(handle.hits()).toBe(1);
    expect(await instanceCount(rig)).toBe(1);
  });

  test('of kind throttle is RequestLimitExceeded, HTTP 503', async () => {
    const rig = setUp();
    rig.sim.inject({ call: 'DescribeSubnets', fault: { kind: 'throttle' } });
    const attempt = rig.run(rig.ec2.send(new DescribeSubnetsCommand({})));
    await expect(attempt).rejects.toMatchObject({
      name: 'RequestLimitExceeded',
      $metadata: { httpStatusCode: 503 },
    });
  });

  test('of kind lost-answer: the caller sees a time-out, the call happened', async () => {
    const rig = setUp(consistent);
    rig.sim.inject({ call: 'RunInstances', fault: { kind: 'lost-answer', afterMs: 5_000 } });
    const sentAt = rig.clock.now();
    await expect(launch(rig)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(rig.clock.now()).toBe(sentAt + 5_000);
    expect(await instanceCount(rig)).toBe(1);
    expect(rig.sim.calls[0]).toMatchObject({
      name: 'RunInstances',
      outcome: 'lost',
      answeredAt: sentAt + 5_000,
    });
  });

  test.each([
    [true, 1],
    [false, 0],
  ])(
    'of kind silence ends with the caller’s patience; that the call happened is %s',
    async (happens, made) => {
      const rig = setUp(consistent);
      rig.sim.inject({ call: 'RunInstances', fault: { kind: 'silence', happens } });
      const patient = rig.sim.client({ requestTimeoutMs: 10_000, tries: 3 });
      const sentAt = rig.clock.now();
      const attempt = rig.run(patient.send(new RunInstancesCommand(launchInput(rig))));

      await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(rig.clock.now()).toBe(sentAt + 30_000);
      expect(await instanceCount(rig)).toBe(made);
    },
  );

  test('of kind endless: there is a next page, however often it is asked for', async () => {
    const rig = setUp();
    rig.sim.inject({ call: 'DescribeSubnets', fault: { kind: 'endless' } });
    const page = (NextToken?: string) => rig.run(rig.ec2.send(new DescribeSubnetsCommand({ NextToken })));
    const first = await page();

    expect((await page(first.NextToken)).NextToken).toBe(first.NextToken);
    expect(first.NextToken).toBeDefined();
  });

  test('of kind lost-request: the same time-out, but nothing happened', async () => {
    const rig = setUp(consistent);
    rig.sim.inject({ call: 'RunInstances', fault: { kind: 'lost-request', afterMs: 5_000 } });
    await expect(launch(rig)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await instanceCount(rig)).toBe(0);
  });

  test('of kind slow delays the answer, not what the call does', async () => {
    const rig = setUp(consistent);
    rig.sim.inject({ call: 'RunInstances', fault: { kind: 'slow', ms: 60_000 } });
    const sentAt = rig.clock.now();
    const slow = launch(rig);
    await slow;
    expect(rig.clock.now() - sentAt).toBeGreaterThan(61_000);
    const [instance] = rig.sim.region.store.instances.current.all();
    expect(instance?.launchedAt).toBeLessThan(sentAt + 3_000);
  });

  test('of kind partial strips the answer', async () => {
    const rig = setUp();
    rig.sim.inject({
      call: 'DescribeAddresses',
      fault: {
        kind: 'partial',
        strip: (output) => ({ Addresses: (output.Addresses ?? []).map(({ PublicIp, ...rest }) => rest) }),
      },
    });
    const answer = await rig.run(rig.ec2.send(new DescribeAddressesCommand({})));
    expect(answer.Addresses).toHaveLength(2);
    expect(answer.Addresses?.every((address) => address.PublicIp === undefined)).toBe(true);
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('of kind crash, %s the call: the client is dead from then on', async (when, launched) => {
    const rig = setUp(consistent);
    rig.sim.inject({ call: 'RunInstances', client: 'controller', fault: { kind: 'crash', when } });
    await expect(launch(rig)).rejects.toMatchObject({ name: 'ClientCrashed' });
    expect(await instanceCount(rig)).toBe(launched);
    await expect(rig.run(rig.ec2.send(describeInstances()))).rejects.toMatchObject({ name: 'ClientCrashed' });
    await expect(launch(rig)).rejects.toMatchObject({ name: 'ClientCrashed' });
    await rig.clock.runFor(5_000);
    expect(await instanceCount(rig)).toBe(launched);
    const successor = rig.sim.client({ name: 'successor' });
    await expect(rig.run(successor.send(describeInstances()))).resolves.toBeDefined();
  });

  test('hits only the calls and the client that it is meant for, until it is removed', async () => {
    const rig = setUp();
    const handle = rig.sim.inject({
      call: 'DescribeSubnets',
      client: 'one',
      when: (input) => input.SubnetIds?.includes(rig.zone.publicSubnetId) ?? false,
      fault: { kind: 'throttle' },
    });
    const meant = new DescribeSubnetsCommand({ SubnetIds: [rig.zone.publicSubnetId] });
    const one = rig.sim.client({ name: 'one' });
    await expect(rig.run(one.send(meant))).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    await expect(rig.run(one.send(new DescribeSubnetsCommand({})))).resolves.toBeDefined();
    await expect(rig.run(rig.ec2.send(meant))).resolves.toBeDefined();
    handle.remove();
    await expect(rig.run(one.send(meant))).resolves.toBeDefined();
  });

  test('can wait for whichever call comes', async () => {
    const rig = setUp();
    const fault = { kind: 'error', code: 'InternalError' } as const;
    rig.sim.injectEverywhere({ call: '*', when: (name) => rig.sim.isMutating(name), times: 1, fault });
    await expect(rig.run(rig.ec2.send(describeInstances()))).resolves.toBeDefined();
    await expect(launch(rig)).rejects.toMatchObject({ name: 'InternalError', $fault: 'server' });
    await expect(launch(rig)).resolves.toBeDefined();
  });

  test('is over when all are removed', async () => {
    const rig = setUp();
    rig.sim.inject({ call: 'RunInstances', fault: { kind: 'throttle' } });
    rig.sim.withoutCapacity('t4g.nano', rig.zone.name);
    rig.sim.removeAllFaults();
    await expect(launch(rig)).resolves.toBeDefined();
  });
});

describe('a client', () => {
  test('gives up at its own time-out, while the call goes on', async () => {
    const rig = setUp(consistent);
    const hasty = rig.sim.client({ name: 'hasty', requestTimeoutMs: 500 });
    const sentAt = rig.clock.now();
    const attempt = rig.run(hasty.send(new RunInstancesCommand(launchInput(rig))));
    await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(rig.clock.now()).toBe(sentAt + 500);
    await rig.clock.runFor(3_000);
    expect(await instanceCount(rig)).toBe(1);
  });

  test('can be told to give up', async () => {
    const rig = setUp();
    const giveUp = new AbortController();
    rig.clock.at(rig.clock.now() + 10, () => giveUp.abort());
    const attempt = rig.ec2.send(describeInstances(), { abortSignal: giveUp.signal });
    await expect(rig.run(attempt)).rejects.toMatchObject({ name: 'AbortError' });
    expect(rig.sim.calls[0]?.outcome).toBe('lost');
  });

  test('is throttled at the documented rates, and served again once the bucket refills', async () => {
    const rig = setUp();
    const send = () => {
      const input = { Resources: [rig.zone.allocationId], Tags: [{ Key: 'a', Value: 'b' }] };
      return rig.ec2.send(new CreateTagsCommand(input));
    };
    const results = await rig.run(Promise.allSettled(Array.from({ length: 120 }, send)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(15);
    expect(refused.length).toBeLessThanOrEqual(20);
    expect(refused[0]).toMatchObject({ reason: { name: 'RequestLimitExceeded' } });
    await rig.clock.runFor(1_000);
    await expect(rig.run(send())).resolves.toBeDefined();
  });

  test('leaves a log of what it sent, when, and what came of it', async () => {
    const rig = setUp();
    await expect(launch(rig, { ImageId: 'ami-x' })).rejects.toThrow();
    await rig.run(rig.ec2.send(describeInstances()));
    const pending = rig.ec2.send(new AssociateAddressCommand({ AllocationId: rig.zone.allocationId }));
    expect(rig.sim.calls.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'RunInstances InvalidAMIID.Malformed',
      'DescribeInstances ok',
      'AssociateAddress under way',
    ]);
    const [launchCall] = rig.sim.calls.filter((call) => call.name === 'RunInstances');
    expect(launchCall?.input.ImageId).toBe('ami-x');
    expect(rig.sim.calls[1]).toMatchObject({ clientName: 'controller', input: { MaxResults: 1_000 } });
    await expect(rig.run(pending)).rejects.toThrow();
  });
});

test('the same seed and the same calls give the same run', async () => {
  const trace = async () => {
    const rig = setUp();
    const events: string[] = [];
    rig.sim.onEvent((event) => events.push(`${rig.clock.now()} ${event.id} ${JSON.stringify(event.detail)}`));
    const { instanceId } = await launch(rig);
    await rig.clock.runFor(60_000);
    rig.sim.terminateInstance(instanceId);
    await rig.clock.runFor(60_000);
    return { events, calls: rig.sim.calls };
  };
  const first = await trace();
  expect(first.events.length).toBeGreaterThanOrEqual(4);
  expect(await trace()).toEqual(first);
});

import { describe, expect, it } from 'vitest';
import { parseInstance, parseStatus } from '../../../shared/aws/parse-instances.ts';

describe('an instance without our tags', () => {
  const bare = (name: 'shutting-down' | 'terminated') =>
    parseInstance({ InstanceId: 'i-000000a1', State: { Name: name }, SubnetId: 'subnet-000000a0' }, []);

  it('is nobody’s once it is terminated, for EC2 takes its tags away then', () => {
    expect(bare('terminated')).toEqual({ ignored: true });
  });

  it('is unreadable before where it lacks what EC2 always sends', () => {
    expect(bare('shutting-down')).toMatchObject({ flaw: { about: ['subnet-000000a0'] } });
  });
});

describe('when an interface was put back', () => {
  const putBackAt = (value: string | undefined) => {
    const parsed = parseInstance(
      {
        InstanceId: 'i-000000a1',
        State: { Name: 'running' },
        ImageId: 'ami-00000001',
        Architecture: 'arm64',
        InstanceType: 't4g.nano',
        LaunchTime: new Date(0),
        Tags: value === undefined ? [] : [{ Key: 'phoenat:put-back', Value: value }],
      },
      [],
    );
    return 'value' in parsed ? parsed.value.putBackAt : [];
  };

  it('is read from the tag, without what is no time', () => {
    expect(putBackAt('1795401710 soon 1795401703 99999999999999')).toEqual([
      1_795_401_710_000, 1_795_401_703_000,
    ]);
    expect([putBackAt('never'), putBackAt(undefined)]).toEqual([undefined, undefined]);
  });
});

describe('scheduled events', () => {
  const eventsOf = (description: string) => {
    const parsed = parseStatus({
      InstanceId: 'i-000000a1',
      SystemStatus: { Status: 'ok' },
      InstanceStatus: { Status: 'ok' },
      Events: [{ Code: 'instance-retirement', Description: description }],
    });
    return 'value' in parsed ? parsed.value.events : undefined;
  };

  it.each([
    ['The instance is running on degraded hardware', 1],
    ['[Completed] The instance is running on degraded hardware', 0],
    ['[Canceled] The instance is running on degraded hardware', 0],
    ['No longer [Canceled]', 1],
  ])('are over where the description says so: %s', (description, count) => {
    expect(eventsOf(description)).toHaveLength(count);
  });
});

describe('since when a check fails', () => {
  const details = (seconds: number) => [{ ImpairedSince: new Date(seconds * 1_000) }];
  const since = (system: 'ok' | 'impaired', instance: 'ok' | 'impaired') => {
    const parsed = parseStatus({
      InstanceId: 'i-000000a1',
      SystemStatus: { Status: system, Details: details(100) },
      InstanceStatus: { Status: instance, Details: details(200) },
    });
    return 'value' in parsed ? parsed.value.impairedSince : undefined;
  };

  it('is the earlier of those that fail, whatever the others say', () => {
    expect(since('impaired', 'impaired')).toBe(100_000);
    expect(since('ok', 'impaired')).toBe(200_000);
    expect(since('ok', 'ok')).toBeUndefined();
  });
});

it('the private address is the primary interface’s', () => {
  const parsed = parseInstance(
    {
      InstanceId: 'i-000000a1',
      State: { Name: 'running' },
      ImageId: 'ami-000000a1',
      Architecture: 'arm64',
      InstanceType: 't4g.nano',
      LaunchTime: new Date(0),
      NetworkInterfaces: [
        { Attachment: { DeviceIndex: 1 }, PrivateIpAddress: '10.0.0.6' },
        { Attachment: { DeviceIndex: 0 }, PrivateIpAddress: '10.0.0.5' },
      ],
    },
    [],
  );
  expect(parsed).toMatchObject({ value: { privateIp: '10.0.0.5' } });
});

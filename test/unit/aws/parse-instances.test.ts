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

describe('a note on an instance', () => {
  const parsed = (Key: string, Value: string) => {
    const entry = parseInstance(
      {
        InstanceId: 'i-000000a1',
        State: { Name: 'running' },
        ImageId: 'ami-00000001',
        Architecture: 'arm64',
        InstanceType: 't4g.nano',
        LaunchTime: new Date(0),
        Tags: [{ Key, Value }],
      },
      [],
    );
    return 'value' in entry ? entry.value : undefined;
  };

  it('says when its interface was put back; what is no time is passed over', () => {
    expect(parsed('phoenat:put-back', '1795401710 soon 1795401703 99999999999999')?.putBackAt).toEqual([
      1_795_401_710_000, 1_795_401_703_000,
    ]);
    expect(parsed('phoenat:put-back', 'never')).not.toHaveProperty('putBackAt');
  });

  it('says what EC2 would not move to it, where it says all of it', () => {
    expect(
      parsed('phoenat:move-refused', 'rtb-000000a1 UnauthorizedOperation 1795401710')?.moveRefused,
    ).toEqual({
      of: 'rtb-000000a1',
      code: 'UnauthorizedOperation',
      at: [1_795_401_710_000],
    });
    for (const odd of [
      '',
      'rtb-000000a1',
      'rtb-000000a1 x',
      'vpc-1 x 1795401710',
      'rtb-000000a1 \u001b 1795401710',
    ]) {
      expect(parsed('phoenat:move-refused', odd)).not.toHaveProperty('moveRefused');
    }
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

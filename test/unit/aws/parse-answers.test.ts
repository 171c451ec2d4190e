import { describe, expect, it } from 'vitest';
import { parseInstance, parseStatus } from '../../../shared/aws/parse-instances.ts';
import { parseRouteTable } from '../../../shared/aws/parse-network.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';

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

describe('a route table', () => {
  const table = { RouteTableId: 'rtb-000000a1', VpcId: 'vpc-00000001' };

  it('has a default route to everywhere, and not to half of it', () => {
    const half = { DestinationCidrBlock: '0.0.0.0/1', GatewayId: 'igw-00000001', State: 'active' } as const;
    const whole = {
      DestinationCidrBlock: '0.0.0.0/0',
      NatGatewayId: 'nat-00000001',
      State: 'active',
    } as const;

    expect(parseRouteTable({ ...table, Routes: [half] })).toMatchObject({ value: { main: false } });
    expect(parseRouteTable({ ...table, Routes: [half] })).not.toHaveProperty('value.defaultRoute');
    expect(parseRouteTable({ ...table, Routes: [half, whole] })).toMatchObject({
      value: { defaultRoute: { target: { kind: 'nat-gateway' } } },
    });
  });

  it('is never put back to an internet gateway, whatever its note says', () => {
    const noted = (Value: string) =>
      parseRouteTable({ ...table, Routes: [], Tags: [{ Key: tagKeys.remembered, Value }] });

    expect(noted('igw-00000001')).toMatchObject({ value: { oddNote: 'igw-00000001' } });
    expect(noted('igw-00000001')).not.toHaveProperty('value.remembered');
    expect(noted('nat-00000001')).toMatchObject({ value: { remembered: { kind: 'nat-gateway' } } });
  });

  it('that cannot be read is about its subnets, and about any where it is the main one', () => {
    const named = { SubnetId: 'subnet-000000a1' };

    expect(parseRouteTable({ ...table, Associations: [named] })).toMatchObject({
      flaw: { about: ['subnet-000000a1'] },
    });
    expect(parseRouteTable({ ...table, Associations: [named, { Main: true }] })).toMatchObject({
      flaw: { about: [] },
    });
  });
});

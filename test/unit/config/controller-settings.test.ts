import { describe, expect, it } from 'vitest';
import { type Environment, parseSettings } from '../../../shared/config/controller-settings.ts';
import { SettingsError } from '../../../shared/config/problems.ts';
import { dayMs, secondMs } from '../../../shared/core/time.ts';

const zone = {
  name: 'a',
  publicSubnet: 'subnet-00000001',
  privateSubnets: ['subnet-00000002'],
  allocationId: 'eipalloc-00000001',
};
const zoneB = {
  ...zone,
  name: 'b',
  publicSubnet: 'subnet-00000011',
  privateSubnets: ['subnet-00000012'],
  allocationId: 'eipalloc-00000011',
};

const good: Environment = {
  PHOENAT_STACK: 'phoenat',
  PHOENAT_VPC_ID: 'vpc-00000001',
  PHOENAT_ZONES: JSON.stringify([zone]),
  PHOENAT_SECURITY_GROUPS: 'sg-00000001',
};

function problemsOf(changes: Environment): string {
  try {
    parseSettings({ ...good, ...changes });
  } catch (error) {
    if (error instanceof SettingsError) {
      return error.message;
    }
    throw error;
  }
  return 'none';
}

function withZones(...zones: unknown[]): Environment {
  return { PHOENAT_ZONES: JSON.stringify(zones) };
}

describe('parseSettings', () => {
  it('fills in the defaults, an empty variable counting as absent', () => {
    const empty = Object.fromEntries(
      [
        'AMI',
        'INSTANCE_TYPES',
        'INSTANCE_PROFILE_ARN',
        'VOLUME_GIB',
        'READY_TIMEOUT_SECONDS',
        'MAX_LAUNCHES_PER_HOUR',
        'MAX_INSTANCE_AGE_DAYS',
        'METRIC_NAMESPACE',
      ].map((name) => [`PHOENAT_${name}`, '']),
    );
    const expected = {
      stack: 'phoenat',
      vpcId: 'vpc-00000001',
      zones: [
        {
          name: 'a',
          publicSubnetId: 'subnet-00000001',
          privateSubnetIds: ['subnet-00000002'],
          allocationId: 'eipalloc-00000001',
        },
      ],
      image: { kind: 'preset', preset: 'al2023' },
      instanceTypes: ['t4g.nano'],
      securityGroupIds: ['sg-00000001'],
      volumeGiB: 8,
      readyTimeoutMs: 600 * secondMs,
      maxLaunchesPerHour: 5,
      metricNamespace: 'Phoenat',
    };

    expect(parseSettings(good)).toEqual(expected);
    expect(parseSettings({ ...good, ...empty })).toEqual(expected);
  });

  it('takes every setting', () => {
    const settings = parseSettings({
      ...good,
      ...withZones(zone, zoneB),
      PHOENAT_AMI: 'self:my-nat-*',
      PHOENAT_INSTANCE_TYPES: 't4g.nano, t3.nano',
      PHOENAT_SECURITY_GROUPS: 'sg-00000001,sg-00000002',
      PHOENAT_INSTANCE_PROFILE_ARN: 'arn:aws:iam::123456789012:instance-profile/nat',
      PHOENAT_VOLUME_GIB: '20',
      PHOENAT_READY_TIMEOUT_SECONDS: '300',
      PHOENAT_MAX_LAUNCHES_PER_HOUR: '3',
      PHOENAT_MAX_INSTANCE_AGE_DAYS: '30',
      PHOENAT_METRIC_NAMESPACE: 'Network/Nat',
    });

    expect(settings).toMatchObject({
      image: { kind: 'custom', owner: 'self', namePattern: 'my-nat-*' },
      instanceTypes: ['t4g.nano', 't3.nano'],
      securityGroupIds: ['sg-00000001', 'sg-00000002'],
      instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/nat',
      volumeGiB: 20,
      readyTimeoutMs: 300 * secondMs,
      maxLaunchesPerHour: 3,
      maxInstanceAgeMs: 30 * dayMs,
      metricNamespace: 'Network/Nat',
    });
    expect(settings.zones.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('is frozen to the bottom', () => {
    const settings = parseSettings(good);

    expect(Object.isFrozen(settings) && Object.isFrozen(settings.zones[0]?.privateSubnetIds)).toBe(true);
  });

  it('takes the image as a preset, an id, or an owner and a pattern', () => {
    const imageOf = (value: string, types = 't3.nano') =>
      parseSettings({ ...good, PHOENAT_AMI: value, PHOENAT_INSTANCE_TYPES: types }).image;

    expect(imageOf('fck-nat')).toEqual({ kind: 'preset', preset: 'fck-nat' });
    expect(imageOf('ami-01ae0e01e7fffd105')).toEqual({ kind: 'fixed', imageId: 'ami-01ae0e01e7fffd105' });
    expect(imageOf('123456789012:nat image *')).toEqual({
      kind: 'custom',
      owner: '123456789012',
      namePattern: 'nat image *',
    });
  });

  it('names every bad field in one error', () => {
    const message = problemsOf({
      PHOENAT_STACK: 'no spaces',
      PHOENAT_VPC_ID: 'vpc',
      PHOENAT_ZONES: '',
      PHOENAT_SECURITY_GROUPS: '',
      PHOENAT_VOLUME_GIB: 'big',
      PHOENAT_METRIC_NAMESPACE: 'AWS/EC2',
    });

    expect(message).toMatch(/^6 setting\(s\)/);
    for (const name of ['STACK', 'VPC_ID', 'ZONES', 'SECURITY_GROUPS', 'VOLUME_GIB', 'METRIC_NAMESPACE']) {
      expect(message).toContain(`PHOENAT_${name}`);
    }
  });

  it.each([
    [{ PHOENAT_STACK: undefined }, /PHOENAT_STACK: expected the name of the stack, got nothing/],
    [{ PHOENAT_VPC_ID: 'vpc-xyz' }, /PHOENAT_VPC_ID: expected vpc-…, got "vpc-xyz"/],
    [
      { PHOENAT_SECURITY_GROUPS: 'sg-00000001,oops' },
      /PHOENAT_SECURITY_GROUPS\[1\]: expected sg-…, got "oops"/,
    ],
    [{ PHOENAT_SECURITY_GROUPS: Array(6).fill('sg-00000001').join() }, /1 to 5 security group ids/],
    [
      { PHOENAT_INSTANCE_TYPES: 'nano' },
      /PHOENAT_INSTANCE_TYPES: expected an instance type such as t4g.nano, got "nano"/,
    ],
    [{ PHOENAT_INSTANCE_TYPES: 't3.nano,t3.nano' }, /each type once/],
    [{ PHOENAT_AMI: 'al2022' }, /PHOENAT_AMI: expected al2023, fck-nat, amzn-ami-vpc-nat, an image id/],
    [
      { PHOENAT_AMI: 'amzn-ami-vpc-nat', PHOENAT_INSTANCE_TYPES: 't4g.nano,t3.nano' },
      /x86_64 instance types for amzn-ami-vpc-nat.*got "t4g.nano"/,
    ],
    [{ PHOENAT_INSTANCE_PROFILE_ARN: 'nat' }, /ARN of an instance profile/],
    [{ PHOENAT_VOLUME_GIB: '7' }, /PHOENAT_VOLUME_GIB: expected a whole number from 8 to 100, got "7"/],
    [{ PHOENAT_VOLUME_GIB: '1e1' }, /PHOENAT_VOLUME_GIB/],
    [{ PHOENAT_READY_TIMEOUT_SECONDS: '119' }, /from 120 to 3600/],
    [{ PHOENAT_MAX_LAUNCHES_PER_HOUR: '0' }, /from 1 to 20/],
    [{ PHOENAT_MAX_INSTANCE_AGE_DAYS: '-1' }, /from 0 to 365/],
    [{ PHOENAT_ZONES: '[{"name":"a",' }, /PHOENAT_ZONES: expected JSON.*\(.*position/],
    [{ PHOENAT_ZONES: '{"name":"a"}' }, /PHOENAT_ZONES: expected a JSON list/],
    [withZones(), /PHOENAT_ZONES: expected 1 to 6 zones, got "0 zones"/],
    [withZones('a'), /PHOENAT_ZONES\[0\]: expected an object/],
    [withZones({ ...zone, name: 'Zone A' }), /PHOENAT_ZONES\[0\]\.name/],
    [withZones({ ...zone, publicSubnet: 'subnet' }), /PHOENAT_ZONES\[0\]\.publicSubnet: expected subnet-…/],
    [
      withZones({ ...zone, privateSubnets: [] }),
      /PHOENAT_ZONES\[0\]\.privateSubnets: expected a list of at least one/,
    ],
    [
      withZones({ ...zone, privateSubnets: ['subnet-00000002', 'x'] }),
      /privateSubnets\[1\]: expected subnet-…, got "x"/,
    ],
    [withZones({ ...zone, allocationId: 'eip-1' }), /allocationId: expected eipalloc-…/],
    [withZones({ ...zone, subnets: [] }), /PHOENAT_ZONES\[0\]\.subnets: expected only name, publicSubnet/],
    [withZones(zone, { ...zoneB, name: 'a' }), /names: expected each to be used once, got "a"/],
    [
      withZones(zone, { ...zoneB, allocationId: zone.allocationId }),
      /allocationIds: expected each to be used once/,
    ],
    [
      withZones(zone, { ...zoneB, privateSubnets: ['subnet-00000002'] }),
      /subnets: expected each to be used once, got "subnet-00000002"/,
    ],
    [withZones({ ...zone, privateSubnets: ['subnet-00000001'] }), /subnets: expected each to be used once/],
  ] satisfies readonly (readonly [Environment, RegExp])[])('%j is refused', (changes, message) => {
    expect(problemsOf(changes)).toMatch(message);
  });
});

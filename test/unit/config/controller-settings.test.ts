import { describe, expect, it } from 'vitest';
import { defaultSettings, parseSettings } from '../../../shared/config/controller-settings.ts';
import type { Environment } from '../../../shared/config/environment.ts';
import { type Setting, settings } from '../../../shared/config/parameters.ts';
import { SettingsError } from '../../../shared/config/problems.ts';
import { dayMs, secondMs } from '../../../shared/core/model/time.ts';

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
const standby = {
  name: 'standby',
  standbyFor: 'a',
  publicSubnet: zone.publicSubnet,
  allocationId: 'eipalloc-00000021',
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
      egress: { clientCidrs: [], traffic: 'web', allowList: [], allowedDomains: [] },
      volumeGiB: 8,
      readyTimeoutMs: 600 * secondMs,
      maxLaunchesPerHour: 5,
      probeTargets: [],
      tags: [],
      metricNamespace: 'Phoenat',
    };

    for (const env of [good, { ...good, ...empty }]) {
      const parsed = parseSettings(env);

      expect(parsed).toEqual({ ...defaultSettings(), ...expected });
      for (const absent of ['accountId', 'instanceProfileArn', 'maxInstanceAgeMs']) {
        expect(parsed).not.toHaveProperty(absent);
      }
    }
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
      PHOENAT_TAGS: 'Team=network',
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
      tags: [{ key: 'Team', value: 'network' }],
      metricNamespace: 'Network/Nat',
    });
    expect(settings.zones.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('refuses tags that instance metadata cannot show, where instances watch each other', () => {
    const watching = {
      ...good,
      ...withZones(zone, zoneB),
      PHOENAT_INSTANCE_PROFILE_ARN: 'arn:aws:iam::123456789012:instance-profile/nat',
      PHOENAT_WATCH: 'on',
      PHOENAT_TAGS: 'Team=a b/c,cost:centre=1,Cost Centre=2,kubernetes.io/cluster/x=owned,..=3',
    };
    const refused = (env: Environment) => {
      try {
        return parseSettings(env).tags.length;
      } catch (error) {
        return String(error).match(/PHOENAT_TAGS: .*/g);
      }
    };

    expect(refused(watching)).toEqual(
      ['Cost Centre', 'kubernetes.io/cluster/x', '..'].map((key) =>
        expect.stringMatching(new RegExp(`or Watch=off: .*got "${key.replaceAll('.', '\\.')}"`)),
      ),
    );
    expect(refused({ ...watching, PHOENAT_WATCH: 'off' })).toBe(5);
    expect(refused({ ...watching, ...withZones(zone) })).toBe(5);
    expect(refused({ ...watching, PHOENAT_INSTANCE_PROFILE_ARN: '' })).toBe(5);
    expect(() => parseSettings({ ...good, PHOENAT_WATCH: 'yes' })).toThrow(
      /PHOENAT_WATCH: expected auto, on, off/,
    );
  });

  describe('a watch that decides by itself', () => {
    const probed = (name: string, changes: object) => ({ ...changes, probe: `phoenat-Probe${name}` });
    const able = {
      ...good,
      ...withZones(probed('A', zone), probed('B', zoneB)),
      PHOENAT_INSTANCE_PROFILE_ARN: 'arn:aws:iam::123456789012:instance-profile/nat',
    };

    it('is on where a neighbour can stand in and a probe can tell', () => {
      expect(parseSettings(able)).toMatchObject({ watch: 'on' });
      expect(parseSettings({ ...able, PHOENAT_TAGS: 'cost:centre=a b/c' })).toMatchObject({ watch: 'on' });
    });

    it.each<[string, Environment]>([
      ['for a single zone', withZones(probed('A', zone))],
      ['without stand-ins', { PHOENAT_STAND_IN: 'off' }],
      [
        'where names are filtered, so that no instance can stand in',
        { PHOENAT_ALLOWED_DOMAINS: 'example.com' },
      ],
      ['where a zone has no probe', withZones(probed('A', zone), zoneB)],
      ['without a role', { PHOENAT_INSTANCE_PROFILE_ARN: '' }],
    ])('is off %s, of which nothing is said', (_case, changes) => {
      const settings = parseSettings({ ...able, PHOENAT_TAGS: 'Cost Centre=1', ...changes });

      expect(settings).toMatchObject({ watch: 'off' });
      expect(settings.unwatched).toBeUndefined();
    });

    it('is off where the instance metadata cannot show a tag, refuses nothing, and says which', () => {
      const settings = parseSettings({ ...able, PHOENAT_TAGS: 'Team=1,Cost Centre=2,k8s.io/x=3' });

      expect(settings).toMatchObject({ watch: 'off', tags: { length: 3 } });
      expect(settings.unwatched).toMatch(/cannot show "Cost Centre", "k8s.io\/x" of Tags/);
      expect(parseSettings({ ...able, PHOENAT_WATCH: 'off', PHOENAT_TAGS: 'Cost Centre=2' }).unwatched).toBe(
        undefined,
      );
    });
  });

  it('is frozen to the bottom', () => {
    const settings = parseSettings(good);
    const parts = [
      settings,
      settings.zones,
      settings.zones[0],
      settings.zones[0]?.privateSubnetIds,
      settings.image,
      settings.instanceTypes,
      settings.securityGroupIds,
    ];

    expect(parts.map((part) => typeof part === 'object' && Object.isFrozen(part))).toEqual(
      parts.map(() => true),
    );
  });

  const numbers = Object.entries<Setting<unknown>>(settings).flatMap(([setting, { variable, takes }]) =>
    takes.range === undefined ? [] : [{ setting, variable, ...takes.range }],
  );

  it.each(numbers)(
    'takes $variable from $min to $max, and no further',
    ({ setting, variable, min, max, unit }) => {
      for (const value of [Math.max(min, 1), max]) {
        expect(parseSettings({ ...good, [variable]: String(value) })).toHaveProperty(setting, value * unit);
      }
      for (const value of [min - 1, max + 1]) {
        expect(problemsOf({ [variable]: String(value) })).toContain(
          `${variable}: expected a whole number from ${min} to ${max}`,
        );
      }
      for (const value of ['8.5', '+8', ' 8', '0x10', '1e1', '-8', '12345678901', 'Infinity', 'NaN']) {
        expect(problemsOf({ [variable]: value })).toContain(`, got ${JSON.stringify(value)}`);
      }
    },
  );

  it('counts in the units of the settings', () => {
    expect(numbers.map(({ setting, unit }) => [setting, unit])).toEqual(
      expect.arrayContaining([
        ['volumeGiB', 1],
        ['readyTimeoutMs', secondMs],
        ['maxLaunchesPerHour', 1],
        ['maxInstanceAgeMs', dayMs],
      ]),
    );
  });

  it('takes 0 days for “instances may grow as old as they like”', () => {
    expect(parseSettings({ ...good, PHOENAT_MAX_INSTANCE_AGE_DAYS: '0' })).not.toHaveProperty(
      'maxInstanceAgeMs',
    );
  });

  it.each(['arn:aws', 'arn:aws-cn', 'arn:aws-us-gov'])('takes an instance profile of %s', (partition) => {
    const arn = `${partition}:iam::123456789012:instance-profile/network/nat+a=b,c.d@e_f-g`;

    expect(parseSettings({ ...good, PHOENAT_INSTANCE_PROFILE_ARN: arn }).instanceProfileArn).toBe(arn);
  });

  it.each(['Phoenat', 'Network/Nat', 'AWSome/Nat', 'a.b-c_d#e:f', 'x'.repeat(255)])(
    'takes %s for a namespace',
    (namespace) => {
      expect(parseSettings({ ...good, PHOENAT_METRIC_NAMESPACE: namespace }).metricNamespace).toBe(namespace);
    },
  );

  it('names every bad field in one error', () => {
    const message = problemsOf({
      PHOENAT_STACK: 'no spaces',
      PHOENAT_VPC_ID: 'vpc',
      PHOENAT_ZONES: '',
      PHOENAT_SECURITY_GROUPS: '',
      PHOENAT_VOLUME_GIB: 'big',
      PHOENAT_METRIC_NAMESPACE: 'AWS/EC2',
    });

    expect(message).toMatch(/^6 setting\(s\) cannot be used; correct the stack's parameters:\n- /);
    expect(message.split('\n- ')).toHaveLength(7);
    for (const name of ['STACK', 'VPC_ID', 'ZONES', 'SECURITY_GROUPS', 'VOLUME_GIB', 'METRIC_NAMESPACE']) {
      expect(message).toContain(`PHOENAT_${name}`);
    }
  });

  it.each([
    [
      { PHOENAT_STACK: '' },
      /PHOENAT_STACK: expected the name of the stack, 1 to 128 letters, digits and hyphens, got nothing/,
    ],
    [{ PHOENAT_ACCOUNT: '12345' }, /PHOENAT_ACCOUNT: expected an account id of 12 digits, got "12345"/],
    [{ PHOENAT_STACK: 'x'.repeat(129) }, /PHOENAT_STACK/],
    [{ PHOENAT_STACK: 'not_a_stack' }, /PHOENAT_STACK/],
    [{ PHOENAT_VPC_ID: '' }, /PHOENAT_VPC_ID: expected vpc-…, got nothing/],
    [{ PHOENAT_VPC_ID: 'vpc-0000001' }, /PHOENAT_VPC_ID/],
    [{ PHOENAT_VPC_ID: 'vpc-012345678901234567' }, /PHOENAT_VPC_ID/],
    [{ PHOENAT_VPC_ID: 'subnet-00000001' }, /PHOENAT_VPC_ID/],
    [{ PHOENAT_SECURITY_GROUPS: undefined }, /PHOENAT_SECURITY_GROUPS: expected 1 to 5 .*, got nothing/],
    [
      { PHOENAT_SECURITY_GROUPS: 'sg-00000001, sg-00000001' },
      /PHOENAT_SECURITY_GROUPS: expected each security group once, got "sg-00000001, sg-00000001"/,
    ],
    [
      { PHOENAT_AMI: 'ami-01ae0e01e7fffd105', PHOENAT_INSTANCE_TYPES: 't4g.nano,t3.nano' },
      /PHOENAT_INSTANCE_TYPES: expected instance types of one architecture, as ami-01ae0e01e7fffd105 has/,
    ],
    [{ PHOENAT_AMI: 'AL2023' }, /PHOENAT_AMI: .*got "AL2023"/],
    [
      { PHOENAT_ZONES: JSON.stringify([zone, standby]), PHOENAT_ALLOWED_DOMAINS: 'example.org' },
      /Standby: expected off with AllowedDomains and AmiSelector=amzn-ami-vpc-nat, .*, got "on"/,
    ],
    [
      { PHOENAT_ZONES: JSON.stringify([zone, standby]), PHOENAT_AMI: 'amzn-ami-vpc-nat' },
      /Standby: expected off with/,
    ],
    [
      { PHOENAT_KEEP_CONNECTIONS: 'all' },
      /PHOENAT_KEEP_CONNECTIONS: expected senders, or Probe=on: .*got "all"/,
    ],
    [
      {
        PHOENAT_KEEP_CONNECTIONS: 'all',
        PHOENAT_ZONES: JSON.stringify([{ ...zone, probe: 'probe-of-a' }]),
        PHOENAT_ALLOWED_DOMAINS: '.amazonaws.com',
      },
      /PHOENAT_KEEP_CONNECTIONS: expected senders with AllowedDomains alone .*got "all"/,
    ],
    [{ PHOENAT_AMI: 'amzn-ami-vpc-nat' }, /x86_64 instance types for amzn-ami-vpc-nat.*got "t4g.nano"/],
    [{ PHOENAT_METRIC_NAMESPACE: 'AWS/Nat' }, /a CloudWatch namespace that does not begin with AWS\//],
    [{ PHOENAT_METRIC_NAMESPACE: 'two words' }, /PHOENAT_METRIC_NAMESPACE/],
    [{ PHOENAT_METRIC_NAMESPACE: 'x'.repeat(256) }, /PHOENAT_METRIC_NAMESPACE/],
    [{ PHOENAT_INSTANCE_PROFILE_ARN: 'arn:aws:iam::123456789012:role/nat' }, /ARN of an instance profile/],
    [{ PHOENAT_INSTANCE_PROFILE_ARN: 'arn:aws:iam::12345678901:instance-profile/nat' }, /ARN of an inst/],
    [
      { PHOENAT_STACK: undefined },
      /PHOENAT_STACK: expected the name of the stack, 1 to 128 letters, digits and hyphens, got nothing/,
    ],
    [{ PHOENAT_ZONES: undefined }, /PHOENAT_ZONES: expected JSON: .*got nothing/],
    [{ PHOENAT_VPC_ID: 'vpc-xyz' }, /PHOENAT_VPC_ID: expected vpc-…, got "vpc-xyz"/],
    [
      { PHOENAT_SECURITY_GROUPS: 'sg-00000001,oops' },
      /PHOENAT_SECURITY_GROUPS\[1\]: expected sg-…, got "oops"/,
    ],
    [
      { PHOENAT_INSTANCE_TYPES: 'nano' },
      /PHOENAT_INSTANCE_TYPES: expected an instance type such as t4g.nano, got "nano"/,
    ],
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
  ] satisfies readonly (readonly [Environment, RegExp])[])('%j is refused', (changes, message) => {
    expect(problemsOf(changes)).toMatch(message);
  });

  it.each(['PHOENAT_EGRESS_ALLOW_LIST', 'PHOENAT_ALLOWED_DOMAINS'])(
    'refuses an image that cannot filter where %s is set',
    (name) => {
      const value = name.endsWith('DOMAINS') ? 'example.com' : '203.0.113.0/24';
      const old = { ...good, PHOENAT_AMI: 'amzn-ami-vpc-nat', PHOENAT_INSTANCE_TYPES: 't3.nano,g5.xlarge' };

      expect(() => parseSettings({ ...old, [name]: value })).toThrow(/PHOENAT_AMI: expected another image/);
      expect(() => parseSettings(old)).not.toThrow();
    },
  );

  describe('of probe targets', () => {
    const withProbe = { ...good, ...withZones({ ...zone, probe: 'phoenat-ProbeA-1' }) };
    const refused = (changes: Environment) => () => parseSettings({ ...withProbe, ...changes });

    it('refuses what the NAT instances would not let through', () => {
      const changes = {
        PHOENAT_ALLOWED_DOMAINS: '.example.com',
        PHOENAT_PROBE_TARGETS: 'https://a.example.com/,https://example.org/',
      };

      expect(refused(changes)).toThrow(
        /PHOENAT_PROBE_TARGETS: expected targets that PHOENAT_ALLOWED_DOMAINS or PHOENAT_EGRESS_ALLOW_LIST lets through, got "https:\/\/example.org\/"/,
      );
      expect(() => parseSettings({ ...good, ...changes })).not.toThrow();
    });

    it('refuses filters that let through none that Phoenat knows, where none is named', () => {
      const changes = { PHOENAT_EGRESS_ALLOW_LIST: '203.0.113.0/24' };

      expect(refused(changes)).toThrow(/for Phoenat knows none that they do, or Probe=off, got nothing/);
      expect(refused({ ...changes, PHOENAT_PROBE_TARGETS: 'https://203.0.113.7/' })).not.toThrow();
      expect(refused({ PHOENAT_ALLOWED_DOMAINS: 'example.com' })).not.toThrow();
      expect(() => parseSettings({ ...good, ...changes })).not.toThrow();
    });
  });
});

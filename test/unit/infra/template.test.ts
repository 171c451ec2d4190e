import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ec2Commands } from '../../../shared/aws/api.ts';
import { parseSettings } from '../../../shared/config/controller-settings.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { tagKeys } from '../../../shared/core/tags.ts';
import { Deploying, type Deployment, entriesOf } from '../../template/deployment.ts';
import { parseTemplate } from '../../template/parse-template.ts';
import { actionsOf, statementsOf } from '../../template/policy.ts';

const template = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));

const oneZone: Deployment['parameters'] = {
  VpcId: 'vpc-0123456789abcdef0',
  VpcCidr: '10.0.0.0/16',
  ZoneAPublicSubnet: 'subnet-000000000000000a0',
  ZoneAPrivateSubnets: ['subnet-000000000000000a1', 'subnet-000000000000000a2'],
};
const threeZones: Deployment['parameters'] = {
  ...oneZone,
  ZoneBPublicSubnet: 'subnet-000000000000000b0',
  ZoneBPrivateSubnets: ['subnet-000000000000000b1'],
  ZoneBAllocationId: 'eipalloc-000000000000000b0',
  ZoneCPublicSubnet: 'subnet-000000000000000c0',
  ZoneCPrivateSubnets: ['subnet-000000000000000c1', 'subnet-000000000000000c2'],
};

function deploy(parameters: Deployment['parameters']): Deploying {
  return new Deploying(template, {
    parameters,
    attributes: {
      'ControllerLog.Arn': 'arn:aws:logs:eu-central-1:123456789012:log-group:phoenat-ControllerLog-1:*',
      'NatInstanceProfile.Arn': 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
      'NatInstanceRole.Arn': 'arn:aws:iam::123456789012:role/phoenat-NatInstanceRole-1',
      'NatSecurityGroup.GroupId': 'sg-0123456789abcdef0',
      'ZoneAAddress.AllocationId': 'eipalloc-0000000000000000a',
      'ZoneBAddress.AllocationId': 'eipalloc-0000000000000000b',
      'ZoneCAddress.AllocationId': 'eipalloc-0000000000000000c',
    },
  });
}

function environment(parameters: Deployment['parameters']): Record<string, string> {
  const variables = deploy(parameters).at(
    'Resources',
    'Controller',
    'Properties',
    'Environment',
    'Variables',
  );
  return Object.fromEntries(entriesOf(variables).map(([name, value]) => [name, String(value)]));
}

/** The environment variables that are named in the sources of a folder. */
function variablesIn(folder: string): string[] {
  const directory = new URL(`../../../${folder}/`, import.meta.url);
  const sources = readdirSync(directory).map((file) => readFileSync(new URL(file, directory), 'utf8'));
  return [...new Set(sources.flatMap((source) => source.match(/PHOENAT_[A-Z_]+/g) ?? []))];
}

function settings(parameters: Deployment['parameters']): Settings {
  return parseSettings(environment(parameters));
}

describe('the environment that the template gives the controller', () => {
  it('is one zone with an address of the stack where nothing else is asked for', () => {
    expect(settings(oneZone).zones).toEqual([
      {
        name: 'a',
        publicSubnetId: 'subnet-000000000000000a0',
        privateSubnetIds: ['subnet-000000000000000a1', 'subnet-000000000000000a2'],
        allocationId: 'eipalloc-0000000000000000a',
      },
    ]);
  });

  it('is three zones, each with its own subnets and the address that was given or allocated', () => {
    expect(settings(threeZones).zones).toMatchObject([
      { name: 'a', privateSubnetIds: { length: 2 }, allocationId: 'eipalloc-0000000000000000a' },
      {
        name: 'b',
        publicSubnetId: 'subnet-000000000000000b0',
        privateSubnetIds: ['subnet-000000000000000b1'],
        allocationId: 'eipalloc-000000000000000b0',
      },
      { name: 'c', privateSubnetIds: { length: 2 }, allocationId: 'eipalloc-0000000000000000c' },
    ]);
  });

  it('may leave the second zone out and have the third', () => {
    const parameters = {
      ...oneZone,
      ZoneCPublicSubnet: 'subnet-000000000000000c0',
      ZoneCPrivateSubnets: ['subnet-000000000000000c1'],
    };

    expect(settings(parameters).zones.map(({ name }) => name)).toEqual(['a', 'c']);
  });

  it.each([
    [
      'public subnet alone',
      { ZoneBPublicSubnet: 'subnet-000000000000000b0' },
      /PHOENAT_ZONES\[1\]\.privateSubnets/,
    ],
    [
      'private subnets alone',
      { ZoneBPrivateSubnets: ['subnet-000000000000000b1'] },
      /PHOENAT_ZONES\[1\]\.publicSubnet/,
    ],
  ])('names what is missing of a zone with its %s', (_case, half, message) => {
    expect(() => settings({ ...oneZone, ...half })).toThrow(message);
  });

  it('says what the parameters say', () => {
    const parameters = {
      ...oneZone,
      AmiSelector: 'self:my-nat-*',
      InstanceTypes: ['t4g.small', 't3.small'],
      VolumeGiB: '12',
      MaxInstanceAgeDays: '30',
      ReadyTimeoutSeconds: '300',
      MaxLaunchesPerHour: '3',
      MetricNamespace: 'Acme/Nat',
    };

    expect(settings(parameters)).toMatchObject({
      stack: 'phoenat',
      vpcId: 'vpc-0123456789abcdef0',
      image: { kind: 'custom', owner: 'self', namePattern: 'my-nat-*' },
      instanceTypes: ['t4g.small', 't3.small'],
      securityGroupIds: ['sg-0123456789abcdef0'],
      instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
      volumeGiB: 12,
      maxInstanceAgeMs: 30 * 86_400_000,
      readyTimeoutMs: 300_000,
      maxLaunchesPerHour: 3,
      metricNamespace: 'Acme/Nat',
    });
  });

  it('has every variable that the controller reads, and no other', () => {
    expect(Object.keys(environment(oneZone)).toSorted()).toEqual(variablesIn('shared/config').toSorted());
  });

  it.each(['VolumeGiB', 'MaxInstanceAgeDays', 'ReadyTimeoutSeconds', 'MaxLaunchesPerHour'])(
    'draws the limits of %s where the controller draws them',
    (name) => {
      const least = Number(deploy(oneZone).at('Parameters', name, 'MinValue'));
      const most = Number(deploy(oneZone).at('Parameters', name, 'MaxValue'));
      const take = (value: number) => () => settings({ ...oneZone, [name]: String(value) });

      expect(take(least)).not.toThrow();
      expect(take(most)).not.toThrow();
      expect(take(least - 1)).toThrow(`from ${least} to ${most}`);
      expect(take(most + 1)).toThrow(`from ${least} to ${most}`);
    },
  );
});

describe('the policy that the template gives the controller', () => {
  const statements = statementsOf(
    deploy(threeZones).at('Resources', 'ControllerRole', 'Properties', 'Policies'),
  );
  const named = (sid: string) => statements.filter((statement) => statement.Sid === sid);

  it('names the EC2 calls that the controller makes, and no other', () => {
    const ec2Actions = new Set(actionsOf(statements).filter((action) => action.startsWith('ec2:')));

    expect([...ec2Actions].toSorted()).toEqual(
      Object.keys(ec2Commands)
        .map((name) => `ec2:${name}`)
        .toSorted(),
    );
  });

  it('allows nothing else but to send metrics, write its log and hand the one role to EC2', () => {
    const others = actionsOf(statements).filter((action) => !action.startsWith('ec2:'));

    expect(others).toEqual([
      'iam:PassRole',
      'cloudwatch:PutMetricData',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  it('lets no change pass without a condition or a named resource', () => {
    const open = statements.filter(
      ({ Resource, Condition }) => Condition === undefined && Resource.some((arn) => /(^|[/])\*$/.test(arn)),
    );

    // Describe calls take no resources; which image is launched is found out at run time.
    expect(open.map(({ Sid }) => Sid)).toEqual(['Look', 'LaunchFromImage']);
  });

  it('covers the addresses and public subnets of all three zones', () => {
    const arn = 'arn:aws:ec2:eu-central-1:123456789012:';
    const addresses = [
      'eipalloc-0000000000000000a',
      'eipalloc-000000000000000b0',
      'eipalloc-0000000000000000c',
    ];

    expect(named('MoveAddresses')[0]?.Resource).toEqual(addresses.map((id) => `${arn}elastic-ip/${id}`));
    expect(named('RememberOnAddresses')[0]?.Resource).toEqual(
      addresses.map((id) => `${arn}elastic-ip/${id}`),
    );
    expect(named('LaunchInPublicSubnets')[0]?.Resource).toEqual([
      `${arn}security-group/sg-0123456789abcdef0`,
      `${arn}subnet/subnet-000000000000000a0`,
      `${arn}subnet/subnet-000000000000000b0`,
      `${arn}subnet/subnet-000000000000000c0`,
    ]);
  });

  it('lets the controller write the tags that it writes, and those of ownership at creation only', () => {
    const keys = statements.flatMap(
      ({ Condition }) => Condition?.['ForAllValues:StringEquals']?.['aws:TagKeys'] ?? [],
    );
    const { stack, zone, spec, ...others } = tagKeys;

    expect(keys.toSorted()).toEqual(Object.values(others).toSorted());
    expect(keys).not.toContain(stack);
    expect(keys).not.toContain(zone);
    expect(keys).not.toContain(spec);
  });

  it('fits into the role: IAM takes 10,240 characters of inline policies', () => {
    expect(JSON.stringify({ Version: '2012-10-17', Statement: statements }).length).toBeLessThan(10_240);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FunctionName } from '../../../scripts/build.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { ec2Commands, lifecycleEc2Commands } from '../../../shared/aws/api.ts';
import { maxClientCidrs, maxClientSecurityGroups } from '../../../shared/config/client-limits.ts';
import { parseSettings } from '../../../shared/config/controller-settings.ts';
import { type Change, parameterGroups } from '../../../shared/config/parameters.ts';
import { zoneLetters } from '../../../shared/config/zone-letters.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { watchEvent } from '../../../shared/events/watch-event.ts';
import { inDepth } from '../../every-case.ts';
import { Deploying, type Deployment } from '../../template/deployment.ts';
import { actionsOf, type Statement, statementsOf } from '../../template/policy.ts';
import { builtFunction } from '../scripts/built-functions.ts';

const template = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));
const parameters = parameterGroups().flatMap((group) => group.parameters);

const oneZone: Deployment['parameters'] = {
  VpcId: 'vpc-0123456789abcdef0',
  ClientCidrs: ['10.0.0.0/16'],
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

/** Each with as many private subnets as anybody has in one Availability Zone. */
const sixZones: Deployment['parameters'] = {
  ...oneZone,
  ...Object.fromEntries(
    zoneLetters.flatMap((letter) => [
      [`Zone${letter.toUpperCase()}PublicSubnet`, `subnet-000000000000000${letter}0`],
      [
        `Zone${letter.toUpperCase()}PrivateSubnets`,
        ['1', '2', '3', '4', '5', '6'].map((digit) => `subnet-000000000000000${letter}${digit}`),
      ],
    ]),
  ),
};

function deploy(parameters: Deployment['parameters'], attributes: Deployment['attributes'] = {}): Deploying {
  const ofZones = zoneLetters.map((letter) => [letter, letter.toUpperCase()] as const);
  return new Deploying(template, {
    parameters,
    attributes: {
      Controller: 'phoenat-Controller-1',
      'ClientSecurityGroup.GroupId': 'sg-0000000000000000c',
      'ControllerLog.Arn': 'arn:aws:logs:eu-central-1:123456789012:log-group:phoenat-ControllerLog-1:*',
      'DeadLetters.Arn': 'arn:aws:sqs:eu-central-1:123456789012:phoenat-DeadLetters-1',
      'Lifecycle.Arn': 'arn:aws:lambda:eu-central-1:123456789012:function:phoenat-Lifecycle-1',
      'LifecycleLog.Arn': 'arn:aws:logs:eu-central-1:123456789012:log-group:phoenat-LifecycleLog-1:*',
      ControllerRole: 'phoenat-ControllerRole-1',
      AskProbesPolicy: 'AskProbesPolicy',
      ZonesPolicy: 'ZonesPolicy',
      'ProbeLog.Arn': 'arn:aws:logs:eu-central-1:123456789012:log-group:phoenat-ProbeLog-1:*',
      LifecycleRole: 'phoenat-LifecycleRole-1',
      'NatInstanceProfile.Arn': 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1',
      NatInstanceRole: 'phoenat-NatInstanceRole-1',
      'NatInstanceRole.Arn': 'arn:aws:iam::123456789012:role/phoenat-NatInstanceRole-1',
      'NatSecurityGroup.GroupId': 'sg-0123456789abcdef0',
      ...Object.fromEntries(
        ofZones.flatMap(([letter, capital]) => [
          [`Probe${capital}`, `phoenat-Probe${capital}-1`],
          [
            `Probe${capital}.Arn`,
            `arn:aws:lambda:eu-central-1:123456789012:function:phoenat-Probe${capital}-1`,
          ],
          [`Zone${capital}Address.AllocationId`, `eipalloc-0000000000000000${letter}`],
        ]),
      ),
      ...attributes,
    },
  });
}

function environment(parameters: Deployment['parameters']): Record<string, string> {
  const variables = deploy(parameters).at('Globals', 'Function', 'Environment', 'Variables');
  return Object.fromEntries(entriesOf(variables).map(([name, value]) => [name, String(value)]));
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
        probe: 'phoenat-ProbeA-1',
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
        probe: 'phoenat-ProbeB-1',
      },
      { name: 'c', privateSubnetIds: { length: 2 }, allocationId: 'eipalloc-0000000000000000c' },
    ]);
  });

  it.each([...zoneLetters.slice(1)])('may leave out all zones between the first and %s', (letter) => {
    const parameters = {
      ...oneZone,
      [`Zone${letter.toUpperCase()}PublicSubnet`]: `subnet-000000000000000${letter}0`,
      [`Zone${letter.toUpperCase()}PrivateSubnets`]: [`subnet-000000000000000${letter}1`],
    };

    expect(settings(parameters).zones.map(({ name }) => name)).toEqual(['a', letter]);
    expect(deploy({ ...parameters, StandIn: 'on' }).holds('CanStandIn')).toBe(true);
  });

  it('is six zones at most, and leaves a quarter of the 4,096 bytes that Lambda takes', () => {
    const { zones } = settings(sixZones);
    // As long as CloudFormation makes a function's name.
    const named = Object.fromEntries(
      zoneLetters.map((letter) => [`Probe${letter.toUpperCase()}`, 'p'.repeat(64)]),
    );
    const variables = deploy(sixZones, named).at('Globals', 'Function', 'Environment', 'Variables');
    const bytes = entriesOf(variables).map(([name, value]) => Buffer.byteLength(name + String(value)));

    expect(zones.map(({ name }) => name)).toEqual([...zoneLetters]);
    expect(new Set(zones.map(({ allocationId }) => allocationId)).size).toBe(6);
    expect(bytes.reduce((sum, some) => sum + some, 0)).toBeLessThan(4096 - 1024);
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
      Tags: ['Team=network', 'CostCentre=4711'],
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
      tags: [
        { key: 'Team', value: 'network' },
        { key: 'CostCentre', value: '4711' },
      ],
      maxInstanceAgeMs: 30 * 86_400_000,
      readyTimeoutMs: 300_000,
      maxLaunchesPerHour: 3,
      metricNamespace: 'Acme/Nat',
    });
  });

  it.each([
    ['ZoneBPrivateSubnets', ['', 'subnet-000000000000000b1'], ['subnet', 'vpc-000000000000000b1']],
    ['ZoneCPrivateSubnets', ['', 'subnet-000000000000000c1'], ['subnet', 'vpc-000000000000000c1']],
    // Not even an empty list: the policies would let no type be launched.
    ['InstanceTypes', ['t4g.nano', 'u-6tb1.56xlarge', 'm8g.metal-24xl'], ['', 't4g', 'T4g.nano']],
  ])('refuses in %s, before anything is made, what could not work', (name, good, bad) => {
    const pattern = new RegExp(String(read(template, ['Parameters', name, 'AllowedPattern'])));

    expect(good.filter((item) => !pattern.test(item))).toEqual([]);
    expect(bad.filter((item) => pattern.test(item))).toEqual([]);
  });

  it.each(parameters.flatMap(({ name, setting }) => (setting?.takes.range === undefined ? [] : [name])))(
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

const managedPolicies = ['ZonesPolicy', 'AskProbesPolicy'];

function managedStatements(parameters: Deployment['parameters']): Statement[] {
  return statementsOf(managedPolicies.map((name) => deploy(parameters).at('Resources', name, 'Properties')));
}

/** The statements of every policy that is attached to a role. */
function statementsFor(role: string, parameters = threeZones) {
  const deployed = deploy(parameters);
  const properties = deployed.at('Resources', role, 'Properties');
  const [inline, named] = [read(properties, ['Policies']), readIfThere(properties, ['ManagedPolicyArns'])];
  const attached = entriesOf(read(template, ['Resources']))
    .filter(([, resource]) => /^AWS::IAM::(?:Managed)?Policy$/.test(String(readIfThere(resource, ['Type']))))
    .map(([name]) => [name, deployed.at('Resources', name, 'Properties')] as const)
    .filter(
      ([name, policy]) =>
        JSON.stringify(readIfThere(policy, ['Roles']) ?? '').includes(`phoenat-${role}-`) ||
        (Array.isArray(named) && named.includes(name)),
    )
    .map(([, policy]) => policy);
  return statementsOf([...attached, ...(Array.isArray(inline) ? inline : [])]);
}

const commandsOf = { controller: ec2Commands, lifecycle: { ...ec2Commands, ...lifecycleEc2Commands } };

/** The EC2 calls whose code is in the function's bundle: what it can make. */
async function callsIn(name: FunctionName): Promise<string[]> {
  const { metafile } = await builtFunction(name);
  const outputs = Object.values(metafile.outputs);
  const commands = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? (/client-ec2\/dist-es\/commands\/(\w+)Command\.js$/.exec(path)?.[1] ?? []) : [],
    ),
  );
  return [...new Set(commands)].map((command) => `ec2:${command}`).toSorted();
}

describe.each([
  ['Controller', 'controller'],
  ['Lifecycle', 'lifecycle'],
] as const)('the policies of the role of %s', (resource, name) => {
  const statements = statementsFor(`${resource}Role`, { ...threeZones, StandIn: 'on' });

  it('let no address be taken from another interface where no zone stands in for another', () => {
    const granted = (standIn: string) =>
      actionsOf(statementsFor(`${resource}Role`, { ...threeZones, StandIn: standIn }));

    expect(granted('on')).toContain('ec2:AssignPrivateIpAddresses');
    expect(granted('off')).not.toContain('ec2:AssignPrivateIpAddresses');
  });

  it('name the EC2 calls of its map, and no other', () => {
    const calls = Object.keys(commandsOf[name]).map((call) => `ec2:${call}`);
    const ec2Actions = new Set(actionsOf(statements).filter((action) => action.startsWith('ec2:')));

    expect([...ec2Actions].toSorted()).toEqual(calls.toSorted());
  });

  inDepth('name the EC2 calls that its bundle makes, and no other', async () => {
    const calls = await callsIn(name);
    const ec2Actions = new Set(actionsOf(statements).filter((action) => action.startsWith('ec2:')));

    expect([...ec2Actions].toSorted()).toEqual(calls);
  });

  it('let no change pass without a condition or a named resource', () => {
    const open = statements.filter(
      ({ Resource, Condition }) => Condition === undefined && Resource.some((arn) => /(^|[/])\*$/.test(arn)),
    );
    const reading = open.filter(({ Action }) => Action.every((action) => action.startsWith('ec2:Describe')));

    // Describe calls take no resources; which image is launched is found out at run time.
    expect(open.filter((statement) => !reading.includes(statement)).map(({ Sid }) => Sid)).toEqual([
      'LaunchFromImage',
    ]);
  });

  it('fit into the role: IAM takes 10,240 characters of inline policies', () => {
    const longest = {
      ...sixZones,
      'AWS::StackName': 's'.repeat(128),
      'AWS::Partition': 'aws-us-gov',
      'AWS::Region': 'us-gov-west-1',
      VolumeKeyArn: `arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-${'0'.repeat(32)}`,
      InstanceTypes: Array.from({ length: 20 }, (_, index) => `c${index}gn.12xlarge`),
      MetricNamespace: 'n'.repeat(255),
      StandIn: 'on',
      MarketType: 'spot',
    };
    // The other parts of the policies' documents: less than 100 characters each.
    const isManaged = new Set(managedStatements(longest).map(({ Sid }) => Sid));
    const inline = statementsFor(`${resource}Role`, longest).filter(({ Sid }) => !isManaged.has(Sid));
    expect(JSON.stringify(inline).length).toBeLessThan(10_240 - 300);
  });

  it('fit into the managed policies: IAM takes 6,144 characters of each', () => {
    const longest = { ...sixZones, 'AWS::Partition': 'aws-us-gov', 'AWS::Region': 'us-gov-west-1' };
    const sizes = managedPolicies.map(
      (policy) =>
        JSON.stringify(deploy(longest).at('Resources', policy, 'Properties', 'PolicyDocument')).length,
    );

    expect(Math.max(...sizes)).toBeLessThan(6144 - 1000);
  });
});

describe('the policies', () => {
  const controller = statementsFor('ControllerRole');
  const lifecycle = statementsFor('LifecycleRole');
  const named = (sid: string) => controller.filter((statement) => statement.Sid === sid);
  const others = (statements: readonly Statement[]) =>
    actionsOf(statements).filter((action) => !action.startsWith('ec2:'));

  it('allow the controller nothing else but to ask the probes, hand the one role to EC2, send metrics, write its log and leave dead letters', () => {
    expect(others(controller)).toEqual([
      'iam:PassRole',
      'lambda:InvokeFunction',
      'cloudwatch:PutMetricData',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
  });

  it('allow the lifecycle function nothing else but the same without metrics, and to invoke itself', () => {
    expect(others(lifecycle)).toEqual([
      'iam:PassRole',
      'lambda:InvokeFunction',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
    expect(lifecycle.find(({ Sid }) => Sid === 'CarryOn')?.Resource).toEqual([
      'arn:aws:lambda:eu-central-1:123456789012:function:phoenat-Lifecycle-1',
    ]);
  });

  it('let a role be handed to EC2 only, and that of the NAT instances only', () => {
    expect(named('LaunchWithRole')[0]).toMatchObject({
      Action: ['iam:PassRole'],
      Resource: ['arn:aws:iam::123456789012:role/phoenat-NatInstanceRole-1'],
      Condition: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com'] } },
    });
  });

  const volumeKey = 'arn:aws:kms:eu-central-1:123456789012:key/0b1c2d3e-1111-2222-3333-444455556666';

  it.each(['ControllerRole', 'LifecycleRole'])(
    'let %s use a key only where one is named, and that one',
    (role) => {
      const kms = (statements: readonly Statement[]) =>
        statements.filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));

      expect(kms(statementsFor(role))).toEqual([]);
      const given = kms(statementsFor(role, { ...threeZones, VolumeKeyArn: volumeKey }));
      expect(given.map(({ Sid }) => Sid)).toEqual(['UseVolumeKey', 'LendVolumeKey']);
      for (const { Resource, Condition } of given) {
        expect(Resource).toEqual([volumeKey]);
        expect(Condition).toMatchObject({
          StringLike: { 'kms:ViaService': ['ec2.eu-central-1.amazonaws.com*'] },
        });
      }
    },
  );

  it('give the NAT instances nothing but Session Manager', () => {
    const role = deploy(oneZone).at('Resources', 'NatInstanceRole', 'Properties');
    const actions = actionsOf(statementsOf(read(role, ['Policies'])));

    expect(readIfThere(role, ['ManagedPolicyArns'])).toBeUndefined();
    expect(actions.filter((action) => !action.startsWith('ssmmessages:'))).toEqual([
      'ssm:UpdateInstanceInformation',
    ]);
  });

  it('let a watch raise an alarm, where there is one, and put no other event on any bus', () => {
    const holds = (parameters: Deployment['parameters']) => deploy(parameters).holds('HasWatches');
    const policy = deploy(threeZones).at('Resources', 'WatchPolicy', 'Properties', 'PolicyDocument');

    expect(holds({ ...threeZones, Watch: 'on', StandIn: 'off', Probe: 'off' })).toBe(true);
    expect(holds({ ...threeZones, Watch: 'off' })).toBe(false);
    expect(holds({ ...oneZone, Watch: 'on' })).toBe(false);
    // By itself, where a neighbour can stand in and a probe can tell.
    expect(holds(threeZones)).toBe(true);
    expect(holds({ ...oneZone, Standby: 'on' })).toBe(true);
    expect(holds(oneZone)).toBe(false);
    expect(holds({ ...threeZones, StandIn: 'off' })).toBe(false);
    expect(holds({ ...threeZones, Probe: 'off' })).toBe(false);
    expect(holds({ ...threeZones, AllowedDomains: ['example.com'] })).toBe(false);
    expect(read(policy, ['Statement'])).toEqual([
      {
        Sid: 'RaiseAlarm',
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: 'arn:aws:events:eu-central-1:123456789012:event-bus/default',
        Condition: {
          'ForAllValues:StringEquals': {
            'events:source': watchEvent.source,
            'events:detail-type': watchEvent.detailType,
          },
          Null: { 'events:source': 'false', 'events:detail-type': 'false' },
        },
      },
    ]);
    const parts = entriesOf(read(template, ['Resources'])).filter(([name]) => /Watch|Ping/.test(name));
    expect(parts.map(([, part]) => readIfThere(part, ['Condition']))).toEqual(parts.map(() => 'HasWatches'));
  });

  it('cover the addresses and public subnets of all six zones', () => {
    const arn = 'arn:aws:ec2:eu-central-1:123456789012:';
    const addresses = zoneLetters.map((letter) => `${arn}elastic-ip/eipalloc-0000000000000000${letter}`);
    const subnets = zoneLetters.map((letter) => `${arn}subnet/subnet-000000000000000${letter}0`);
    const ofSix = (sid: string) => statementsFor('ControllerRole', sixZones).find(({ Sid }) => Sid === sid);

    expect(ofSix('MoveAddresses')?.Resource).toEqual(addresses);
    expect(ofSix('RememberOnAddresses')?.Resource).toEqual(addresses);
    expect(ofSix('LaunchInPublicSubnets')?.Resource).toEqual([
      `${arn}security-group/sg-0123456789abcdef0`,
      ...subnets,
    ]);
    expect(ofSix('LaunchOnInterface')?.Condition?.['ArnEquals']?.['ec2:Subnet']).toEqual(subnets);
  });

  it('let the tags be written that are written, and those of ownership at creation only', () => {
    const keysIn = (statements: readonly Statement[]) =>
      new Set(
        statements.flatMap(
          ({ Condition }) => Condition?.['ForAllValues:StringEquals']?.['aws:TagKeys'] ?? [],
        ),
      );
    const { stack: _stack, zone: _zone, spec: _spec, others: _others, ...written } = tagKeys;

    expect([...keysIn(controller)].toSorted()).toEqual(Object.values(written).toSorted());
    expect([...keysIn(lifecycle)].toSorted()).toEqual(Object.values(written).toSorted());
  });
});

const stackUuid = '5d1e6c30-9a4e-11f0-8d7b-0e5f3c2a1b98';

describe('what organisations ask for', () => {
  const roles = ['ControllerRole', 'LifecycleRole', 'ProbeRole', 'NatInstanceRole'];
  const boundaries = (parameters: Deployment['parameters']) =>
    roles.map((role) =>
      readIfThere(deploy(parameters).at('Resources', role, 'Properties'), ['PermissionsBoundary']),
    );

  it('is a permissions boundary on every role, where one is given', () => {
    const arn = 'arn:aws:iam::123456789012:policy/boundary';
    const made = entriesOf(read(template, ['Resources'])).filter(
      ([, resource]) => readIfThere(resource, ['Type']) === 'AWS::IAM::Role',
    );

    expect(made.map(([name]) => name).toSorted()).toEqual(roles.toSorted());
    expect(boundaries(oneZone)).toEqual(roles.map(() => undefined));
    expect(boundaries({ ...oneZone, PermissionsBoundary: arn })).toEqual(roles.map(() => arn));
  });

  it('are tags of their own on what is launched, which no policy forbids', () => {
    const creating = statementsFor('ControllerRole').filter(({ Action, Condition }) =>
      Action.includes('ec2:CreateTags')
        ? Condition?.['StringEquals']?.['ec2:CreateAction'] !== undefined
        : Action.some((action) => ['ec2:RunInstances', 'ec2:CreateNetworkInterface'].includes(action)),
    );

    expect(creating.length).toBeGreaterThan(5);
    expect(
      creating.filter(({ Condition }) => JSON.stringify(Condition ?? {}).includes('aws:TagKeys')),
    ).toEqual([]);
  });

  it('is another processor for every function, none left out', () => {
    const functions = entriesOf(read(template, ['Resources'])).filter(([, resource]) =>
      ['AWS::Lambda::Function', 'AWS::Serverless::Function'].includes(
        String(readIfThere(resource, ['Type'])),
      ),
    );
    const architectureOf = (name: string, Architecture: string) => {
      const isOwn = readIfThere(template, ['Resources', name, 'Properties', 'Architectures']) !== undefined;
      const path = isOwn ? ['Resources', name, 'Properties'] : ['Globals', 'Function'];
      return deploy({ ...sixZones, Architecture }).at(...path, 'Architectures');
    };

    expect(functions).toHaveLength(2 + zoneLetters.length);
    for (const architecture of ['arm64', 'x86_64']) {
      expect(functions.map(([name]) => architectureOf(name, architecture))).toEqual(
        functions.map(() => [architecture]),
      );
    }
    expect(read(template, ['Parameters', 'Architecture', 'AllowedValues'])).toEqual(['arm64', 'x86_64']);
  });

  it('go together with six zones, Spot, the flow table and an image of one’s own', () => {
    const boundary = 'arn:aws:iam::123456789012:policy/boundary';
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/0b1c2d3e-1111-2222-3333-444455556666';
    const all = {
      ...sixZones,
      PermissionsBoundary: boundary,
      VolumeKeyArn: key,
      Tags: ['Team=network', 'Cost centre=4711'],
      MarketType: 'spot',
      FlowTable: 'on',
      KeepConnections: 'all',
      AmiSelector: 'self:phoenat/phoenat/*',
    };
    const added = ['LaunchFromSpot', 'UseVolumeKey', 'LendVolumeKey'];
    const sids = (role: string, parameters: Deployment['parameters']) =>
      statementsFor(role, parameters).map(({ Sid }) => Sid);

    expect(settings(all)).toMatchObject({
      zones: { length: 6 },
      marketType: 'spot',
      flowTable: 'on',
      keepConnections: 'all',
      image: { kind: 'custom', owner: 'self', namePattern: 'phoenat/phoenat/*' },
      tags: [
        { key: 'Team', value: 'network' },
        { key: 'Cost centre', value: '4711' },
      ],
    });
    expect(boundaries(all)).toEqual(roles.map(() => boundary));
    for (const role of ['ControllerRole', 'LifecycleRole']) {
      const without = sids(role, sixZones);
      expect(without.filter((sid) => added.includes(sid))).toEqual([]);
      expect(sids(role, all).toSorted()).toEqual([...without, ...added].toSorted());
    }
    const ofSpot = statementsFor('LifecycleRole', all).filter(({ Resource }) =>
      Resource.some((arn) => arn.includes(':spot-instances-request/')),
    );
    expect(
      ofSpot.map(({ Sid, Condition }) => [
        Sid,
        Condition?.['StringEquals']?.['aws:RequestTag/phoenat:stack'],
      ]),
    ).toEqual([
      ['LaunchFromSpot', ['phoenat']],
      ['TagAtCreation', ['phoenat']],
    ]);
  });

  it.each(['aws:team=x', 'AWS:team=x', 'phoenat:stack=x', 'Team', '=x'])(
    'are no tags such as %s, which CloudFormation refuses before anything is made',
    (tag) => {
      const pattern = new RegExp(String(read(template, ['Parameters', 'Tags', 'AllowedPattern'])));

      expect(tag).not.toMatch(pattern);
      expect('Team=network').toMatch(pattern);
      expect('').toMatch(pattern);
    },
  );
});

type Rule = Readonly<Record<string, unknown>>;

/** What the NAT instances' group lets in, shortly: protocol, port, from whom. */
function ingress(parameters: Deployment['parameters']): string[] {
  const rules = deploy(parameters).at('Resources', 'NatSecurityGroup', 'Properties', 'SecurityGroupIngress');
  return (Array.isArray(rules) ? rules : []).map((rule: Rule) => {
    const port = rule['IpProtocol'] === 'tcp' ? ` ${rule['FromPort']}` : '';
    return `${rule['IpProtocol']}${port} ${rule['CidrIp'] ?? rule['SourceSecurityGroupId']}`;
  });
}

describe('what the NAT instances let in', () => {
  const ownClients = 'sg-0000000000000000c';

  it('is the web, from the clients’ ranges and the clients’ own group', () => {
    expect(ingress(oneZone)).toEqual([
      `tcp 443 ${ownClients}`,
      `tcp 80 ${ownClients}`,
      'tcp 443 10.0.0.0/16',
      'tcp 80 10.0.0.0/16',
      'icmp 0.0.0.0/0',
    ]);
  });

  it('is HTTPS alone where that is asked for', () => {
    expect(ingress({ ...oneZone, Traffic: 'https' })).toEqual([
      `tcp 443 ${ownClients}`,
      'tcp 443 10.0.0.0/16',
      'icmp 0.0.0.0/0',
    ]);
  });

  it('is from every range and group that is given, up to the limits of each', () => {
    const cidrs = Array.from({ length: maxClientCidrs }, (_, n) => `10.${n}.0.0/16`);
    const groups = Array.from({ length: maxClientSecurityGroups }, (_, n) => `sg-0000000000000000${n}`);
    const parameters = { ...oneZone, Traffic: 'all', ClientCidrs: cidrs, ClientSecurityGroups: groups };

    expect(ingress(parameters)).toEqual(
      [ownClients, ...cidrs, ...groups].map((from) => `-1 ${from}`).concat('icmp 0.0.0.0/0'),
    );
  });

  it('is from groups alone where no range is given, and SSH where an admin’s range is', () => {
    const parameters = { ...oneZone, Traffic: 'https', ClientCidrs: [''], AdminCidr: '198.51.100.7/32' };

    expect(ingress(parameters)).toEqual([
      `tcp 443 ${ownClients}`,
      'icmp 0.0.0.0/0',
      'tcp 22 198.51.100.7/32',
    ]);
  });
});

describe('with KeepConnections=all, the security group of the NAT instances', () => {
  const openTo = (KeepConnections: string) => {
    const deployed = deploy({ ...threeZones, KeepConnections });
    return entriesOf(read(template, ['Resources'])).flatMap(([name, part]) => {
      const { FromPort, ToPort } = Object(readIfThere(part, ['Properties']));
      if (FromPort !== 32_768 && ToPort !== 65_535) return [];
      const condition = readIfThere(part, ['Condition']);
      const isThere = condition === undefined || deployed.holds(String(condition));
      return isThere ? [[name, deployed.at('Resources', name, 'Properties')] as const] : [];
    });
  };

  it('is open for TCP to the ports that the instances ask about, each way, and otherwise not', () => {
    const program = readFileSync(new URL('../../../infra/nat-instance/paging.py', import.meta.url), 'utf8');
    const rule = {
      IpProtocol: 'tcp',
      FromPort: 32_768,
      ToPort: 65_535,
      CidrIp: '0.0.0.0/0',
    };

    expect(openTo('all')).toEqual([
      ['NatUnknownIngress', expect.objectContaining(rule)],
      ['NatUnknownEgress', expect.objectContaining(rule)],
    ]);
    expect(program).toContain(`tcp dport ${rule.FromPort}-${rule.ToPort} `);
    expect(openTo('senders')).toEqual([]);
    expect(read(template, ['Parameters', 'KeepConnections', 'Default'])).toBe('senders');
  });
});

describe('the order of things', () => {
  const rules = entriesOf(read(template, ['Resources'])).filter(
    ([, resource]) => readIfThere(resource, ['Type']) === 'AWS::Events::Rule',
  );

  it('wakes the controller only while the zones stand, and only where what it is told can reach it', () => {
    expect(rules.map(([name]) => name)).toEqual(['EveryMinute', 'AwsEvents', 'WatchAlarms']);
    expect(rules.map(([, rule]) => readIfThere(rule, ['DependsOn']))).toEqual(
      rules.map(([name]) => ['Zones', `${name}Permission`, 'DeadLettersPolicy']),
    );
  });

  it('keeps the permissions until the zones are gone', () => {
    const policies = ['ZonesPolicy', 'ServePolicy', 'LifecyclePolicy'];

    expect(read(template, ['Resources', 'Zones', 'DependsOn'])).toEqual(policies);
  });

  it('lets an update from before the policy of the zones, and its way back, take no permission for a moment', () => {
    const policyOf = (role: string) => [
      JSON.stringify(read(template, ['Resources', role, 'Properties'])).includes('ZonesPolicy'),
      deploy(oneZone).at('Resources', 'ZonesPolicy', 'Properties', 'Roles'),
    ];

    // What names a role is there after it and goes before it; what is new goes last on the way back.
    const roles = ['phoenat-ControllerRole-1', 'phoenat-LifecycleRole-1'];
    expect([policyOf('ControllerRole'), policyOf('LifecycleRole')]).toEqual([
      [false, roles],
      [false, roles],
    ]);
    expect(read(template, ['Resources', 'ServePolicy', 'DependsOn'])).toBe('ZonesPolicy');
  });

  it.each(['phoenat', 'p'.repeat(128)])(
    'lets every rule of stack %s invoke the controller, and leave what could not be delivered',
    (stack) => {
      const deployed = deploy({
        ...oneZone,
        'AWS::StackName': stack,
        'AWS::StackId': `arn:aws:cloudformation:eu-central-1:123456789012:stack/${stack}/${stackUuid}`,
      });
      const queue = deployed.at(
        'Resources',
        'DeadLettersPolicy',
        'Properties',
        'PolicyDocument',
        'Statement',
      );
      const takesFrom = String(read(queue, ['0', 'Condition', 'ArnLike', 'aws:SourceArn']));
      for (const [name] of rules) {
        const rule = String(deployed.at('Resources', name, 'Properties', 'Name'));
        const arn = `arn:aws:events:eu-central-1:123456789012:rule/${rule}`;

        // EventBridge API, PutRule: a name of 1 to 64 of these.
        expect(rule).toMatch(/^[.\w-]{1,64}$/);
        expect(deployed.at('Resources', `${name}Permission`, 'Properties', 'SourceArn')).toBe(arn);
        expect(takesFrom.endsWith('*') && arn.startsWith(takesFrom.slice(0, -1))).toBe(true);
        expect(deployed.at('Resources', name, 'Properties', 'Targets', '0', 'DeadLetterConfig')).toEqual({
          Arn: 'arn:aws:sqs:eu-central-1:123456789012:phoenat-DeadLetters-1',
        });
      }
    },
  );

  it('tells the zones of every setting that launches depend on', () => {
    const told = JSON.stringify(read(template, ['Resources', 'Zones', 'Properties']));
    const elsewhere: readonly Change[] = ['limits age', 'next run', 'next launch', 'moves metrics'];
    const names = parameters.flatMap(({ name, setting, change }) =>
      /^Zone/.test(name) || (setting !== undefined && !elsewhere.includes(change)) ? [name] : [],
    );

    expect(names.filter((name) => !told.includes(`"${name}"`))).toEqual([]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTargets } from '../../../functions/probe/read-targets.ts';
import { healthPort } from '../../../infra/nat-env.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { zoneLetters } from '../../../shared/config/zone-letters.ts';
import { Deploying, type Deployment } from '../../template/deployment.ts';
import { statementsOf } from '../../template/policy.ts';

const template = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));
const resources = entriesOf(read(template, ['Resources']));

const zones: Deployment['parameters'] = {
  VpcId: 'vpc-0123456789abcdef0',
  ZoneAPublicSubnet: 'subnet-000000000000000a0',
  ZoneAPrivateSubnets: ['subnet-000000000000000a1', 'subnet-000000000000000a2'],
  ZoneBPublicSubnet: 'subnet-000000000000000b0',
  ZoneBPrivateSubnets: ['subnet-000000000000000b1'],
};

const allZones: Deployment['parameters'] = Object.fromEntries(
  zoneLetters.flatMap((letter) => [
    [`Zone${letter.toUpperCase()}PublicSubnet`, `subnet-${letter}0`],
    [`Zone${letter.toUpperCase()}PrivateSubnets`, [`subnet-${letter}1`]],
  ]),
);
const allProbes = zoneLetters.map((letter) => `Probe${letter.toUpperCase()}`);

const groups = { 'NatSecurityGroup.GroupId': 'sg-000000000000000a0', 'ProbeSecurityGroup.GroupId': 'sg-b' };

function deploy(parameters: Deployment['parameters'] = {}): Deploying {
  return new Deploying(template, {
    parameters: { ...zones, ...parameters },
    attributes: {
      ...groups,
      ControllerRole: 'ControllerRole-1',
      LifecycleRole: 'LifecycleRole-1',
      AskProbesPolicy: 'arn:aws:iam::123456789012:policy/phoenat-AskProbesPolicy-1',
      ProbeLog: 'phoenat-ProbeLog-1',
      'ProbeLog.Arn': 'arn:aws:logs:eu-central-1:123456789012:log-group:phoenat-ProbeLog-1:*',
      'ProbeRole.Arn': 'arn:aws:iam::123456789012:role/phoenat-ProbeRole-1',
      ZonesPolicy: 'arn:aws:iam::123456789012:policy/phoenat-ZonesPolicy-1',
      'ProbeA.Arn': 'arn:aws:lambda:eu-central-1:123456789012:function:phoenat-ProbeA-1',
      'ProbeB.Arn': 'arn:aws:lambda:eu-central-1:123456789012:function:phoenat-ProbeB-1',
      'NatInstanceProfile.Arn': 'arn:aws:iam::123456789012:instance-profile/nat',
    },
  });
}

/** Of the resources that are there for probes, those that this deployment makes. */
function made(parameters: Deployment['parameters'] = {}): string[] {
  const deployed = deploy(parameters);
  return resources.flatMap(([name, resource]) => {
    const condition = readIfThere(resource, ['Condition']);
    return /Probe/.test(String(condition)) && deployed.holds(String(condition)) ? [name] : [];
  });
}

describe('the probes', () => {
  it('are one for each zone that there is', () => {
    const functions = (parameters: Deployment['parameters']) =>
      made(parameters).filter((name) => /^Probe[A-Z]$/.test(name));

    expect(functions({})).toEqual(['ProbeA', 'ProbeB']);
    expect(functions({ ZoneBPublicSubnet: '', ZoneBPrivateSubnets: [''] })).toEqual(['ProbeA']);
    expect(functions(allZones)).toEqual(allProbes);
  });

  it('are not there with Probe=off, nor is anything of theirs', () => {
    const deployed = deploy({ Probe: 'off' });

    expect(made({ Probe: 'off' })).toEqual([]);
    expect(deployed.at('Resources', 'Zones', 'Properties', 'Settings', 'Probe')).toBe('off');
    expect(
      resources
        .filter(([name]) => /Probe|TooSmall/.test(name))
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(made(allZones).toSorted());
  });

  it.each([
    ['ProbeA', 'subnet-000000000000000a1'],
    ['ProbeB', 'subnet-000000000000000b1'],
  ])('are in the first private subnet of their zone: %s', (name, subnet) => {
    expect(deploy().at('Resources', name, 'Properties', 'VpcConfig')).toEqual({
      SubnetIds: [subnet],
      SecurityGroupIds: ['sg-b'],
    });
  });

  it('differ in their zone and in nothing else', () => {
    const without = (name: string) => {
      const text = JSON.stringify(read(template, ['Resources', name, 'Properties']));
      return text.replace(/zone [a-f]/, 'zone').replace(/Zone[A-F]PrivateSubnets/, 'PrivateSubnets');
    };

    expect(new Set(allProbes.map(without)).size).toBe(1);
  });

  it('know their targets and the filters that these have to pass', () => {
    const env = (parameters: Deployment['parameters']) =>
      Object.fromEntries(
        entriesOf(deploy(parameters).at('Resources', 'ProbeA', 'Properties', 'Environment', 'Variables')).map(
          ([name, value]) => [name, String(value)],
        ),
      );

    expect(readTargets(env({}))).toHaveLength(3);
    expect(readTargets(env({ ProbeTargets: ['https://one.example/', 'https://two.example/'] }))).toEqual([
      'https://one.example/',
      'https://two.example/',
    ]);
    expect(readTargets(env({ AllowedDomains: ['example.com'], EgressAllowList: ['1.1.1.1/32'] }))).toEqual([
      'https://1.1.1.1/',
      'https://example.com/',
    ]);
  });

  it('may be asked by both functions, each of them and nothing else', () => {
    const policy = deploy().at('Resources', 'AskProbesPolicy', 'Properties');
    const holders = resources.flatMap(([name, resource]) =>
      JSON.stringify(readIfThere(resource, ['Properties', 'ManagedPolicyArns']) ?? '').includes('AskProbes')
        ? [name]
        : [],
    );

    expect(holders).toEqual(['ControllerRole', 'LifecycleRole']);
    expect(statementsOf([policy])).toEqual([
      {
        Sid: 'AskProbes',
        Action: ['lambda:InvokeFunction'],
        Resource: ['ProbeA', 'ProbeB'].map(
          (name) => `arn:aws:lambda:eu-central-1:123456789012:function:phoenat-${name}-1`,
        ),
      },
    ]);
  });

  it('leave nothing to be done in their name: their code may write the log, and Lambda alone the rest', () => {
    const [policy] = [deploy().at('Resources', 'ProbeRole', 'Properties', 'Policies', '0', 'PolicyDocument')];
    const statements = entriesOf(read(policy, ['Statement'])).map(([, statement]) => statement);

    expect(statements.map((statement) => [read(statement, ['Sid']), read(statement, ['Effect'])])).toEqual([
      ['WriteLog', 'Allow'],
      ['BeInVpc', 'Allow'],
      ['NothingFromCode', 'Deny'],
    ]);
    expect(read(statements[2], ['NotAction'])).toEqual(read(statements[0], ['Action']));
    expect(read(statements[2], ['Condition'])).toEqual({
      ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:*:*:function:*' },
    });
  });
});

describe('between the probes and the NAT instances', () => {
  const rule = (name: string) => {
    const properties = deploy().at('Resources', name, 'Properties');
    const of = (key: string) => read(properties, [key]);
    return [of('GroupId'), of('IpProtocol'), of('FromPort'), of('ToPort'), of('SourceSecurityGroupId')];
  };

  it('nothing leads to the probes, and from them HTTPS anywhere and the health port of the NAT instances', () => {
    const group = deploy().at('Resources', 'ProbeSecurityGroup', 'Properties');

    expect(readIfThere(group, ['SecurityGroupIngress'])).toBeUndefined();
    expect(read(group, ['SecurityGroupEgress'])).toEqual([
      expect.objectContaining({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }),
      expect.objectContaining({
        IpProtocol: 'tcp',
        FromPort: healthPort,
        ToPort: healthPort,
        DestinationSecurityGroupId: groups['NatSecurityGroup.GroupId'],
      }),
    ]);
  });

  it('the NAT instances let in both, whoever the clients are, before a probe is asked', () => {
    const nat = groups['NatSecurityGroup.GroupId'];

    expect(rule('NatIngressFromProbes')).toEqual([nat, 'tcp', 443, 443, 'sg-b']);
    expect(rule('NatHealthFromProbes')).toEqual([nat, 'tcp', healthPort, healthPort, 'sg-b']);
    for (const name of allProbes) {
      expect(read(template, ['Resources', name, 'DependsOn'])).toEqual([
        'NatIngressFromProbes',
        'NatHealthFromProbes',
      ]);
    }
  });

  it('the NAT instances ask each other, though clients may get no further out than the web', () => {
    const nat = groups['NatSecurityGroup.GroupId'];
    const { Type, Properties } = Object(read(template, ['Resources', 'NatHealthEgress']));

    expect(rule('NatHealthIngress')).toEqual([nat, 'tcp', healthPort, healthPort, nat]);
    expect(Type).toBe('AWS::EC2::SecurityGroupEgress');
    expect(Properties).toMatchObject({ FromPort: healthPort, ToPort: healthPort });
    expect(read(Properties, ['DestinationSecurityGroupId'])).toEqual(read(Properties, ['GroupId']));
  });

  it('the role goes last, when Lambda has removed the interfaces in its name', () => {
    expect(read(template, ['Resources', 'ProbeSecurityGroup', 'DependsOn'])).toBe('ProbeRole');
  });
});

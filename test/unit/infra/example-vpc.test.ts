import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../../../scripts/template-value.ts';
import { Deploying } from '../../template/deployment.ts';

const parse = (file: string) =>
  parseTemplate(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'));
const template = parse('infra/example-vpc.yaml');

/** What `Ref` gives for a resource of this template: its name as an id is enough here. */
const refs = Object.fromEntries(entriesOf(read(template, ['Resources'])).map(([name]) => [name, name]));
const attributes = { ...refs, 'Vpc.CidrBlock': '10.42.0.0/20', 'TestSecurityGroup.GroupId': 'sg-test' };
const deployed = new Deploying(template, { parameters: {}, attributes });

type Resource = { readonly name: string; readonly properties: (key: string) => unknown };

function resources(type: string): Resource[] {
  return entriesOf(read(template, ['Resources'])).flatMap(([name, resource]) =>
    readIfThere(resource, ['Type']) === type
      ? [{ name, properties: (key: string) => deployed.at('Resources', name, 'Properties', key) }]
      : [],
  );
}

function tableOf(subnet: unknown): unknown {
  return resources('AWS::EC2::SubnetRouteTableAssociation')
    .find(({ properties }) => properties('SubnetId') === subnet)
    ?.properties('RouteTableId');
}

const routedTables = resources('AWS::EC2::Route').map(({ properties }) => properties('RouteTableId'));
const privateSubnets = ['ZoneAPrivateSubnet', 'ZoneBPrivateSubnet'];
const publicSubnets = ['ZoneAPublicSubnet', 'ZoneBPublicSubnet'];
const zoneOf = (subnet: string) => read(template, ['Resources', subnet, 'Properties', 'AvailabilityZone']);

describe('the example VPC', () => {
  it('has one route, from the public table to the internet gateway', () => {
    const routes = resources('AWS::EC2::Route').map(({ properties }) =>
      ['RouteTableId', 'DestinationCidrBlock', 'GatewayId'].map(properties),
    );

    expect(routes).toEqual([['PublicRouteTable', '0.0.0.0/0', 'InternetGateway']]);
    expect(publicSubnets.map(tableOf)).toEqual(['PublicRouteTable', 'PublicRouteTable']);
  });

  it('leaves the default routes of the private subnets to Phoenat, in one table for each zone', () => {
    const tables = privateSubnets.map(tableOf);

    expect(tables).toEqual(['ZoneAPrivateRouteTable', 'ZoneBPrivateRouteTable']);
    expect(tables.filter((table) => routedTables.includes(table))).toEqual([]);
  });

  it('has the public and the private subnet of a zone in one Availability Zone, and two of these', () => {
    expect(privateSubnets.map(zoneOf)).toEqual(publicSubnets.map(zoneOf));
    expect(zoneOf('ZoneAPublicSubnet')).not.toEqual(zoneOf('ZoneBPublicSubnet'));
  });
});

describe('the test instance', () => {
  const at = (...path: readonly string[]) => deployed.at('Resources', 'TestClient', 'Properties', ...path);

  it('is in the private subnet of zone a, where nobody reaches it from outside', () => {
    const group = (key: string) =>
      readIfThere(read(template, ['Resources', 'TestSecurityGroup', 'Properties']), [key]);

    expect(at('SubnetId')).toBe('ZoneAPrivateSubnet');
    expect(at('SecurityGroupIds')).toEqual(['sg-test']);
    expect(group('SecurityGroupIngress')).toBeUndefined();
    expect(group('SecurityGroupEgress')).toMatchObject([{ ToPort: 80 }, { ToPort: 443 }]);
  });

  it('wants tokens of those who ask for its metadata, and encrypts its volume', () => {
    expect(at('MetadataOptions', 'HttpTokens')).toBe('required');
    expect(at('BlockDeviceMappings')).toMatchObject([{ Ebs: { Encrypted: true } }]);
  });

  it('can be left out, with all that only it needs', () => {
    const without = new Deploying(template, { parameters: { TestInstance: 'false' }, attributes });
    const conditional = [
      ...entriesOf(read(template, ['Resources'])),
      ...entriesOf(read(template, ['Outputs'])),
    ]
      .filter(([, item]) => readIfThere(item, ['Condition']) === 'HasTestInstance')
      .map(([name]) => name);

    expect(without.holds('HasTestInstance')).toBe(false);
    expect(deployed.holds('HasTestInstance')).toBe(true);
    expect(conditional).toEqual([
      'TestSecurityGroup',
      'TestRole',
      'TestInstanceProfile',
      'TestClient',
      'TestInstanceId',
      'TryIt',
    ]);
  });
});

describe('the commands that it hands out', () => {
  const command = String(deployed.at('Outputs', 'DeployPhoenat', 'Value'));
  const parameters = Object.fromEntries(
    command
      .split('--parameter-overrides ')[1]
      ?.split(/\s+/)
      .map((pair) => pair.split('=')) ?? [],
  );
  const known = entriesOf(read(parse('template.yaml'), ['Parameters']));

  it("give Phoenat's template this VPC, its range and its subnets", () => {
    expect(parameters).toEqual({
      VpcId: 'Vpc',
      ClientCidrs: '10.42.0.0/20',
      ZoneAPublicSubnet: 'ZoneAPublicSubnet',
      ZoneAPrivateSubnets: 'ZoneAPrivateSubnet',
      ZoneBPublicSubnet: 'ZoneBPublicSubnet',
      ZoneBPrivateSubnets: 'ZoneBPrivateSubnet',
    });
  });

  const names = known.map(([name]) => name);

  it("name Phoenat's parameters, and all that have no default", () => {
    const required = known.flatMap(([name, parameter]) =>
      readIfThere(parameter, ['Default']) === undefined ? [name] : [],
    );

    expect(Object.keys(parameters).filter((name) => !names.includes(name))).toEqual([]);
    expect(required.filter((name) => !(name in parameters))).toEqual([]);
  });

  it('lead to the test instance', () => {
    expect(deployed.at('Outputs', 'TryIt', 'Value')).toMatch(/ --target TestClient .*curl -I https:/);
  });
});

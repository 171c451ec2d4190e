import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { App, Aws, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnRoute, Vpc, type VpcProps } from 'aws-cdk-lib/aws-ec2';
import { Phoenat, PhoenatProvider } from '../dist/index.js';
import { appWith, artifactsDirectory, type Made, threeZones, twoGroups } from './apps.mts';

type Properties = Readonly<Record<string, unknown>>;
type Resource = { readonly Properties: Properties; readonly DependsOn?: readonly string[] };

function only(resources: Readonly<Record<string, Properties>>): [string, Resource] {
  const [first, ...others] = Object.entries(resources);
  assert.ok(first !== undefined && others.length === 0);
  const [id, { Properties = {}, DependsOn }] = first;
  const properties = typeof Properties === 'object' && Properties !== null ? { ...Properties } : {};
  return [id, { Properties: properties, ...(Array.isArray(DependsOn) && { DependsOn }) }];
}

function nested({ stack }: Made): {
  template: Template;
  id: string;
  resource: Resource;
  parameters: Properties;
} {
  const template = Template.fromStack(stack);
  const [id, resource] = only(template.findResources('AWS::CloudFormation::Stack'));
  const { Parameters } = resource.Properties;
  const parameters = typeof Parameters === 'object' && Parameters !== null ? { ...Parameters } : {};
  return { template, id, resource, parameters };
}

/** The logical ID of a resource whose ID begins like that. */
function idOf(template: Template, type: string, begin: string): string {
  const [id, ...others] = Object.keys(template.findResources(type)).filter((name) => name.startsWith(begin));
  assert.ok(id !== undefined && others.length === 0, `${begin}: ${id}, ${others.join()}`);
  return id;
}

const subnetId = (template: Template, begin: string) => idOf(template, 'AWS::EC2::Subnet', begin);

describe('a VPC with Phoenat', () => {
  it('has a zone for each Availability Zone, each with its own private subnet', () => {
    const { template, parameters } = nested(appWith());
    const ref = (begin: string) => ({ Ref: subnetId(template, begin) });

    assert.deepEqual(parameters['ZoneAPublicSubnet'], ref('VpcPublicSubnet1'));
    assert.deepEqual(parameters['ZoneAPrivateSubnets'], ref('VpcPrivateSubnet1'));
    assert.deepEqual(parameters['ZoneBPublicSubnet'], ref('VpcPublicSubnet2'));
    assert.deepEqual(parameters['ZoneBPrivateSubnets'], ref('VpcPrivateSubnet2'));
    assert.equal('ZoneCPublicSubnet' in parameters, false);
    assert.deepEqual(parameters['VpcId'], { Ref: idOf(template, 'AWS::EC2::VPC', 'Vpc') });
    assert.deepEqual(parameters['ClientCidrs'], {
      'Fn::GetAtt': [idOf(template, 'AWS::EC2::VPC', 'Vpc'), 'CidrBlock'],
    });
  });

  it('has no NAT gateway, and no default route but those of the public subnets', () => {
    const { template } = nested(appWith());

    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::Route', 2);
    template.allResourcesProperties('AWS::EC2::Route', { GatewayId: Match.anyValue() });
  });

  it('makes the stack once the public subnets have the internet and the private ones their tables', () => {
    const { template, resource } = nested(appWith());
    const before = [
      ['AWS::EC2::Route', 'VpcPublicSubnet1DefaultRoute'],
      ['AWS::EC2::Route', 'VpcPublicSubnet2DefaultRoute'],
      ['AWS::EC2::SubnetRouteTableAssociation', 'VpcPublicSubnet1'],
      ['AWS::EC2::SubnetRouteTableAssociation', 'VpcPublicSubnet2'],
      ['AWS::EC2::SubnetRouteTableAssociation', 'VpcPrivateSubnet1'],
      ['AWS::EC2::SubnetRouteTableAssociation', 'VpcPrivateSubnet2'],
    ].map(([type = '', begin = '']) => idOf(template, type, begin));

    assert.deepEqual(resource.DependsOn?.toSorted(), before.toSorted());
    const [route] = Object.values(template.findResources('AWS::EC2::Route'));
    assert.ok(route?.['DependsOn'].includes(idOf(template, 'AWS::EC2::VPCGatewayAttachment', 'Vpc')));
  });

  it('makes what waits for a private subnet after the stack', () => {
    const { template, id } = nested(appWith());
    const [, client] = only(template.findResources('AWS::EC2::Instance'));

    assert.ok(client.DependsOn?.includes(id));
  });

  it('serves all private subnets from one zone with natGateways: 1', () => {
    const { template, parameters } = nested(appWith({ ...threeZones, natGateways: 1 }));
    const [one, two, three] = [1, 2, 3].map((n) => ({ Ref: subnetId(template, `VpcPrivateSubnet${n}`) }));

    assert.deepEqual(parameters['ZoneAPrivateSubnets'], { 'Fn::Join': [',', [one, two, three]] });
    assert.equal('ZoneBPublicSubnet' in parameters, false);
  });

  it('spreads the subnets of an Availability Zone without an instance over the others', () => {
    const { template, parameters } = nested(appWith({ ...threeZones, natGateways: 2 }));
    const [one, , three] = [1, 2, 3].map((n) => ({ Ref: subnetId(template, `VpcPrivateSubnet${n}`) }));

    assert.deepEqual(parameters['ZoneAPrivateSubnets'], { 'Fn::Join': [',', [one, three]] });
    assert.deepEqual(parameters['ZoneBPrivateSubnets'], { Ref: subnetId(template, 'VpcPrivateSubnet2') });
  });

  it('serves several groups of private subnets, and no isolated one', () => {
    const { template, parameters } = nested(appWith({ subnetConfiguration: twoGroups }));
    const refs = ['VpcappsSubnet1', 'VpcjobsSubnet1'].map((begin) => ({ Ref: subnetId(template, begin) }));

    assert.deepEqual(parameters['ZoneAPrivateSubnets'], { 'Fn::Join': [',', refs] });
    assert.equal(JSON.stringify(parameters).includes(subnetId(template, 'VpcdataSubnet1')), false);
  });

  it('takes template and code from the bucket of the CDK', () => {
    const made = appWith();
    const { resource, parameters } = nested(made);
    made.app.synth();
    const assets = JSON.parse(readFileSync(`${made.app.outdir}/Network.assets.json`, 'utf8'));

    assert.match(
      JSON.stringify(resource.Properties['TemplateURL']),
      /https:\/\/s3\..*cdk-hnb659fds-assets.*\.yaml/,
    );
    assert.match(JSON.stringify(parameters['CodeBucket']), /cdk-hnb659fds-assets/);
    for (const name of ['ControllerCodeKey', 'LifecycleCodeKey', 'ProbeCodeKey']) {
      const key = String(parameters[name]);
      assert.match(key, /^[0-9a-f]{64}\.zip$/);
      assert.ok(key.replace('.zip', '') in assets.files);
    }
  });

  it('gives outputs to the app', () => {
    const { provider, stack } = appWith();

    assert.equal(provider.configuredGateways.length, 2);
    const [, second] = provider.configuredGateways;
    assert.match(JSON.stringify(stack.resolve(second?.gatewayId)), /"Fn::Select":\[1,\{"Fn::Split":\[", "/);
    assert.match(
      JSON.stringify(stack.resolve(provider.phoenat.alarmTopic.topicArn)),
      /Outputs\.AlarmTopicArn/,
    );
    assert.match(
      JSON.stringify(stack.resolve(provider.phoenat.clientSecurityGroup.securityGroupId)),
      /Outputs\.ClientSecurityGroupId/,
    );
  });
});

describe('options', () => {
  it('become parameters, and absent ones are left to the template', () => {
    const { parameters } = nested(
      appWith(
        {},
        {
          traffic: 'all',
          instanceTypes: ['t4g.small', 't4g.micro'],
          probe: false,
          allowedDomains: [],
          volumeGiB: 20,
          tags: { Team: 'network', CostCentre: '4711' },
          clientCidrs: ['10.0.0.0/8', '100.64.0.0/10'],
          eipAllocationIds: ['eipalloc-0123456789abcdef0', 'eipalloc-0123456789abcdef1'],
        },
      ),
    );

    assert.equal(parameters['Traffic'], 'all');
    assert.equal(parameters['InstanceTypes'], 't4g.small,t4g.micro');
    assert.equal(parameters['Probe'], 'off');
    assert.equal(parameters['AllowedDomains'], '');
    assert.equal(parameters['VolumeGiB'], '20');
    assert.equal(parameters['Tags'], 'Team=network,CostCentre=4711');
    assert.equal(parameters['ClientCidrs'], '10.0.0.0/8,100.64.0.0/10');
    assert.equal(parameters['ZoneBAllocationId'], 'eipalloc-0123456789abcdef1');
    assert.equal('StandIn' in parameters, false);
  });

  it('may be known at the deployment only', () => {
    const app = new App();
    const stack = new Stack(app, 'Network');
    const size = new CfnParameter(stack, 'Size', { type: 'Number' });
    const types = new CfnParameter(stack, 'Types', { type: 'CommaDelimitedList' });
    const provider = new PhoenatProvider({
      artifactsDirectory,
      volumeGiB: size.valueAsNumber,
      instanceTypes: types.valueAsList,
      alarmEmail: Fn.importValue('OnCall'),
      tags: { Account: Aws.ACCOUNT_ID },
    });
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGatewayProvider: provider });
    const { parameters } = nested({ app, stack, vpc, provider });

    assert.deepEqual(parameters['VolumeGiB'], { Ref: 'Size' });
    assert.deepEqual(parameters['InstanceTypes'], { 'Fn::Join': [',', { Ref: 'Types' }] });
    assert.deepEqual(parameters['AlarmEmail'], { 'Fn::ImportValue': 'OnCall' });
    assert.deepEqual(parameters['Tags'], { 'Fn::Join': ['', ['Account=', { Ref: 'AWS::AccountId' }]] });
  });

  it('may be a list of addresses that is known at the deployment only', () => {
    const withAddresses = (read: (stack: Stack) => readonly string[]) => {
      const app = new App();
      const stack = new Stack(app, 'Network');
      const provider = new PhoenatProvider({ artifactsDirectory, eipAllocationIds: read(stack) });
      const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGatewayProvider: provider });
      return nested({ app, stack, vpc, provider }).parameters;
    };
    const one = withAddresses(
      (stack) => new CfnParameter(stack, 'Addresses', { type: 'CommaDelimitedList' }).valueAsList,
    );
    const two = withAddresses(() => Fn.split(',', Fn.importValue('Addresses')));

    assert.deepEqual(one['ZoneAAllocationId'], { 'Fn::Select': [0, { Ref: 'Addresses' }] });
    assert.deepEqual(one['ZoneBAllocationId'], { 'Fn::Select': [1, { Ref: 'Addresses' }] });
    assert.deepEqual(two['ZoneAAllocationId'], {
      'Fn::Select': [0, { 'Fn::Split': [',', { 'Fn::ImportValue': 'Addresses' }] }],
    });
    assert.equal('ZoneCAllocationId' in one, false);
  });
});

describe('a mistake', () => {
  const message = (build: () => unknown): string => {
    try {
      build();
      return 'nothing is refused';
    } catch (error) {
      return String(error);
    }
  };

  it('in the number of addresses is refused', () => {
    assert.match(
      message(() => appWith({}, { eipAllocationIds: ['eipalloc-1'] })),
      /2 NAT instances and 1 eipAllocationIds/,
    );
  });

  it('of a standby beside several zones is refused', () => {
    assert.match(
      message(() => appWith({}, { standby: true }).app.synth()),
      /a standby is for a single zone/,
    );
    assert.equal(
      message(() => appWith({ natGateways: 1 }, { standby: true }).app.synth()),
      'nothing is refused',
    );
  });

  it('of a second VPC is refused', () => {
    const { stack, provider } = appWith();

    assert.match(
      message(() => new Vpc(stack, 'Other', { natGatewayProvider: provider })),
      /serves one VPC/,
    );
  });

  it('of a missing release is told with its remedy', () => {
    assert.match(
      message(() => appWith({}, { artifactsDirectory: '/nowhere' })),
      /\/nowhere must hold one phoenat\.template\.yaml.*npm run release/,
    );
  });

  it('of asking too early is told', () => {
    assert.match(
      message(() => new PhoenatProvider().phoenat),
      /give the provider to a Vpc/,
    );
  });

  it('in a tag is refused', () => {
    assert.match(
      message(() => appWith({}, { tags: { Team: 'a,b' } })),
      /the tag Team=a,b contains a comma/,
    );
  });

  it('of a zone that serves nobody is refused', () => {
    const stack = new Stack(new App(), 'Own');
    new Phoenat(stack, 'Phoenat', {
      artifactsDirectory,
      vpcId: 'vpc-1',
      clientCidrs: ['10.0.0.0/16'],
      zones: [{ publicSubnetId: 'subnet-1', privateSubnetIds: [] }],
    });

    assert.match(
      message(() => Template.fromStack(stack)),
      /subnet-1 has no private subnets to serve/,
    );
  });
});

describe('the way back to NAT gateways', () => {
  const subnetsOf = (props: VpcProps) => {
    const stack = new Stack(new App(), 'Network');
    new Vpc(stack, 'Vpc', props);
    const template = Template.fromStack(stack);
    return { subnets: template.findResources('AWS::EC2::Subnet'), template };
  };

  it('leads over the same subnets without any, as the README has it', () => {
    const before = Template.fromStack(appWith().stack).findResources('AWS::EC2::Subnet');
    const between = subnetsOf({ natGateways: 0, subnetConfiguration: Vpc.DEFAULT_SUBNETS });
    const after = subnetsOf({});

    assert.deepEqual(between.subnets, before);
    between.template.resourceCountIs('AWS::EC2::Route', 2);
    assert.deepEqual(after.subnets, before);
    assert.notDeepEqual(subnetsOf({ natGateways: 0 }).subnets, before);
  });

  it('begins with routes that the README knows the name of', () => {
    const vpc = new Vpc(new Stack(new App(), 'Network'), 'Vpc');

    assert.ok(
      vpc.privateSubnets.every((subnet) => subnet.node.findChild('DefaultRoute') instanceof CfnRoute),
    );
  });
});

describe('an existing VPC', () => {
  it('is served by the construct itself', () => {
    const stack = new Stack(new App(), 'Own');
    new Phoenat(stack, 'Phoenat', {
      artifactsDirectory,
      vpcId: 'vpc-1',
      clientCidrs: ['10.0.0.0/16'],
      zones: [
        {
          publicSubnetId: 'subnet-1',
          privateSubnetIds: ['subnet-2', 'subnet-3'],
          allocationId: 'eipalloc-1',
        },
      ],
    });
    const [, { Properties }] = only(Template.fromStack(stack).findResources('AWS::CloudFormation::Stack'));

    assert.deepEqual(
      {
        ...Object(Properties['Parameters']),
        CodeBucket: 0,
        ControllerCodeKey: 0,
        LifecycleCodeKey: 0,
        ProbeCodeKey: 0,
      },
      {
        VpcId: 'vpc-1',
        ClientCidrs: '10.0.0.0/16',
        ZoneAPublicSubnet: 'subnet-1',
        ZoneAPrivateSubnets: 'subnet-2,subnet-3',
        ZoneAAllocationId: 'eipalloc-1',
        CodeBucket: 0,
        ControllerCodeKey: 0,
        LifecycleCodeKey: 0,
        ProbeCodeKey: 0,
      },
    );
  });
});

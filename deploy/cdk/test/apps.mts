import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { type SubnetConfiguration, SubnetType, Vpc, type VpcProps } from 'aws-cdk-lib/aws-ec2';
import { PhoenatProvider, type PhoenatProviderProps } from '../dist/index.js';

/** What `npm run release` makes; `npm run test:cdk` says where. */
export const artifactsDirectory = process.env['PHOENAT_ARTIFACTS'] ?? '';

export type Made = {
  readonly app: App;
  readonly stack: Stack;
  readonly vpc: Vpc;
  readonly provider: PhoenatProvider;
};

/** An app with a VPC, and a resource in a private subnet that needs the internet. */
export function appWith(vpcProps: VpcProps = {}, phoenat: PhoenatProviderProps = {}): Made {
  const app = new App();
  const stack = new Stack(app, 'Network');
  const provider = new PhoenatProvider({ artifactsDirectory, ...phoenat });
  const vpc = new Vpc(stack, 'Vpc', { natGatewayProvider: provider, ...vpcProps });
  const [subnet] = vpc.privateSubnets;
  const client = new CfnResource(stack, 'Client', { type: 'AWS::EC2::Instance', properties: {} });
  if (subnet !== undefined) client.node.addDependency(subnet.internetConnectivityEstablished);
  return { app, stack, vpc, provider };
}

export const twoGroups: SubnetConfiguration[] = [
  { name: 'public', subnetType: SubnetType.PUBLIC },
  { name: 'apps', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
  { name: 'jobs', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
  { name: 'data', subnetType: SubnetType.PRIVATE_ISOLATED },
];

export const threeZones = { availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'] };

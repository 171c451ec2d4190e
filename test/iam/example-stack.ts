import type { Parameters } from './policies.ts';

/** A stack with all that the template can have, for calls that no scenario makes: another's, and the platform's. */
export const exampleStack = {
  'AWS::StackName': 'phoenat',
  VpcId: 'vpc-0123456789abcdef0',
  InstanceTypes: ['t4g.nano', 't4g.micro'],
  MetricNamespace: 'Phoenat',
  StandIn: 'on',
  'NatSecurityGroup.GroupId': 'sg-0123456789abcdef0',
  ZoneAPublicSubnet: 'subnet-000000000000000a0',
  ZoneAPrivateSubnets: ['subnet-000000000000000a1'],
  ZoneAAllocationId: 'eipalloc-000000000000000a0',
  ZoneBPublicSubnet: 'subnet-000000000000000b0',
  ZoneBPrivateSubnets: ['subnet-000000000000000b1'],
  ZoneBAllocationId: 'eipalloc-000000000000000b0',
  ZoneCPublicSubnet: 'subnet-000000000000000c0',
  ZoneCPrivateSubnets: ['subnet-000000000000000c1'],
  ZoneCAllocationId: 'eipalloc-000000000000000c0',
  ZoneDPublicSubnet: 'subnet-000000000000000d0',
  ZoneDPrivateSubnets: ['subnet-000000000000000d1'],
  ZoneDAllocationId: 'eipalloc-000000000000000d0',
  ZoneEPublicSubnet: 'subnet-000000000000000e0',
  ZoneEPrivateSubnets: ['subnet-000000000000000e1'],
  ZoneEAllocationId: 'eipalloc-000000000000000e0',
  ZoneFPublicSubnet: 'subnet-000000000000000f0',
  ZoneFPrivateSubnets: ['subnet-000000000000000f1'],
  ZoneFAllocationId: 'eipalloc-000000000000000f0',
} as const satisfies Parameters;

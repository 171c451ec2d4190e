import { describe, expect, it } from 'vitest';
import { type DeployedStack, questionsOf } from '../../aws/core/recorded-permissions.ts';
import type { RecordedCall } from '../../iam/recorded-call.ts';
import { natInstanceRoleArn } from '../../iam/stack-names.ts';

const recorded = {
  'AWS::StackName': 'phoenat',
  VpcId: 'vpc-00000000000000001',
  InstanceTypes: ['t4g.nano'],
  MarketType: 'on-demand',
  MetricNamespace: 'Phoenat',
  StandIn: 'on',
  'NatSecurityGroup.GroupId': 'sg-00000000000000001',
  ZoneAPublicSubnet: 'subnet-00000000000000001',
  ZoneAPrivateSubnets: ['subnet-00000000000000002', 'subnet-00000000000000003'],
  ZoneAAllocationId: 'eipalloc-00000000000000001',
};

const deployed: DeployedStack = {
  partition: 'aws-us-gov',
  accountId: '999999999999',
  region: 'us-gov-west-1',
  natInstanceRoleArn: 'arn:aws-us-gov:iam::999999999999:role/run-NatInstanceRole',
  instanceProfileArn: 'arn:aws-us-gov:iam::999999999999:instance-profile/run-Nat',
  parameters: {
    ...recorded,
    'AWS::StackName': 'phoenat-test-abcdef',
    VpcId: 'vpc-aaaaaaaaaaaaaaaa1',
    'NatSecurityGroup.GroupId': 'sg-aaaaaaaaaaaaaaaa1',
    ZoneAPublicSubnet: 'subnet-aaaaaaaaaaaaaaaa1',
    ZoneAPrivateSubnets: 'subnet-aaaaaaaaaaaaaaaa2',
    ZoneAAllocationId: 'eipalloc-aaaaaaaaaaaaaaaa1',
  },
};

function call(differs: Partial<RecordedCall>): RecordedCall {
  return {
    role: 'ControllerRole',
    service: 'ec2',
    name: 'RunInstances',
    input: {},
    test: 'a test',
    authorizations: [],
    parameters: recorded,
    kind: 'x',
    count: 1,
    ...differs,
  };
}

function on(
  resource: string,
  context: Readonly<Record<string, string | readonly string[]>> = {},
  isThere = true,
) {
  return { action: 'ec2:RunInstances', resource, context, isThere };
}

describe('the recorded calls', () => {
  it.each([
    [
      'arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-00000000000000001',
      'arn:aws-us-gov:ec2:us-gov-west-1:999999999999:subnet/subnet-aaaaaaaaaaaaaaaa1',
    ],
    [
      'arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-00000000000000003',
      'arn:aws-us-gov:ec2:us-gov-west-1:999999999999:subnet/subnet-aaaaaaaaaaaaaaaa2',
    ],
    [
      'arn:aws:ec2:eu-central-1::image/ami-0123456789abcdef0',
      'arn:aws-us-gov:ec2:us-gov-west-1::image/ami-0123456789abcdef0',
    ],
    [natInstanceRoleArn, deployed.natInstanceRoleArn],
    ['*', '*'],
  ])('about %s are asked about %s', (resource, ours) => {
    const { questions } = questionsOf([call({ authorizations: [on(resource)] })], deployed);

    expect(questions.map((question) => question.resource)).toEqual([ours]);
  });

  it('take with them what AWS knows of the resource, as it is in the deployed stack', () => {
    const context = {
      'ec2:Region': 'eu-central-1',
      'aws:ResourceTag/phoenat:stack': 'phoenat',
      'ec2:Vpc': 'arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-00000000000000001',
      'aws:TagKeys': ['Name', 'phoenat:stack'],
    };
    const { questions } = questionsOf([call({ authorizations: [on('*', context)] })], deployed);

    expect(questions[0]?.context).toEqual({
      'ec2:Region': 'us-gov-west-1',
      'aws:ResourceTag/phoenat:stack': ['phoenat-test-abcdef'],
      'ec2:Vpc': ['arn:aws-us-gov:ec2:us-gov-west-1:999999999999:vpc/vpc-aaaaaaaaaaaaaaaa1'],
      'aws:TagKeys': ['Name', 'phoenat:stack'],
    });
  });

  it('leave out stacks of another shape, what was gone, and what was asked already', () => {
    const { questions, ofOtherStacks, aboutNothing } = questionsOf(
      [
        call({ authorizations: [on('*'), on('*'), on('*', {}, false)] }),
        call({ authorizations: [on('*')], parameters: { ...recorded, MarketType: 'spot' } }),
        call({
          authorizations: [on('*')],
          parameters: { ...recorded, ZoneBPublicSubnet: 'subnet-00000000000000009' },
        }),
        call({ authorizations: [on('*')], parameters: { ...recorded, Standby: 'on' } }),
        call({ authorizations: [on('*')], parameters: { ...recorded, InstanceTypes: ['t3.nano'] } }),
        call({ authorizations: [on('*')], parameters: { ...recorded, MetricNamespace: 'Other' } }),
      ],
      deployed,
    );

    expect([questions.length, ofOtherStacks, aboutNothing]).toEqual([1, 5, 1]);
  });
});

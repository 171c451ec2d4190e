import type { RunName } from './names.ts';
import { runTag } from './names.ts';

export type Programs = { readonly farEnd: string };

/** Ports that Phoenat lets through by default (Traffic=web). */
export const requestsPort = 80;
export const connectionsPort = 443;

const core = { 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/AmazonSSMManagedInstanceCore` };

/**
 * The stack that measures: the client in the private subnet of zone a, and what it sends to, in the public subnet of zone b
 * and reached by its public address, so that packets take the way of the internet: through the NAT instance and the
 * gateway. And what Run Command needs on the NAT instances, whose own role is for Session Manager alone.
 */
export function farEndTemplate(run: RunName, { farEnd }: Programs): unknown {
  const tagged = (name: string) => [
    { Key: runTag, Value: run },
    { Key: 'Name', Value: `${run}-${name}` },
  ];
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Measures Phoenat: a client in a private subnet, and what it sends to (npm run test:aws)',
    Parameters: {
      Image: {
        Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
        Default: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
      },
      VpcId: { Type: 'AWS::EC2::VPC::Id' },
      PrivateSubnet: { Type: 'AWS::EC2::Subnet::Id' },
      PublicSubnet: { Type: 'AWS::EC2::Subnet::Id' },
      NatInstanceRole: { Type: 'String' },
      AddressA: { Type: 'String' },
      AddressB: { Type: 'String' },
    },
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          Description: 'For Run Command on the client of a measurement',
          AssumeRolePolicyDocument: assumedByEc2,
          ManagedPolicyArns: [core],
          Tags: tagged('client'),
        },
      },
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } },
      RunCommandOnNat: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'run-command',
          Roles: [{ Ref: 'NatInstanceRole' }],
          PolicyDocument: {
            Version: '2012-10-17',
            // As in AmazonSSMManagedInstanceCore: agents before 3.3.40 get their commands by this way.
            Statement: [
              {
                Sid: 'TakeCommands',
                Effect: 'Allow',
                Action: [
                  'AcknowledgeMessage',
                  'DeleteMessage',
                  'FailMessage',
                  'GetEndpoint',
                  'GetMessages',
                  'SendReply',
                ].map((action) => `ec2messages:${action}`),
                Resource: '*',
              },
            ],
          },
        },
      },
      ClientGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'HTTP and HTTPS out, nothing in',
          VpcId: { Ref: 'VpcId' },
          SecurityGroupEgress: [requestsPort, connectionsPort].map((port) => rule(port, '0.0.0.0/0')),
          Tags: tagged('client'),
        },
      },
      FarEndGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription:
            'Requests and connections of the Elastic IPs of the NAT instances, and nothing else',
          VpcId: { Ref: 'VpcId' },
          SecurityGroupIngress: ['AddressA', 'AddressB'].flatMap((name) =>
            [requestsPort, connectionsPort].map((port) => rule(port, { 'Fn::Sub': `\${${name}}/32` })),
          ),
          Tags: tagged('far-end'),
        },
      },
      FarEnd: {
        Type: 'AWS::EC2::Instance',
        Properties: {
          ...usual,
          NetworkInterfaces: [
            {
              DeviceIndex: '0',
              AssociatePublicIpAddress: true,
              SubnetId: { Ref: 'PublicSubnet' },
              GroupSet: [{ 'Fn::GetAtt': ['FarEndGroup', 'GroupId'] }],
            },
          ],
          UserData: { 'Fn::Base64': userData(farEnd) },
          Tags: tagged('far-end'),
        },
      },
      Client: {
        Type: 'AWS::EC2::Instance',
        DependsOn: ['RunCommandOnNat'],
        Properties: {
          ...usual,
          SubnetId: { Ref: 'PrivateSubnet' },
          SecurityGroupIds: [{ 'Fn::GetAtt': ['ClientGroup', 'GroupId'] }],
          IamInstanceProfile: { Ref: 'Profile' },
          Tags: tagged('client'),
        },
      },
    },
    Outputs: {
      ClientId: { Value: { Ref: 'Client' } },
      FarEndId: { Value: { Ref: 'FarEnd' } },
    },
  };
}

export const measuringType = 't4g.nano' as const;

const usual = {
  ImageId: { Ref: 'Image' },
  InstanceType: measuringType,
  PropagateTagsToVolumeOnCreation: true,
  MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
  BlockDeviceMappings: [
    {
      DeviceName: '/dev/xvda',
      Ebs: { VolumeType: 'gp3', VolumeSize: 8, Encrypted: true, DeleteOnTermination: true },
    },
  ],
};

const assumedByEc2 = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } }],
};

function rule(port: number, CidrIp: unknown) {
  return { IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp };
}

/** No quote of the shell's can end the program: the mark stands on a line of its own. */
function userData(farEnd: string): string {
  return [
    '#!/bin/bash',
    "cat > /opt/far_end.py <<'FAR_END_PROGRAM'",
    farEnd.trimEnd(),
    'FAR_END_PROGRAM',
    `systemd-run --unit=far-end --property=Restart=always python3 /opt/far_end.py 0.0.0.0 ${requestsPort} ${connectionsPort}`,
    '',
  ].join('\n');
}

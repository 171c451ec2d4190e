import { zoneLetters } from '../../shared/config/zone-letters.ts';
import type { Role } from './policies.ts';
import type { Authorization } from './recorded-call.ts';
import * as names from './stack-names.ts';

/** A call that is made in a role's name, but not through the client of EC2 that the scenarios play on. */
export type PlatformCall = Omit<Authorization, 'isThere'> & {
  readonly role: Role;
  /** Who makes it, and where that is said. */
  readonly source: string;
};

const ofLogs = (role: Role, logGroup: string): readonly PlatformCall[] =>
  ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    role,
    action,
    resource: `${logGroup}:log-stream:2026/01/01/[$LATEST]0123456789abcdef`,
    context: {},
    source: 'Lambda, for the function\'s log (Lambda Developer Guide, "Execution role")',
  }));

const deadLetters = (role: Role): PlatformCall => ({
  role,
  action: 'sqs:SendMessage',
  resource: names.deadLettersArn,
  context: {},
  source: 'Lambda, for an event that failed (Lambda Developer Guide, "Destinations")',
});

/** Lambda makes them without the key that marks the calls of a function's code. */
const ofVpc: readonly PlatformCall[] = [
  ['CreateNetworkInterface', names.ec2Arn('network-interface', 'new')],
  ['DeleteNetworkInterface', names.ec2Arn('network-interface', 'eni-0123456789abcdef0')],
  ['AssignPrivateIpAddresses', names.ec2Arn('network-interface', 'eni-0123456789abcdef0')],
  ['UnassignPrivateIpAddresses', names.ec2Arn('network-interface', 'eni-0123456789abcdef0')],
  ['DescribeNetworkInterfaces', '*'],
  ['DescribeSubnets', '*'],
].map(([name, resource = '*']) => ({
  role: 'ProbeRole',
  action: `ec2:${name}`,
  resource,
  context: {},
  source: 'Lambda, for a function in a VPC (Lambda Developer Guide, "Attaching Lambda functions to a VPC")',
}));

const ofProbes = (role: Role): readonly PlatformCall[] =>
  zoneLetters.map((letter) => ({
    role,
    action: 'lambda:InvokeFunction',
    resource: names.probeArn(letter),
    context: {},
    source: 'the function, to ask a probe (functions/ask-probe.ts)',
  }));

const ebs =
  'EC2, with the rights of whoever launches (EBS User Guide, "Requirements for Amazon EBS encryption")';

/** With the grant that EC2 takes for the instance; the image may be under another key than the volume. */
const ofVolumeKey = (role: Role): readonly PlatformCall[] => {
  const context = { 'kms:ViaService': 'ec2.eu-central-1.amazonaws.com' };
  const call = { role, resource: names.volumeKeyArn, source: ebs };
  return [
    ...['Decrypt', 'DescribeKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'].map(
      (name) => ({ ...call, action: `kms:${name}`, context }),
    ),
    { ...call, action: 'kms:CreateGrant', context: { ...context, 'kms:GrantIsForAWSResource': 'true' } },
  ];
};

const agent = 'the SSM agent (Systems Manager User Guide, "Instance permissions for Session Manager")';

const ofAgent = (): readonly PlatformCall[] => [
  {
    role: 'NatInstanceRole',
    action: 'ssm:UpdateInstanceInformation',
    resource: names.ec2Arn('instance', 'i-0123456789abcdef0'),
    context: {},
    source: agent,
  },
  ...['CreateControlChannel', 'OpenControlChannel', 'CreateDataChannel', 'OpenDataChannel'].map(
    (name): PlatformCall => ({
      role: 'NatInstanceRole',
      action: `ssmmessages:${name}`,
      resource: '*',
      context: {},
      source: agent,
    }),
  ),
];

const ofWatch: PlatformCall = {
  role: 'NatInstanceRole',
  action: 'events:PutEvents',
  resource: names.defaultBusArn,
  context: { 'events:source': ['phoenat.watch'], 'events:detail-type': ['NAT instance suspected'] },
  source: 'the watch of a NAT instance (infra/nat-instance/watch.py)',
};

/** What is needed besides, from the documents: these calls are not recorded. */
export const platformCalls: readonly PlatformCall[] = [
  ...ofLogs('ControllerRole', names.controllerLogArn),
  ...ofLogs('LifecycleRole', names.lifecycleLogArn),
  ...ofLogs('ProbeRole', names.probeLogArn),
  ...ofVpc,
  ...ofProbes('ControllerRole'),
  ...ofProbes('LifecycleRole'),
  deadLetters('ControllerRole'),
  deadLetters('LifecycleRole'),
  {
    role: 'LifecycleRole',
    action: 'lambda:InvokeFunction',
    resource: names.lifecycleArn,
    context: {},
    source: 'the lifecycle function, to be carried on (functions/lifecycle/handler.ts)',
  },
  {
    role: 'LifecycleRole',
    action: 'ec2:DeleteTags',
    resource: names.ec2Arn('elastic-ip', 'eipalloc-0123456789abcdef0'),
    context: {
      'aws:ResourceTag/aws:cloudformation:stack-name': 'phoenat',
      'aws:ResourceTag/aws:cloudformation:logical-id': 'ZoneBAddress',
      'aws:TagKeys': ['phoenat:paused', 'phoenat:last-good-image', 'phoenat:launches'],
    },
    source:
      'the lifecycle function, for the address of a zone left out: the scenarios know no CloudFormation tags',
  },
  ...ofVolumeKey('ControllerRole'),
  ...ofVolumeKey('LifecycleRole'),
  ...ofAgent(),
  ofWatch,
];

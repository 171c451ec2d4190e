import { exampleStack } from './example-stack.ts';
import type { Role } from './policies.ts';
import type { Authorization, Context } from './recorded-call.ts';
import * as names from './stack-names.ts';

// What somebody would try who has got hold of a role. Each is one decision that AWS would have to allow; the rest of such a
// call is taken to be in order, so that nothing but the policy stands in the way.

export type HostileCall = Omit<Authorization, 'isThere'> & {
  readonly what: string;
  /** In whose name it is tried. */
  readonly roles: readonly Role[];
};

/** Something that a role can do beyond its task, because AWS gives no way to forbid it. */
export type KnownPower = HostileCall;

const functions: readonly Role[] = ['ControllerRole', 'LifecycleRole'];
const everyRole: readonly Role[] = [...functions, 'NatInstanceRole'];
/** Of every call that is made by code in a function, as Lambda marks it. */
const fromProbe = { 'lambda:SourceFunctionArn': names.probeArn('a') };

const arn = names.ec2Arn;
const { ZoneAPublicSubnet: publicSubnet, ZoneAAllocationId: address } = exampleStack;
const privateSubnet = exampleStack.ZoneAPrivateSubnets[0];
const ourVpc = { 'ec2:Vpc': arn('vpc', exampleStack.VpcId) };
const foreignVpc = { 'ec2:Vpc': arn('vpc', 'vpc-0f00000000000000f') };
const own = tagged('phoenat');
const requested = {
  'aws:RequestTag/phoenat:stack': 'phoenat',
  'aws:TagKeys': ['phoenat:stack', 'phoenat:zone', 'Name'],
};
const small = { 'ec2:InstanceType': 't4g.nano', 'ec2:MetadataHttpTokens': 'required' };
const throughEc2 = { 'kms:ViaService': 'ec2.eu-central-1.amazonaws.com' };

function tagged(stack: string): Context {
  return { 'aws:ResourceTag/phoenat:stack': stack, 'ec2:ResourceTag/phoenat:stack': stack };
}

type Row = readonly [what: string, action: string, resource: string, context: Context];

function triedBy(roles: readonly Role[], rows: readonly Row[]): readonly HostileCall[] {
  return rows.map(([what, action, resource, context]) => ({
    what,
    roles,
    action,
    resource,
    context: { 'ec2:Region': 'eu-central-1', ...context },
  }));
}

const instances: readonly Row[] = [
  ['terminate a foreign instance', 'ec2:TerminateInstances', arn('instance', 'i-0f'), {}],
  [
    'terminate an instance of another stack',
    'ec2:TerminateInstances',
    arn('instance', 'i-0f'),
    tagged('other'),
  ],
  ['read the console of a foreign instance', 'ec2:GetConsoleOutput', arn('instance', 'i-0f'), {}],
  ['read the console of another stack', 'ec2:GetConsoleOutput', arn('instance', 'i-0f'), tagged('other')],
  ['read user data, which may hold secrets', 'ec2:DescribeInstanceAttribute', arn('instance', 'i-0a'), own],
  ['put own user data into an instance', 'ec2:ModifyInstanceAttribute', arn('instance', 'i-0a'), own],
  ['start a stopped instance', 'ec2:StartInstances', arn('instance', 'i-0a'), own],
];

const tags: readonly Row[] = [
  ['tag a foreign instance as ours', 'ec2:CreateTags', arn('instance', 'i-0f'), requested],
  [
    'tag a foreign instance, claiming another creation',
    'ec2:CreateTags',
    arn('instance', 'i-0f'),
    { ...requested, 'ec2:CreateAction': 'StartInstances' },
  ],
  [
    'rename the stack of our own instance',
    'ec2:CreateTags',
    arn('instance', 'i-0a'),
    { ...own, ...requested },
  ],
  [
    'mark an instance of another stack for replacement',
    'ec2:CreateTags',
    arn('instance', 'i-0f'),
    { ...tagged('other'), 'aws:TagKeys': ['phoenat:replace'] },
  ],
  [
    'take the stack tag off our own instance',
    'ec2:DeleteTags',
    arn('instance', 'i-0a'),
    { ...own, 'aws:TagKeys': ['phoenat:stack'] },
  ],
  ['take all tags off our Elastic IP', 'ec2:DeleteTags', arn('elastic-ip', address), {}],
  [
    'take a foreign tag off our Elastic IP',
    'ec2:DeleteTags',
    arn('elastic-ip', address),
    { 'aws:TagKeys': ['CostCenter'] },
  ],
  [
    'take a foreign tag off along with one of ours',
    'ec2:DeleteTags',
    arn('elastic-ip', address),
    { 'aws:TagKeys': ['phoenat:paused', 'CostCenter'] },
  ],
  [
    'pause a zone of another stack',
    'ec2:CreateTags',
    arn('elastic-ip', 'eipalloc-0f'),
    { 'aws:TagKeys': ['phoenat:paused'] },
  ],
  [
    "end the pause of another stack's own Elastic IP",
    'ec2:DeleteTags',
    arn('elastic-ip', 'eipalloc-0f'),
    {
      'aws:ResourceTag/aws:cloudformation:stack-name': 'other',
      'aws:ResourceTag/aws:cloudformation:logical-id': 'ZoneAAddress',
      'aws:TagKeys': ['phoenat:paused'],
    },
  ],
  [
    'take all tags off a route table',
    'ec2:DeleteTags',
    arn('route-table', 'rtb-0a'),
    { 'aws:ResourceTag/phoenat:restore-target': 'none' },
  ],
  [
    'take a foreign tag off a route table',
    'ec2:DeleteTags',
    arn('route-table', 'rtb-0a'),
    { 'aws:ResourceTag/phoenat:restore-target': 'none', 'aws:TagKeys': ['Name'] },
  ],
  [
    'take all tags off a route table that it has taken over',
    'ec2:DeleteTags',
    arn('route-table', 'rtb-0a'),
    { 'aws:ResourceTag/phoenat:taken-over': 'phoenat 1795401703' },
  ],
  [
    'take a foreign tag off a route table that it has taken over',
    'ec2:DeleteTags',
    arn('route-table', 'rtb-0a'),
    { 'aws:ResourceTag/phoenat:taken-over': 'phoenat', 'aws:TagKeys': ['Name'] },
  ],
  [
    'take the mark of a stack whose name begins like ours off its route table',
    'ec2:DeleteTags',
    arn('route-table', 'rtb-0f'),
    {
      'aws:ResourceTag/phoenat:taken-over': 'phoenat-2 1795401703',
      'aws:TagKeys': ['phoenat:taken-over'],
    },
  ],
  [
    'note a way back on a route table of another VPC',
    'ec2:CreateTags',
    arn('route-table', 'rtb-0f'),
    { ...foreignVpc, 'aws:TagKeys': ['phoenat:restore-target'] },
  ],
];

const network: readonly Row[] = [
  [
    'delete an interface without our tag',
    'ec2:DeleteNetworkInterface',
    arn('network-interface', 'eni-0f'),
    {},
  ],
  [
    'assign an address to a foreign interface',
    'ec2:AssignPrivateIpAddresses',
    arn('network-interface', 'eni-0f'),
    {},
  ],
  [
    'change the source/destination check of a foreign interface',
    'ec2:ModifyNetworkInterfaceAttribute',
    arn('network-interface', 'eni-0f'),
    {},
  ],
  [
    'put our interface into another group',
    'ec2:ModifyNetworkInterfaceAttribute',
    arn('security-group', 'sg-0f'),
    ourVpc,
  ],
  ['move a foreign Elastic IP', 'ec2:AssociateAddress', arn('elastic-ip', 'eipalloc-0f'), {}],
  [
    'put our Elastic IP on a foreign interface',
    'ec2:AssociateAddress',
    arn('network-interface', 'eni-0f'),
    {},
  ],
  ['put our Elastic IP on a foreign instance', 'ec2:AssociateAddress', arn('instance', 'i-0f'), {}],
  ['take a foreign Elastic IP off', 'ec2:DisassociateAddress', arn('elastic-ip', 'eipalloc-0f'), {}],
  [
    'take an Elastic IP off a foreign interface',
    'ec2:DisassociateAddress',
    arn('network-interface', 'eni-0f'),
    {},
  ],
  ['release an address', 'ec2:ReleaseAddress', arn('elastic-ip', address), {}],
  ['change a route of another VPC', 'ec2:ReplaceRoute', arn('route-table', 'rtb-0f'), foreignVpc],
  ['make a route in another VPC', 'ec2:CreateRoute', arn('route-table', 'rtb-0f'), foreignVpc],
  ['delete a route of another VPC', 'ec2:DeleteRoute', arn('route-table', 'rtb-0f'), foreignVpc],
  [
    'give a subnet another route table',
    'ec2:ReplaceRouteTableAssociation',
    arn('route-table', 'rtb-0a'),
    ourVpc,
  ],
  ['open a security group', 'ec2:AuthorizeSecurityGroupIngress', arn('security-group', 'sg-0a'), ourVpc],
  [
    'make an interface without our tag',
    'ec2:CreateNetworkInterface',
    arn('network-interface', 'new'),
    { 'aws:TagKeys': ['Name'] },
  ],
  [
    'make an interface in a private subnet',
    'ec2:CreateNetworkInterface',
    arn('subnet', privateSubnet),
    ourVpc,
  ],
];

const launches: readonly Row[] = [
  [
    'launch a large type',
    'ec2:RunInstances',
    arn('instance', 'new'),
    { ...small, ...requested, 'ec2:InstanceType': 'p5.48xlarge' },
  ],
  ['launch without our tag', 'ec2:RunInstances', arn('instance', 'new'), small],
  [
    'launch in the name of another stack',
    'ec2:RunInstances',
    arn('instance', 'new'),
    { ...small, 'aws:RequestTag/phoenat:stack': 'other', 'aws:TagKeys': ['phoenat:stack'] },
  ],
  [
    'launch with IMDSv1',
    'ec2:RunInstances',
    arn('instance', 'new'),
    { ...small, ...requested, 'ec2:MetadataHttpTokens': 'optional' },
  ],
  [
    'launch with a volume that is not encrypted',
    'ec2:RunInstances',
    arn('volume', 'new'),
    { ...requested, 'ec2:Encrypted': 'false' },
  ],
  ['launch in a private subnet', 'ec2:RunInstances', arn('subnet', privateSubnet), ourVpc],
  ['launch with another group', 'ec2:RunInstances', arn('security-group', 'sg-0f'), ourVpc],
  [
    'launch on an interface of another subnet',
    'ec2:RunInstances',
    arn('network-interface', 'eni-0f'),
    { 'ec2:Subnet': arn('subnet', privateSubnet), ...ourVpc },
  ],
  [
    'ask for Spot in the name of another stack',
    'ec2:RunInstances',
    arn('spot-instances-request', 'new'),
    { 'aws:RequestTag/phoenat:stack': 'other', 'aws:TagKeys': ['phoenat:stack'] },
  ],
  ['ask for Spot without our tag', 'ec2:RunInstances', arn('spot-instances-request', 'new'), {}],
  [
    'make the role that Spot needs',
    'iam:CreateServiceLinkedRole',
    names.spotRoleArn,
    { 'iam:AWSServiceName': 'spot.amazonaws.com' },
  ],
  ['launch with a key pair', 'ec2:RunInstances', arn('key-pair', 'mine'), {}],
  ['launch from a launch template', 'ec2:RunInstances', arn('launch-template', 'lt-0f'), {}],
  ['launch from a snapshot', 'ec2:RunInstances', 'arn:aws:ec2:eu-central-1::snapshot/snap-0f', {}],
];

const beyondEc2: readonly Row[] = [
  [
    'hand another role to an instance',
    'iam:PassRole',
    `arn:aws:iam::${names.accountId}:role/Admin`,
    { 'iam:PassedToService': 'ec2.amazonaws.com' },
  ],
  [
    'hand our role to another service',
    'iam:PassRole',
    names.natInstanceRoleArn,
    { 'iam:PassedToService': 'lambda.amazonaws.com' },
  ],
  ['decrypt with the volume key by itself', 'kms:Decrypt', names.volumeKeyArn, {}],
  [
    'decrypt with another key',
    'kms:Decrypt',
    names.volumeKeyArn.replace(/key\/.*/, 'key/ffffffff-1111-2222-3333-444455556666'),
    throughEc2,
  ],
  ['lend the volume key to somebody', 'kms:CreateGrant', names.volumeKeyArn, throughEc2],
  ['delete the volume key', 'kms:ScheduleKeyDeletion', names.volumeKeyArn, throughEc2],
  [
    'send metrics in a foreign namespace',
    'cloudwatch:PutMetricData',
    '*',
    { 'cloudwatch:namespace': 'Billing' },
  ],
  ['invoke the controller', 'lambda:InvokeFunction', names.controllerArn, {}],
  ['change a function', 'lambda:UpdateFunctionCode', names.lifecycleArn, {}],
  ['read what is in the dead-letter queue', 'sqs:ReceiveMessage', names.deadLettersArn, {}],
  ['delete its own log', 'logs:DeleteLogGroup', names.lifecycleLogArn, {}],
  ['take up another role', 'sts:AssumeRole', `arn:aws:iam::${names.accountId}:role/Admin`, {}],
];

const parameter = `arn:aws:ssm:eu-central-1:${names.accountId}:parameter/database/password`;

const alarm = { 'events:source': ['phoenat.watch'], 'events:detail-type': ['NAT instance suspected'] };

const ofRouters: readonly Row[] = [
  ['read a parameter', 'ssm:GetParameter', parameter, {}],
  ['read parameters by path', 'ssm:GetParametersByPath', parameter, {}],
  [
    'read a secret',
    'secretsmanager:GetSecretValue',
    `arn:aws:secretsmanager:eu-central-1:${names.accountId}:secret:x`,
    {},
  ],
  ['run a command elsewhere', 'ssm:SendCommand', arn('instance', 'i-0f'), {}],
  ['open a session elsewhere', 'ssm:StartSession', arn('instance', 'i-0f'), {}],
  ['read an object of S3', 's3:GetObject', 'arn:aws:s3:::some-bucket/some-object', {}],
  ['look at the account', 'ec2:DescribeInstances', '*', {}],
  ['put any event', 'events:PutEvents', names.defaultBusArn, {}],
  ['speak as EC2', 'events:PutEvents', names.defaultBusArn, { ...alarm, 'events:source': ['aws.ec2'] }],
  [
    'speak as another application',
    'events:PutEvents',
    names.defaultBusArn,
    { ...alarm, 'events:source': ['phoenat.watch', 'shop'] },
  ],
  [
    'say something else',
    'events:PutEvents',
    names.defaultBusArn,
    { ...alarm, 'events:detail-type': ['Order'] },
  ],
  ['speak on another bus', 'events:PutEvents', `${names.defaultBusArn}-2`, alarm],
  ['silence the rules', 'events:DisableRule', names.defaultBusArn.replace('event-bus/default', 'rule/x'), {}],
  ['terminate itself', 'ec2:TerminateInstances', arn('instance', 'i-0a'), own],
  ['launch', 'ec2:RunInstances', arn('instance', 'new'), { ...small, ...requested }],
];

/** What Lambda itself may do in the role's name. */
const ofProbes: readonly Row[] = [
  ['make an interface', 'ec2:CreateNetworkInterface', arn('network-interface', 'new'), {}],
  ['make it in any subnet', 'ec2:CreateNetworkInterface', arn('subnet', privateSubnet), {}],
  ['remove any interface', 'ec2:DeleteNetworkInterface', arn('network-interface', 'eni-0f'), {}],
  ['take an address', 'ec2:AssignPrivateIpAddresses', arn('network-interface', 'eni-0f'), {}],
  ['take one away', 'ec2:UnassignPrivateIpAddresses', arn('network-interface', 'eni-0f'), {}],
  ['look at the interfaces', 'ec2:DescribeNetworkInterfaces', '*', {}],
  ['look at the subnets', 'ec2:DescribeSubnets', '*', {}],
  ['invoke the controller', 'lambda:InvokeFunction', names.controllerArn, {}],
  ['invoke another probe', 'lambda:InvokeFunction', names.probeArn('b'), {}],
];

/** Every one of these has to be denied. */
export const hostileCalls: readonly HostileCall[] = [
  ...triedBy(everyRole, [...instances, ...tags, ...network, ...launches, ...beyondEc2]),
  ...triedBy(['NatInstanceRole'], ofRouters),
  ...triedBy(
    ['ProbeRole'],
    [...instances, ...tags, ...network, ...launches, ...beyondEc2, ...ofProbes].map(
      ([what, action, resource, context]): Row => [what, action, resource, { ...context, ...fromProbe }],
    ),
  ),
  ...triedBy(functions, [
    [
      "invoke another stack's probe",
      'lambda:InvokeFunction',
      'arn:aws:lambda:eu-central-1:123456789012:function:other-ProbeA-1',
      {},
    ],
  ]),
  ...triedBy(['NatInstanceRole'], [['ask a probe', 'lambda:InvokeFunction', names.probeArn('a'), {}]]),
  ...triedBy(
    ['ControllerRole'],
    [
      ['invoke the lifecycle function', 'lambda:InvokeFunction', names.lifecycleArn, {}],
      ['delete a route', 'ec2:DeleteRoute', arn('route-table', 'rtb-0a'), ourVpc],
    ],
  ),
];

/** Each of these is allowed, and docs/security.md says so. One that no longer is has to go from both. */
export const knownPowers: readonly KnownPower[] = [
  ...triedBy(functions, [
    [
      'launch on an interface of a public subnet that is not ours: RunInstances knows no tags of interfaces',
      'ec2:RunInstances',
      arn('network-interface', 'eni-0f'),
      { 'ec2:Subnet': arn('subnet', publicSubnet), ...ourVpc },
    ],
    [
      'launch from any image: which is the newest is found out at each launch',
      'ec2:RunInstances',
      'arn:aws:ec2:eu-central-1::image/ami-0f',
      { 'ec2:Owner': '999999999999' },
    ],
    [
      'launch as many as the quota allows: RunInstances knows no count',
      'ec2:RunInstances',
      arn('instance', 'new'),
      { ...small, ...requested },
    ],
    [
      'lead a route of any table of the VPC anywhere: a route has no condition but its table',
      'ec2:ReplaceRoute',
      arn('route-table', 'rtb-0f'),
      ourVpc,
    ],
    [
      'take an address from an interface of the same subnet: only the one that gets it is judged',
      'ec2:AssignPrivateIpAddresses',
      arn('network-interface', 'eni-0a'),
      { ...own, 'ec2:Subnet': arn('subnet', publicSubnet), ...ourVpc },
    ],
    [
      'note a false way back on any table of the VPC',
      'ec2:CreateTags',
      arn('route-table', 'rtb-0f'),
      { ...ourVpc, 'aws:TagKeys': ['phoenat:restore-target'] },
    ],
  ]),
  ...triedBy(
    ['ControllerRole'],
    [
      [
        'send false metrics: stacks share the namespace',
        'cloudwatch:PutMetricData',
        '*',
        { 'cloudwatch:namespace': 'Phoenat' },
      ],
    ],
  ),
  ...triedBy(
    ['LifecycleRole'],
    [
      ['delete any route of the VPC', 'ec2:DeleteRoute', arn('route-table', 'rtb-0f'), ourVpc],
      [
        "take another stack's note off its route table: removing tags knows no VPC",
        'ec2:DeleteTags',
        arn('route-table', 'rtb-0f'),
        { 'aws:ResourceTag/phoenat:restore-target': 'none', 'aws:TagKeys': ['phoenat:restore-target'] },
      ],
      [
        "end another stack's pause on an address that it was given: that does not say whom it serves",
        'ec2:DeleteTags',
        arn('elastic-ip', 'eipalloc-0f'),
        { 'aws:TagKeys': ['phoenat:paused'] },
      ],
    ],
  ),
];

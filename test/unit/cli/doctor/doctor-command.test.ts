import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeAccountAttributesCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  DescribeVpcEncryptionControlsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Image,
  type RouteTable,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addDoctor } from '../../../../cli/doctor/add-doctor.ts';
import { CliError } from '../../../../cli/session.ts';
import { id } from '../../core/a-snapshot.ts';
import { invoke, noSuchStack, refusal, someClients } from './a-session.ts';

// What EC2 and CloudFormation answer, and what `phoenat doctor` makes of it. The account has one VPC: subnet a0 is
// public; a1 is private, with a table of its own.

const ec2 = mockClient(EC2Client);
const cloudFormation = mockClient(CloudFormationClient);
const sns = mockClient(SNSClient);
const iam = mockClient(IAMClient);
const lambda = mockClient(LambdaClient);
afterAll(() => {
  for (const client of [ec2, cloudFormation, sns, iam, lambda]) client.restore();
});

const VpcId = id('vpc', '1');
const vpc = { VpcId, CidrBlock: '10.0.0.0/16' };
const sdkSubnet = (hex: string): Subnet => ({
  SubnetId: id('subnet', hex),
  VpcId,
  AvailabilityZone: 'eu-central-1a',
  CidrBlock: '10.0.0.0/24',
  AvailableIpAddressCount: 200,
});
const sdkTable = (hex: string, target: Record<string, string>): RouteTable => ({
  RouteTableId: id('routeTable', hex),
  VpcId,
  Associations: [{ SubnetId: id('subnet', hex) }],
  Routes: [{ DestinationCidrBlock: '0.0.0.0/0', State: 'active', ...target }],
});
const publicTable = sdkTable('a0', { GatewayId: 'igw-1' });
const privateTable = sdkTable('a1', { NatGatewayId: id('natGateway', 'a') });
const gateway = {
  NatGatewayId: id('natGateway', 'a'),
  SubnetId: id('subnet', 'a0'),
  NatGatewayAddresses: [{ PublicIp: '203.0.113.7' }],
};

const image: Image = {
  ImageId: 'ami-0d6fc8f787cd9a417',
  Name: 'al2023-ami-2023.11.20260427.1-kernel-6.1-arm64',
  CreationDate: '2026-04-29T19:42:11.000Z',
  Architecture: 'arm64',
  State: 'available',
  RootDeviceType: 'ebs',
  VirtualizationType: 'hvm',
};

beforeEach(() => {
  ec2.reset();
  cloudFormation.reset();
  for (const client of [sns, iam, lambda]) {
    client.reset();
    client.rejects('unexpected call');
  }
  lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit: { UnreservedConcurrentExecutions: 1_000 } });
  ec2.rejects('unexpected call');
  cloudFormation.on(DescribeStacksCommand).rejects(noSuchStack('phoenat'));
  ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [vpc] });
  ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [sdkSubnet('a0'), sdkSubnet('a1')] });
  ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: [publicTable, privateTable] });
  ec2.on(DescribeInternetGatewaysCommand).resolves({ InternetGateways: [{ InternetGatewayId: 'igw-1' }] });
  ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [gateway] });
  ec2.on(DescribeVpcEndpointsCommand).resolves({ VpcEndpoints: [] });
  ec2.on(DescribeImagesCommand).resolves({ Images: [image] });
  ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
  ec2.on(DescribeVpcBlockPublicAccessOptionsCommand).resolves({
    VpcBlockPublicAccessOptions: { InternetGatewayBlockMode: 'off', State: 'default-state' },
  });
  ec2.on(DescribeVpcBlockPublicAccessExclusionsCommand).resolves({ VpcBlockPublicAccessExclusions: [] });
  ec2.on(DescribeVpcEncryptionControlsCommand).resolves({ VpcEncryptionControls: [] });
  ec2
    .on(DescribeAddressesCommand)
    .resolves({ Addresses: [{ AllocationId: 'eipalloc-1', AssociationId: 'x' }] });
  ec2.on(DescribeAccountAttributesCommand).resolves({
    AccountAttributes: [{ AttributeName: 'vpc-max-elastic-ips', AttributeValues: [{ AttributeValue: '5' }] }],
  });
});

const doctor = (words: readonly string[] = [], over = {}) => invoke(addDoctor, ['doctor', ...words], over);

type Answer = {
  readonly inventory: Record<string, unknown>;
  readonly findings: readonly { readonly severity: string; readonly resource: string }[];
  readonly command: string;
};

/** By AWS, with this code. */
function refusedAs(code: string): Error {
  return Object.assign(new Error('no.'), { name: code });
}

async function answer(words: readonly string[] = []): Promise<Answer> {
  const parsed: Answer = JSON.parse((await doctor(words, { json: true })).out);
  return parsed;
}

function deployed(
  parameters: Readonly<Record<string, string>>,
  StackStatus: StackStatus = 'CREATE_COMPLETE',
  outputs: Readonly<Record<string, string>> = {},
) {
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  const stack = { StackName: 'phoenat', StackStatus, CreationTime: new Date(0), Parameters, Outputs };
  cloudFormation.on(DescribeStacksCommand).resolves({ Stacks: [stack] });
}

const zoneParameters = {
  VpcId,
  ClientCidrs: '10.0.0.0/16',
  ZoneAPublicSubnet: id('subnet', 'a0'),
  ZoneAPrivateSubnets: id('subnet', 'a1'),
  ZoneBPublicSubnet: '',
  ZoneBPrivateSubnets: '',
};

describe('what is read', () => {
  it('the network ACLs, where the deployed stack asks clients whose a packet is', async () => {
    deployed({ ...zoneParameters, KeepConnections: 'all' });
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    const all = { Protocol: '-1', CidrBlock: '0.0.0.0/0', Egress: false };
    ec2.on(DescribeNetworkAclsCommand).resolves({
      NetworkAcls: [
        {
          NetworkAclId: 'acl-1',
          Associations: [{ SubnetId: id('subnet', 'a0') }],
          Entries: [
            {
              ...all,
              RuleNumber: 100,
              RuleAction: 'allow',
              Protocol: '6',
              PortRange: { From: 443, To: 443 },
            },
            { ...all, RuleNumber: 101, RuleAction: 'allow', Egress: true },
            { Protocol: '-1', Ipv6CidrBlock: '::/0', Egress: false, RuleNumber: 102, RuleAction: 'allow' },
            { ...all, RuleNumber: 32_767, RuleAction: 'deny' },
          ],
        },
      ],
    });
    const blocked = await answer();

    expect(blocked.findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', resource: 'acl-1' }),
    );
    ec2.on(DescribeNetworkAclsCommand).rejects(new Error('not for you'));
    const { findings } = await answer();
    expect(findings).toContainEqual(
      expect.objectContaining({ problem: expect.stringMatching(/is unknown: .*not for you/) }),
    );
  });

  it('is what is told, for machines', async () => {
    ec2.on(DescribeVpcEndpointsCommand).resolves({
      VpcEndpoints: [
        {
          VpcEndpointId: 'vpce-1',
          VpcEndpointType: 'Gateway',
          ServiceName: 'com.amazonaws.eu-central-1.s3',
          RouteTableIds: [id('routeTable', 'a0')],
          PolicyDocument: '{}',
        },
        {
          VpcEndpointId: 'vpce-2',
          VpcEndpointType: 'Gateway',
          ServiceName: 'com.amazonaws.eu-central-1.dynamodb',
        },
      ],
    });
    ec2.on(DescribeAddressesCommand).resolves({
      Addresses: [
        { AllocationId: 'eipalloc-1', AssociationId: 'x', NetworkBorderGroup: 'eu-central-1' },
        { AllocationId: 'eipalloc-2' },
      ],
    });
    const { inventory, command } = await answer();
    expect(inventory).toMatchObject({
      region: 'eu-central-1',
      vpc: { id: VpcId, cidrs: ['10.0.0.0/16'], isDefault: false },
      internetGatewayId: 'igw-1',
      natGateways: [
        {
          id: id('natGateway', 'a'),
          subnetId: id('subnet', 'a0'),
          isPublic: true,
          publicIps: ['203.0.113.7'],
        },
      ],
      s3Endpoints: [{ id: 'vpce-1', routeTableIds: [id('routeTable', 'a0')], policy: '{}' }],
      elasticIps: {
        used: 2,
        limit: 5,
        unassociated: ['eipalloc-2'],
        borderGroups: { 'eipalloc-1': 'eu-central-1' },
      },
    });
    expect(command).toContain(`ZoneAPrivateSubnets=${id('subnet', 'a1')}`);
  });

  it('is which interfaces of the VPC another stack has', async () => {
    const tagged = (NetworkInterfaceId: string | undefined, stack: string) => ({
      ...(NetworkInterfaceId === undefined ? {} : { NetworkInterfaceId }),
      TagSet: [
        { Key: 'Name', Value: 'x' },
        { Key: 'phoenat:stack', Value: stack },
      ],
    });
    ec2.on(DescribeNetworkInterfacesCommand).resolves({
      NetworkInterfaces: [
        tagged('eni-1', 'other'),
        tagged('eni-2', 'phoenat'),
        tagged(undefined, 'other'),
        { NetworkInterfaceId: 'eni-3' },
      ],
    });

    expect((await answer()).inventory['otherStacks']).toEqual({ 'eni-1': 'other' });
  });

  it('is the Elastic IP that a deployed zone was given', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    deployed({ ...zoneParameters, ZoneAAllocationId: 'eipalloc-1' });
    const given = (await answer()).inventory['deployment'];
    deployed({ ...zoneParameters, ZoneAAllocationId: '' });
    const own = (await answer()).inventory['deployment'];

    expect(given).toMatchObject({ zones: [{ allocationId: 'eipalloc-1' }] });
    expect(own).toMatchObject({ zones: [expect.not.objectContaining({ allocationId: expect.anything() })] });
  });

  it('is whether the deployed zone has a standby', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    const has: unknown[] = [];
    for (const Standby of ['on', 'off']) {
      deployed({ ...zoneParameters, Standby });
      has.push((await answer()).inventory['deployment']);
    }

    expect(has).toMatchObject([{ hasStandby: true }, { hasStandby: false }]);
  });

  it('is whether its zones stand in for one another, and which tags keep them from watching', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    const has: unknown[] = [];
    const Tags = 'Cost Centre=1,Team=a b';
    for (const parameters of [
      { StandIn: 'off', Watch: 'auto', Tags },
      { StandIn: 'on', Watch: 'auto', Tags, Probe: 'off' },
      { Watch: 'off', Tags },
      {},
    ]) {
      deployed({ ...zoneParameters, ...parameters });
      has.push((await answer()).inventory['deployment']);
    }

    expect(has).toMatchObject([
      { withoutStandIns: true, unshownKeys: ['Cost Centre'] },
      { withoutStandIns: false, unshownKeys: [] },
      { withoutStandIns: false, unshownKeys: [] },
      { withoutStandIns: false, unshownKeys: [] },
    ]);
  });

  it('shows names that somebody has written as they may stand in a terminal', async () => {
    const hostile = (what: string) => [{ Key: 'Name', Value: `${what}\u001b]0;gotcha\u0007\u001b[2J\u202e` }];
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ ...vpc, Tags: hostile('vpc') }] });
    ec2.on(DescribeSubnetsCommand).resolves({
      Subnets: [
        { ...sdkSubnet('a0'), Tags: hostile('public') },
        // A finding names it.
        { ...sdkSubnet('a1'), Tags: hostile('private') },
        { ...sdkSubnet('a2'), Tags: hostile('lonely') },
      ],
    });
    const table = await doctor();
    const json = await doctor([], { json: true });

    for (const { out } of [table, json]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must not come through
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(table.out).toContain('vpc\\u001b]0;gotcha\\u0007\\u001b[2J\\u202e');
    expect(table.out).toContain('lonely\\u001b');
  });

  it('is every page', async () => {
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [sdkSubnet('a0')], NextToken: 'more' });
    ec2
      .on(DescribeSubnetsCommand, { NextToken: 'more' })
      .resolves({ Subnets: [sdkSubnet('a1')], NextToken: '' });
    expect((await answer()).inventory['subnets']).toHaveLength(2);
  });

  it('is whether instances of a subnet get public addresses', async () => {
    ec2.on(DescribeRouteTablesCommand).resolves({
      RouteTables: [publicTable, { ...privateTable, Routes: [] }],
    });
    const mapping = { ...sdkSubnet('a1'), MapPublicIpOnLaunch: true };
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [sdkSubnet('a0'), mapping] });
    const { findings } = await answer();
    expect(findings.map(({ resource }) => resource)).toContain(privateTable.RouteTableId);
  });

  it('are the ranges that are associated with the VPC', async () => {
    const block = (CidrBlock: string, State: 'associated' | 'disassociated') => ({
      CidrBlock,
      CidrBlockState: { State },
    });
    const CidrBlockAssociationSet = [
      block('10.0.0.0/16', 'associated'),
      block('100.64.0.0/16', 'associated'),
      block('10.9.0.0/16', 'disassociated'),
    ];
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ ...vpc, CidrBlockAssociationSet }] });
    expect((await answer()).command).toContain(' ClientCidrs=10.0.0.0/16,100.64.0.0/16 ');
  });

  it('tells owners, routes to halves of the internet, an Outpost, and Encryption Controls', async () => {
    const shared = { ...sdkSubnet('a1'), OwnerId: '222222222222', OutpostArn: 'arn:aws:outposts:…' };
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [sdkSubnet('a0'), shared] });
    const Routes = [
      ...(privateTable.Routes ?? []),
      { DestinationCidrBlock: '128.0.0.0/1', State: 'active' as const, TransitGatewayId: 'tgw-1' },
      { DestinationCidrBlock: '10.0.0.0/8', State: 'active' as const, TransitGatewayId: 'tgw-1' },
      { DestinationIpv6CidrBlock: '::/0', State: 'active' as const, GatewayId: 'igw-1' },
    ];
    ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: [publicTable, { ...privateTable, Routes }] });
    const EncryptionControl = {
      Mode: 'enforce',
      ResourceExclusions: { InternetGateway: { State: 'enabled' } },
    } as const;
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ ...vpc, EncryptionControl }] });
    const aws = { ...someClients(), accountId: async () => '111111111111' };
    const { out } = await doctor(['--vpc', VpcId], { json: true, aws });

    expect(JSON.parse(out).inventory).toMatchObject({
      account: { known: true, id: '111111111111' },
      subnets: [{}, { ownerId: '222222222222', outpostArn: expect.any(String) }],
      routeTables: [{}, { splitDefaults: [{ destination: '128.0.0.0/1', targetId: 'tgw-1' }] }],
      encryption: {
        known: true,
        control: { mode: 'enforce', exclusions: { internetGateway: 'enabled' }, types: { known: false } },
      },
    });
    const refused = async () => {
      throw new Error('no answer');
    };
    const without = await doctor(['--vpc', VpcId], { json: true, aws: { ...aws, accountId: refused } });
    expect(JSON.parse(without.out).inventory.account).toEqual({ known: false, detail: 'Error: no answer' });
  });

  it('is refused where it is half', async () => {
    const { AvailableIpAddressCount: _, ...half } = sdkSubnet('a0');
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [half] });
    await expect(doctor()).rejects.toThrow(
      `DescribeSubnets came without the free addresses of ${half.SubnetId}`,
    );
    const { Routes: __, ...tableWithoutRoutes } = privateTable;
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [sdkSubnet('a0')] });
    ec2.on(DescribeRouteTablesCommand).resolves({ RouteTables: [tableWithoutRoutes] });
    await expect(doctor()).rejects.toThrow(`${privateTable.RouteTableId} came without`);
  });

  it('is not guessed where AWS refuses', async () => {
    const refused = new Error('You are not authorized to perform this operation.');
    ec2.on(DescribeNatGatewaysCommand).rejects(refused);
    await expect(doctor()).rejects.toBe(refused);
  });
});

describe('the VPC', () => {
  it('is refused where it does not exist, with its id and the Region', async () => {
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [] });
    const failure = doctor(['--vpc', 'vpc-0123456789abcdef0']);
    await expect(failure).rejects.toThrow('there is no VPC vpc-0123456789abcdef0 in eu-central-1');
    await expect(failure).rejects.toBeInstanceOf(CliError);
    await expect(failure).rejects.toMatchObject({ exitCode: 3 });
  });

  it.each(['vpc', 'subnet-12345678', 'vpc-12345678 '])('"%s" is no VPC', async (words) => {
    expect(await refusal(doctor(['--vpc', words]))).toContain('vpc-…');
    expect(ec2.calls()).toEqual([]);
  });

  it('has to be chosen where there are several, which are listed', async () => {
    const other = { VpcId: id('vpc', '2'), CidrBlock: '172.31.0.0/16', IsDefault: true };
    ec2
      .on(DescribeVpcsCommand)
      .resolves({ Vpcs: [{ ...vpc, Tags: [{ Key: 'Name', Value: 'web' }] }, other] });
    await expect(doctor()).rejects.toMatchObject({
      exitCode: 2,
      message: [
        'eu-central-1 has 2 VPCs: choose one with --vpc',
        `  ${VpcId}  web  10.0.0.0/16`,
        `  ${other.VpcId}  (no name)  172.31.0.0/16  default`,
      ].join('\n'),
    });
  });

  it('is needed', async () => {
    ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [] });
    await expect(doctor()).rejects.toThrow('eu-central-1 has no VPC');
  });

  it('is the one of the stack where none is named', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    deployed(zoneParameters);
    await doctor();
    expect(ec2.commandCalls(DescribeVpcsCommand)[0]?.args[0].input.Filters).toEqual([
      { Name: 'vpc-id', Values: [VpcId] },
    ]);
  });
});

describe('the stack', () => {
  const eni = id('interface', 'a');

  beforeEach(() => {
    ec2.on(DescribeInstancesCommand).resolves({
      Reservations: [
        {
          Instances: [{ InstanceId: id('instance', 'a'), NetworkInterfaces: [{ NetworkInterfaceId: eni }] }],
        },
      ],
    });
  });

  it('is well where its routes lead to the interface of its instance', async () => {
    deployed(zoneParameters);
    ec2.on(DescribeRouteTablesCommand).resolves({
      RouteTables: [publicTable, sdkTable('a1', { NetworkInterfaceId: eni })],
    });
    const { out, exitCode } = await doctor();
    expect(exitCode).toBe(0);
    expect(out).toContain('phoenat, CREATE_COMPLETE');
    expect(out).toMatch(/^To update the stack, after sam build:$/m);
    expect(out).not.toContain('Worth adding');
    expect(ec2.commandCalls(DescribeInstancesCommand)[0]?.args[0].input.Filters).toEqual([
      { Name: 'tag:phoenat:stack', Values: ['phoenat'] },
    ]);
  });

  it('is not where they still lead to the NAT gateway', async () => {
    deployed(zoneParameters);
    expect((await doctor()).exitCode).toBe(1);
    expect((await answer()).findings[0]).toMatchObject({
      severity: 'error',
      resource: privateTable.RouteTableId,
      problem: expect.stringContaining(`leads to ${id('natGateway', 'a')} (active)`),
    });
  });

  it('does not exist before its change set was executed', async () => {
    deployed(zoneParameters, 'REVIEW_IN_PROGRESS');
    expect((await answer()).inventory['deployment']).toBeUndefined();
    expect(ec2.commandCalls(DescribeInstancesCommand)).toEqual([]);
  });

  it('is refused where it is another one', async () => {
    deployed({ BucketName: 'x' });
    await expect(doctor()).rejects.toThrow('stack phoenat in eu-central-1 has no parameter VpcId');
  });

  it('is not taken for missing where CloudFormation refuses', async () => {
    cloudFormation.on(DescribeStacksCommand).rejects(new Error('no permission'));
    await expect(doctor()).rejects.toThrow('no permission');
    const { $metadata } = noSuchStack('phoenat');
    const throttled = new CloudFormationServiceException({
      name: 'Throttling',
      message: 'Rate exceeded',
      $fault: 'client',
      $metadata,
    });
    cloudFormation.on(DescribeStacksCommand).rejects(throttled);
    await expect(doctor()).rejects.toBe(throttled);
  });
});

describe('VPC Block Public Access', () => {
  const found = async (mode: 'off' | 'block-ingress' | 'block-bidirectional') => {
    const a0 = { ...sdkSubnet('a0'), BlockPublicAccessStates: { InternetGatewayBlockMode: mode } };
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [a0, sdkSubnet('a1')] });
    return (await answer()).findings.filter(({ severity }) => severity === 'error');
  };

  it('is an error where it cuts a public subnet off, and none where the subnet is excluded', async () => {
    expect(await found('block-ingress')).toMatchObject([
      { resource: id('subnet', 'a0'), problem: expect.stringContaining('(block-ingress) cuts every NAT') },
    ]);
    expect(await found('off')).toEqual([]);
  });

  it.each([
    ['block-ingress', 'it lets NAT gateways through.'],
    ['block-bidirectional', 'and NAT gateways too.'],
  ] as const)('(%s) is told with what it does to NAT gateways', async (mode, end) => {
    expect(await found(mode)).toMatchObject([{ problem: expect.stringMatching(new RegExp(`${end}$`)) }]);
  });
});

describe('what EC2 says of public access', () => {
  const publicAccess = async () => (await answer()).inventory['publicAccess'];

  it('is read to its last page', async () => {
    ec2.on(DescribeVpcBlockPublicAccessOptionsCommand).resolves({
      VpcBlockPublicAccessOptions: {
        InternetGatewayBlockMode: 'block-bidirectional',
        State: 'update-complete',
        ManagedBy: 'declarative-policy',
        ExclusionsAllowed: 'not-allowed',
      },
    });
    const exclusion = (letter: string, of: string, over = {}) => ({
      ExclusionId: `vpcbpa-exclude-${letter}`,
      ResourceArn: `arn:aws:ec2:eu-central-1:111111111111:${of}`,
      ...over,
    });
    const first = [
      exclusion('a', `subnet/${id('subnet', 'a0')}`, {
        InternetGatewayExclusionMode: 'allow-egress',
        State: 'create-failed',
        Reason: 'so',
      }),
      { ExclusionId: 'without what it excludes' },
    ];
    ec2
      .on(DescribeVpcBlockPublicAccessExclusionsCommand)
      .callsFake(({ NextToken }) =>
        NextToken === undefined
          ? { VpcBlockPublicAccessExclusions: first, NextToken: 'second' }
          : { VpcBlockPublicAccessExclusions: [exclusion('b', `vpc/${VpcId}`)], NextToken: '' },
      );

    expect(await publicAccess()).toEqual({
      option: {
        known: true,
        mode: 'block-bidirectional',
        state: 'update-complete',
        isOfPolicy: true,
        forbidsExclusions: true,
      },
      exclusions: {
        known: true,
        found: [
          {
            id: 'vpcbpa-exclude-a',
            resourceId: id('subnet', 'a0'),
            mode: 'allow-egress',
            state: 'create-failed',
            reason: 'so',
          },
          { id: 'vpcbpa-exclude-b', resourceId: VpcId },
        ],
      },
    });
    const { out } = await doctor();
    expect(out).toMatch(/public access +block-bidirectional, by the organisation's declarative policy\n/);
    expect(out).toContain('allows no exclusions');
  });

  it('may be nothing, or be refused: all else is said', async () => {
    ec2.on(DescribeVpcBlockPublicAccessOptionsCommand).resolves({});
    ec2.on(DescribeVpcBlockPublicAccessExclusionsCommand).rejects(refusedAs('UnauthorizedOperation'));

    expect(await publicAccess()).toEqual({
      option: { known: true, isOfPolicy: false, forbidsExclusions: false },
      exclusions: { known: false, detail: 'not permitted: no' },
    });
    const { out, exitCode } = await doctor();
    expect(out).toMatch(/public access +unknown\n/);
    expect(out).toContain('sam deploy');
    expect(exitCode).toBe(0);
  });
});

describe('what EC2 says of encryption', () => {
  const encryption = async () => (await answer()).inventory['encryption'];
  const control = {
    VpcId,
    VpcEncryptionControlId: 'vpcec-1',
    Mode: 'enforce',
    State: 'available',
    StateMessage: '',
    ResourceExclusions: { Lambda: { State: 'disabled' } },
  } as const;

  it('is told with the types that comply', async () => {
    ec2
      .on(DescribeVpcEncryptionControlsCommand)
      .resolves({ VpcEncryptionControls: [{ ...control, VpcId: 'vpc-9' }, control] });
    ec2.on(DescribeInstanceTypesCommand).resolves({
      InstanceTypes: [{ InstanceType: 't4g.nano', NetworkInfo: { EncryptionInTransitSupported: false } }],
    });

    expect(await encryption()).toEqual({
      known: true,
      control: {
        id: 'vpcec-1',
        mode: 'enforce',
        state: 'available',
        exclusions: { lambda: 'disabled' },
        types: { known: true, encrypting: [], plain: ['t4g.nano'], unlisted: ['t4g.micro'] },
      },
    });
    expect(ec2.commandCalls(DescribeInstanceTypesCommand)[0]?.args[0].input).toMatchObject({
      Filters: [{ Name: 'instance-type', Values: ['t4g.nano', 't4g.micro'] }],
    });
  });

  it.each(['deleting', 'deleted'] as const)('is nothing where the control is %s', async (State) => {
    ec2.on(DescribeVpcEncryptionControlsCommand).resolves({ VpcEncryptionControls: [{ ...control, State }] });
    expect(await encryption()).toEqual({ known: true });
  });

  it('is nothing in a Region without it, and unknown where it is refused', async () => {
    ec2.on(DescribeVpcEncryptionControlsCommand).rejects(refusedAs('UnsupportedOperation'));
    expect(await encryption()).toEqual({ known: true });
    ec2.on(DescribeVpcEncryptionControlsCommand).rejects(refusedAs('UnauthorizedOperation'));
    expect(await encryption()).toEqual({ known: false, detail: 'not permitted: no' });
  });
});

describe('what counts toward the quota of Elastic IPs', () => {
  const elasticIps = async () => (await answer()).inventory['elasticIps'];

  it('is all but what the account has brought to AWS', async () => {
    ec2.on(DescribeAddressesCommand).resolves({
      Addresses: [
        { AllocationId: 'eipalloc-1', AssociationId: 'x', PublicIpv4Pool: 'amazon' },
        { AllocationId: 'eipalloc-2', AssociationId: 'x', PublicIpv4Pool: 'ipv4pool-ec2-1' },
        { AllocationId: 'eipalloc-3', AssociationId: 'x', PublicIpv4Pool: 'ipam-pool-1' },
      ],
    });
    expect(await elasticIps()).toMatchObject({ used: 2, limit: 5 });
  });

  it('is told, with the permission, where nobody may read the quota', async () => {
    ec2.on(DescribeAccountAttributesCommand).rejects(refusedAs('UnauthorizedOperation'));
    expect(await elasticIps()).toMatchObject({ used: 1, limitUnread: 'not permitted: no' });
    const { out, exitCode } = await doctor();

    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'is unknown: not permitted: no. 1 are allocated, and 1 more are needed. fix: Allow yourself ec2:DescribeAccountAttributes, and run doctor again. Or see: aws service-quotas',
    );
    expect(exitCode).toBe(0);
  });
});

describe('the image', () => {
  const asked = () => ec2.commandCalls(DescribeImagesCommand).map(({ args }) => args[0].input);
  const about = async () => (await answer()).findings.filter(({ resource }) => /^Ami|^ami-/.test(resource));

  it('of the defaults is resolved before anything is deployed, and told', async () => {
    expect(await about()).toEqual([]);
    expect(asked()[0]).toMatchObject({
      Owners: expect.arrayContaining(['137112412989', '084269151793']),
      Filters: [{ Name: 'name', Values: ['al2023-ami-2023.*-kernel-6.1-arm64'] }],
    });
    expect((await doctor()).out).toMatch(/image +ami-0d6fc8f787cd9a417 \(al2023-ami-2023/);
  });

  it('of a deployed stack is what its parameters select', async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    deployed({ ...zoneParameters, AmiSelector: '123456789012:my-nat-*', InstanceTypes: 't3.nano, t4g.nano' });
    const findings = (await about()).filter(({ resource }) => resource === 'AmiSelector');

    expect(asked()[0]).toMatchObject({
      Owners: ['123456789012'],
      Filters: [{ Name: 'name', Values: ['my-nat-*'] }],
    });
    // The listed image is for one of the two architectures.
    expect(findings).toMatchObject([
      {
        severity: 'error',
        problem: expect.stringContaining('no x86_64 image matches owner 123456789012, name my-nat-*'),
      },
    ]);
  });

  it('that is nowhere is an error with the way out', async () => {
    ec2.on(DescribeImagesCommand).resolves({ Images: [] });

    expect(await about()).toMatchObject([
      {
        severity: 'error',
        problem: expect.stringMatching(
          /^In eu-central-1 nothing could be launched: no arm64 image .* AWS lists none\.$/,
        ),
        fix: expect.stringMatching(/^In a Region that is newer .*al2023-ami-kernel-6\.1-arm64.*\.$/),
      },
    ]);
    expect((await doctor()).exitCode).toBe(1);
  });

  it('that nobody may look for is unknown, and the rest is told all the same', async () => {
    const refused = Object.assign(new Error('You are not authorized'), { name: 'UnauthorizedOperation' });
    ec2.on(DescribeImagesCommand).rejects(refused);

    expect(await about()).toMatchObject([
      {
        severity: 'warning',
        problem: expect.stringContaining('is unknown: not permitted: You are not authorized'),
      },
    ]);
    expect((await doctor()).exitCode).toBe(0);
  });

  it('that is deprecated without a successor is a warning', async () => {
    ec2
      .on(DescribeImagesCommand)
      .resolves({ Images: [{ ...image, DeprecationTime: '2026-07-28T19:42:00.000Z' }] });

    expect(await about()).toMatchObject([{ severity: 'warning', resource: 'ami-0d6fc8f787cd9a417' }]);
  });
});

describe('the report', () => {
  it('shows what was found, the findings and the command, and fits on 100 columns', async () => {
    const long = (prefix: string, digit: string) => `${prefix}-${digit.repeat(17)}`;
    ec2.on(DescribeSubnetsCommand).resolves({
      Subnets: [
        { ...sdkSubnet('a0'), SubnetId: long('subnet', '0'), AvailabilityZone: 'ap-northeast-1a' },
        {
          ...sdkSubnet('a1'),
          SubnetId: long('subnet', '1'),
          AvailabilityZone: 'ap-northeast-1a',
          Tags: [{ Key: 'Name', Value: 'web' }],
        },
      ],
    });
    const table = (digit: string, target: Record<string, string>) => ({
      ...sdkTable('a0', target),
      RouteTableId: long('rtb', digit),
      Associations: [{ SubnetId: long('subnet', digit) }],
    });
    ec2.on(DescribeRouteTablesCommand).resolves({
      RouteTables: [
        table('0', { GatewayId: long('igw', '0') }),
        table('1', { NatGatewayId: long('nat', '0') }),
      ],
    });
    ec2
      .on(DescribeNatGatewaysCommand)
      .resolves({ NatGateways: [{ ...gateway, NatGatewayId: long('nat', '0') }] });
    const { out, exitCode } = await doctor();
    expect(exitCode).toBe(0);
    const lines = out.split('\n');
    expect(lines.filter((line) => line.length > 100 && !line.startsWith('sam '))).toEqual([]);
    expect(lines.slice(0, 3)).toEqual(['ok, 1 to know', '', `${VpcId} in eu-central-1`]);
    expect(out).toContain(
      [
        'where            subnet                    role, zone  route table            0.0.0.0/0',
        `ap-northeast-1a  ${long('subnet', '0')}  public, a   ${long('rtb', '0')}  ${long('igw', '0')}`,
        `ap-northeast-1a  ${long('subnet', '1')}  private, a  ${long('rtb', '1')}  ${long('nat', '0')}`,
        '                 web',
        '',
        `note     ${long('nat', '0')}`,
      ].join('\n'),
    );
    expect(out).toContain('To deploy, after sam build:\n\nsam deploy --stack-name phoenat');
    expect(out).toMatch(/Worth adding to the parameters: Traffic=all .* AlarmEmail=/s);

    let narrow = '';
    const write = (text: string) => {
      narrow += text;
    };
    const terminal = {
      out: write,
      err: write,
      isInteractive: true,
      isColoured: false,
      columns: 80,
      confirm: async () => false,
    };
    await doctor([], { terminal });
    expect(narrow.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(narrow).toContain(
      [
        `ap-northeast-1a  ${long('subnet', '1')} web`,
        '  role, zone   private, a',
        `  route table  ${long('rtb', '1')}`,
        `  0.0.0.0/0    ${long('nat', '0')}`,
      ].join('\n'),
    );
  });

  it('says when nothing is in the way', async () => {
    ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways: [] });
    ec2.on(DescribeRouteTablesCommand).resolves({
      RouteTables: [publicTable, { ...privateTable, Routes: [] }],
    });
    expect((await doctor()).out).toContain('\n\nNo problems found.\n\n');
  });

  it('counts the errors before the command, and gives none without zones', async () => {
    ec2.on(DescribeAddressesCommand).resolves({ Addresses: Array.from({ length: 5 }, () => ({})) });
    expect((await doctor()).out).toContain('and once the error is fixed:');
    ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [] });
    const { out, exitCode } = await doctor();
    expect(exitCode).toBe(1);
    expect(out).toContain('The VPC has no subnets.');
    expect(out).not.toContain('Worth adding');
    expect(out).toContain('No command yet');
    expect(out).not.toContain('sam deploy');
  });

  it('is coloured for those who see colours', async () => {
    const terminal = {
      out: (text: string) => (seen += text),
      err: () => undefined,
      isInteractive: true,
      isColoured: true,
      columns: 100,
      confirm: async () => false,
    };
    let seen = '';
    ec2.on(DescribeAddressesCommand).resolves({ Addresses: Array.from({ length: 5 }, () => ({})) });
    await doctor([], { terminal });
    expect(seen).toContain('\u001b[31merror');
    expect((await doctor()).out).not.toContain('\u001b');
  });
});

describe('who hears of the alarms', () => {
  const arnOf = (name: string) => `arn:aws:sns:eu-central-1:123456789012:phoenat-${name}-1`;
  const subscriptions = (name: string, confirmed: string, pending: string) =>
    sns
      .on(GetTopicAttributesCommand, { TopicArn: arnOf(name) })
      .resolves({ Attributes: { SubscriptionsConfirmed: confirmed, SubscriptionsPending: pending } });
  const ofTopics = async () => (await answer()).findings.filter(({ resource }) => resource.includes('Topic'));

  beforeEach(() => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    deployed(zoneParameters, 'CREATE_COMPLETE', {
      AlarmTopicArn: arnOf('AlarmTopic'),
      MorningTopicArn: arnOf('MorningTopic'),
    });
  });

  it('is nothing to speak of where somebody has confirmed', async () => {
    subscriptions('AlarmTopic', '1', '0');
    subscriptions('MorningTopic', '2', '1');

    expect(await ofTopics()).toEqual([]);
  });

  it('is nobody where nobody is subscribed, or nobody has confirmed', async () => {
    subscriptions('AlarmTopic', '0', '0');
    subscriptions('MorningTopic', '0', '1');

    expect(await ofTopics()).toEqual([
      {
        severity: 'warning',
        resource: 'phoenat-AlarmTopic-1',
        problem: 'Nobody is subscribed to the urgent alarms.',
        fix: `Set AlarmEmail with sam deploy, or subscribe an address: aws sns subscribe --region eu-central-1 --topic-arn ${arnOf('AlarmTopic')} --protocol email --notification-endpoint ADDRESS`,
      },
      {
        severity: 'warning',
        resource: 'phoenat-MorningTopic-1',
        problem:
          'Nobody receives the alarms that can wait until morning yet: 1 subscribed, and none has confirmed.',
        fix: 'Follow the link in the mail "AWS Notification - Subscription Confirmation".',
      },
    ]);
  });

  it.each([
    ['SNS may not be asked', () => sns.rejects(new Error('AccessDenied')), /is unknown: AccessDenied/],
    ['SNS does not tell', () => sns.resolves({}), /is unknown: SNS did not return/],
  ])('is unknown where %s, and all else is said', async (_case, prepare, problem) => {
    prepare();
    const found = await ofTopics();

    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ severity: 'warning', problem: expect.stringMatching(problem) });
    expect((await answer()).findings.length).toBeGreaterThan(2);
  });
});

describe('what the account has', () => {
  const ofAccount = async (words: readonly string[] = []) => {
    const { inventory, command, findings } = await answer(words);
    const { spot, concurrency } = inventory;
    return { spot, concurrency, command, resources: findings.map(({ resource }) => resource) };
  };
  const refusal = (name: string) => Object.assign(new Error('no'), { name });

  beforeEach(() => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
  });

  it('is no matter of roles where nobody asks for Spot', async () => {
    deployed({ ...zoneParameters, MarketType: 'on-demand' });

    expect((await ofAccount()).spot).toBeUndefined();
    expect(iam.calls()).toEqual([]);
  });

  it.each([
    ['there', () => iam.on(GetRoleCommand).resolves({}), { known: true, isThere: true }],
    ['not there', () => iam.rejects(refusal('NoSuchEntityException')), { known: true, isThere: false }],
    ['unknown', () => iam.rejects(refusal('AccessDenied')), { known: false, detail: 'not permitted: no' }],
  ])('has the role for Spot %s, which the stack asks for', async (_case, prepare, role) => {
    deployed({ ...zoneParameters, MarketType: 'spot' });
    prepare();
    const { spot, command, resources } = await ofAccount();

    expect(spot).toEqual({ isDeployed: true, role });
    expect(resources.includes('AWSServiceRoleForEC2Spot')).toBe(!('isThere' in role && role.isThere));
    expect(command).not.toContain('MarketType');
    expect(iam.commandCalls(GetRoleCommand)[0]?.args[0].input).toEqual({
      RoleName: 'AWSServiceRoleForEC2Spot',
    });
  });

  it('is asked for the role where Spot is yet to be asked for', async () => {
    iam.rejects(refusal('NoSuchEntityException'));
    const { spot, command } = await ofAccount(['--spot']);

    expect(spot).toEqual({ isDeployed: false, role: { known: true, isThere: false } });
    expect(command).toContain(' MarketType=spot ');
  });

  it.each([
    ['what others have not reserved', { ConcurrentExecutions: 50, UnreservedConcurrentExecutions: 10 }, 10],
    ['all, where Lambda tells no more', { ConcurrentExecutions: 50 }, 50],
  ])('lets so many functions run at once: %s', async (_case, AccountLimit, limit) => {
    lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit });

    expect((await ofAccount()).concurrency).toEqual({ known: true, limit });
  });

  it('may be unknown, and all else is said', async () => {
    lambda.on(GetAccountSettingsCommand).resolves({});
    const untold = await ofAccount();
    lambda.on(GetAccountSettingsCommand).rejects(refusal('AccessDeniedException'));
    const denied = await ofAccount();

    expect(untold.concurrency).toEqual({ known: false, detail: 'Lambda did not return the limit' });
    expect(denied.concurrency).toEqual({ known: false, detail: 'not permitted: no' });
    expect(denied.command).toContain('sam deploy');
  });
});

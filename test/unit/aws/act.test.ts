import {
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  EC2Client,
  EC2ServiceException,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { act } from '../../../shared/aws/act.ts';
import { ec2Commands, lifecycleEc2Commands } from '../../../shared/aws/api.ts';
import { createEc2Caller, Ec2CallError } from '../../../shared/aws/ec2-caller.ts';
import { InvariantViolation } from '../../../shared/core/model/assert.ts';
import { parseClientToken } from '../../../shared/core/model/ids.ts';
import type { RouteTarget } from '../../../shared/core/model/snapshot.ts';
import type { Step } from '../../../shared/core/model/step.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';
import { id, someSettings, zoneName } from '../core/a-snapshot.ts';

const ec2 = mockClient(EC2Client);
afterAll(() => ec2.restore());
const clientToken = parseClientToken('phoenat-1');
if (clientToken === undefined) {
  throw new Error('phoenat-1 is a token');
}
const eni = { kind: 'interface', id: id('interface', 'a1') } as const;
const image = { id: id('image', '1'), architecture: 'arm64', rootDeviceName: '/dev/xvda' } as const;
const launch = {
  kind: 'launch',
  zone: zoneName('a'),
  instanceType: 't4g.nano',
  image,
  on: eni,
  clientToken,
} as const;
const create = {
  kind: 'create-interface',
  zone: zoneName('a'),
  subnetId: id('subnet', '1'),
  clientToken,
} as const;
const route = {
  kind: 'set-default-route',
  routeTableId: id('routeTable', '1'),
  exists: true,
  to: eni,
} as const;

const ownTags = [
  { Key: 'phoenat:stack', Value: 'phoenat' },
  { Key: 'phoenat:zone', Value: 'a' },
  { Key: 'Name', Value: 'phoenat-nat-a' },
  { Key: 'Team', Value: 'network' },
];

function perform(step: Step, instanceProfileArn?: string, watch: 'on' | 'off' = 'off') {
  const settings = someSettings({
    watch,
    tags: [{ key: 'Team', value: 'network' }],
    ...(instanceProfileArn === undefined ? {} : { instanceProfileArn }),
  });
  const caller = createEc2Caller({
    role: 'ControllerRole',
    commands: { ...ec2Commands, ...lifecycleEc2Commands },
    ec2: new EC2Client({ region: 'eu-central-1' }),
    clock: new VirtualClock(0),
    random: () => 0,
    deadline: 0,
    cutOff: 1,
  });
  return act(step, {
    ec2: caller,
    settings,
    specHash: 'spec',
    userData: ({ others, predecessorIp = '' }) =>
      (others === undefined || others.cidrs.length > 2) && predecessorIp === ''
        ? 'dXNlcg=='
        : `of ${others?.cidrs.join(' ') ?? ''}${predecessorIp}`,
  });
}

function sentInput(): unknown {
  return ec2.calls().at(-1)?.args[0].input;
}

beforeEach(() => {
  ec2.reset();
  ec2.rejects('unexpected call');
});

describe('each step is one call', () => {
  it('create-interface', async () => {
    ec2
      .on(CreateNetworkInterfaceCommand)
      .resolves({ NetworkInterface: { NetworkInterfaceId: 'eni-0000000a' } });

    expect(await perform(create)).toEqual({
      kind: 'interface-created',
      interfaceId: 'eni-0000000a',
    });
    expect(sentInput()).toEqual({
      SubnetId: 'subnet-00000001',
      Groups: ['sg-00000001'],
      Description: 'NAT instance of zone a, made by phoenat',
      ClientToken: 'phoenat-1',
      TagSpecifications: [{ ResourceType: 'network-interface', Tags: ownTags }],
    });
  });

  it('create-interface, with an address more', async () => {
    ec2.on(CreateNetworkInterfaceCommand).resolves({ NetworkInterface: { NetworkInterfaceId: 'eni-0a' } });
    await perform({ ...create, secondary: true }).catch(() => undefined);

    expect(sentInput()).toMatchObject({ SecondaryPrivateIpAddressCount: 1 });
  });

  it.each([
    [
      { kind: 'assign-secondary-address', interfaceId: eni.id },
      AssignPrivateIpAddressesCommand,
      { NetworkInterfaceId: eni.id, SecondaryPrivateIpAddressCount: 1 },
    ],
    [
      { kind: 'disable-source-dest-check', on: eni },
      ModifyNetworkInterfaceAttributeCommand,
      { NetworkInterfaceId: eni.id, SourceDestCheck: { Value: false } },
    ],
    [
      { kind: 'set-security-groups', on: eni, groupIds: [id('securityGroup', '1')] },
      ModifyNetworkInterfaceAttributeCommand,
      { NetworkInterfaceId: eni.id, Groups: ['sg-00000001'] },
    ],
    [
      { kind: 'give-up-own-address', interfaceId: eni.id },
      ModifyNetworkInterfaceAttributeCommand,
      { NetworkInterfaceId: eni.id, AssociatePublicIpAddress: false },
    ],
    [
      { kind: 'associate-address', allocationId: id('allocation', '1'), to: eni },
      AssociateAddressCommand,
      { AllocationId: 'eipalloc-00000001', NetworkInterfaceId: eni.id, AllowReassociation: true },
    ],
    [
      route,
      ReplaceRouteCommand,
      { RouteTableId: 'rtb-00000001', DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId: eni.id },
    ],
    [
      { ...route, exists: false },
      CreateRouteCommand,
      { RouteTableId: 'rtb-00000001', DestinationCidrBlock: '0.0.0.0/0', NetworkInterfaceId: eni.id },
    ],
    [
      { ...route, to: { kind: 'nat-gateway', id: id('natGateway', '1') } },
      ReplaceRouteCommand,
      { RouteTableId: 'rtb-00000001', DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-00000001' },
    ],
    [
      { ...route, to: { kind: 'instance', id: id('instance', '1') } },
      ReplaceRouteCommand,
      { RouteTableId: 'rtb-00000001', DestinationCidrBlock: '0.0.0.0/0', InstanceId: 'i-00000001' },
    ],
    [
      { kind: 'terminate', instanceId: id('instance', '1') },
      TerminateInstancesCommand,
      { InstanceIds: ['i-00000001'], SkipOsShutdown: true },
    ],
    [
      { kind: 'delete-interface', interfaceId: eni.id },
      DeleteNetworkInterfaceCommand,
      { NetworkInterfaceId: eni.id },
    ],
    [
      { kind: 'mark-for-replacement', instanceId: id('instance', '1'), mark: { reason: 'rebuild', at: 0 } },
      CreateTagsCommand,
      {
        Resources: ['i-00000001'],
        Tags: [{ Key: 'phoenat:replace', Value: 'rebuild 1970-01-01T00:00:00.000Z' }],
      },
    ],
    [
      {
        kind: 'note-refused-move',
        instanceId: id('instance', '1'),
        refused: { of: id('allocation', '1'), code: 'Not Permitted' },
        at: [1_795_401_710_999],
      },
      CreateTagsCommand,
      {
        Resources: ['i-00000001'],
        Tags: [{ Key: 'phoenat:move-refused', Value: 'eipalloc-00000001 NotPermitted 1795401710' }],
      },
    ],
    [
      { kind: 'note-put-back', instanceId: id('instance', '1'), at: [1_795_401_710_999, 1_795_401_703_000] },
      CreateTagsCommand,
      {
        Resources: ['i-00000001'],
        Tags: [{ Key: 'phoenat:put-back', Value: '1795401710 1795401703' }],
      },
    ],
    [
      {
        kind: 'note-watched',
        instanceId: id('instance', '1'),
        watched: { zone: zoneName('b'), instanceId: id('instance', '2'), privateIp: '10.0.1.5' },
      },
      CreateTagsCommand,
      { Resources: ['i-00000001'], Tags: [{ Key: 'phoenat:watch', Value: 'b i-00000002 10.0.1.5' }] },
    ],
    [
      { kind: 'remember-route-target', routeTableId: id('routeTable', '1'), target: eni },
      CreateTagsCommand,
      { Resources: ['rtb-00000001'], Tags: [{ Key: 'phoenat:restore-target', Value: eni.id }] },
    ],
    [
      {
        kind: 'remember-image',
        allocationId: id('allocation', '1'),
        imageId: image.id,
        architecture: 'arm64',
      },
      CreateTagsCommand,
      {
        Resources: ['eipalloc-00000001'],
        Tags: [{ Key: 'phoenat:last-good-image', Value: 'ami-00000001 arm64' }],
      },
    ],
    [
      {
        kind: 'note-cutover',
        allocationId: id('allocation', '1'),
        cutover: { from: id('instance', 'a1'), to: id('instance', 'a2'), at: 1_795_401_703_900 },
      },
      CreateTagsCommand,
      {
        Resources: ['eipalloc-00000001'],
        Tags: [{ Key: 'phoenat:cutover', Value: 'i-000000a1 i-000000a2 1795401703' }],
      },
    ],
    [
      {
        kind: 'note-stood-in',
        allocationId: id('allocation', '1'),
        by: id('instance', 'b1'),
        at: 1_795_401_703_900,
      },
      CreateTagsCommand,
      {
        Resources: ['eipalloc-00000001'],
        Tags: [{ Key: 'phoenat:stood-in', Value: 'i-000000b1 1795401703' }],
      },
    ],
    [
      {
        kind: 'note-undone-cutovers',
        allocationId: id('allocation', '1'),
        undone: [
          { instanceId: id('instance', 'a2'), imageId: image.id, specHash: 'abc', at: 1_795_401_703_900 },
        ],
      },
      CreateTagsCommand,
      {
        Resources: ['eipalloc-00000001'],
        Tags: [{ Key: 'phoenat:undone-cutovers', Value: 'i-000000a2/ami-00000001/abc/1795401703' }],
      },
    ],
    [
      { kind: 'pause', allocationId: id('allocation', '1'), since: 'today' },
      CreateTagsCommand,
      { Resources: ['eipalloc-00000001'], Tags: [{ Key: 'phoenat:paused', Value: 'today' }] },
    ],
    [
      { kind: 'resume', allocationId: id('allocation', '1') },
      DeleteTagsCommand,
      { Resources: ['eipalloc-00000001'], Tags: [{ Key: 'phoenat:paused' }] },
    ],
    [
      { kind: 'reset-breaker', allocationId: id('allocation', '1'), at: 'now' },
      CreateTagsCommand,
      { Resources: ['eipalloc-00000001'], Tags: [{ Key: 'phoenat:breaker-reset', Value: 'now' }] },
    ],
    [
      {
        kind: 'note-takeover',
        routeTableId: id('routeTable', '1'),
        at: [1_795_401_703_000],
        ledBack: { at: 1_795_401_710_500, from: id('instance', 'a1') },
      },
      CreateTagsCommand,
      {
        Resources: ['rtb-00000001'],
        Tags: [{ Key: 'phoenat:taken-over', Value: 'phoenat 1795401703 back:1795401710 i-000000a1' }],
      },
    ],
    [
      {
        kind: 'note-takeover',
        routeTableId: id('routeTable', '1'),
        at: [1_795_401_703_000],
        tried: 1_795_401_709_900,
      },
      CreateTagsCommand,
      {
        Resources: ['rtb-00000001'],
        Tags: [{ Key: 'phoenat:taken-over', Value: 'phoenat 1795401703 try:1795401709' }],
      },
    ],
    [
      {
        kind: 'note-route-as-found',
        routeTableId: id('routeTable', '1'),
        found: { kind: 'nat-gateway', id: id('natGateway', '1') },
      },
      CreateTagsCommand,
      {
        Resources: ['rtb-00000001'],
        Tags: [
          { Key: 'phoenat:restore-target', Value: 'nat-00000001' },
          { Key: 'phoenat:taken-over', Value: 'phoenat' },
        ],
      },
    ],
    [
      { kind: 'delete-default-route', routeTableId: id('routeTable', '1') },
      DeleteRouteCommand,
      { RouteTableId: 'rtb-00000001', DestinationCidrBlock: '0.0.0.0/0' },
    ],
    [
      { kind: 'forget-route', routeTableId: id('routeTable', '1') },
      DeleteTagsCommand,
      {
        Resources: ['rtb-00000001'],
        Tags: [{ Key: 'phoenat:restore-target' }, { Key: 'phoenat:taken-over' }],
      },
    ],
    [
      { kind: 'forget-address', allocationId: id('allocation', '1') },
      DeleteTagsCommand,
      {
        Resources: ['eipalloc-00000001'],
        Tags: [
          { Key: 'phoenat:paused' },
          { Key: 'phoenat:last-good-image' },
          { Key: 'phoenat:launches' },
          { Key: 'phoenat:breaker-reset' },
          { Key: 'phoenat:cutover' },
          { Key: 'phoenat:undone-cutovers' },
          { Key: 'phoenat:stood-in' },
        ],
      },
    ],
  ] satisfies readonly (readonly [Step, unknown, object])[])('%j', async (step, command, input) => {
    ec2.on(command as typeof ReplaceRouteCommand).resolves({});

    expect(await perform(step)).toEqual({ kind: 'done' });
    expect(ec2.calls()).toHaveLength(1);
    expect(sentInput()).toEqual(input);
  });
});

describe('launch', () => {
  const answer = (
    state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped',
  ) => ({
    Instances: [
      {
        InstanceId: 'i-0000000c',
        State: { Name: state },
        NetworkInterfaces: [{ NetworkInterfaceId: 'eni-0000000c' }],
      },
    ],
  });

  it('on an interface that was made before', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));

    expect(await perform(launch)).toEqual({
      kind: 'launched',
      instanceId: 'i-0000000c',
      interfaceId: 'eni-0000000c',
    });
    expect(sentInput()).toEqual({
      ImageId: 'ami-00000001',
      InstanceType: 't4g.nano',
      MinCount: 1,
      MaxCount: 1,
      ClientToken: 'phoenat-1',
      UserData: 'dXNlcg==',
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni.id }],
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/xvda',
          Ebs: { Encrypted: true, VolumeType: 'gp3', VolumeSize: 8, DeleteOnTermination: true },
        },
      ],
      MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
      MaintenanceOptions: { AutoRecovery: 'disabled' },
      InstanceInitiatedShutdownBehavior: 'terminate',
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [...ownTags, { Key: 'phoenat:spec', Value: 'spec' }] },
        { ResourceType: 'volume', Tags: ownTags },
      ],
    });
  });

  it('that takes the place of another tells the new instance the address of the old one', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));
    await perform({ ...launch, predecessorIp: '10.0.0.4' });

    expect(sentInput()).toMatchObject({ UserData: 'of 10.0.0.4' });
  });

  it('that tells of the other zones says so by a tag, unless there was no room to tell', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));
    const told = { Key: 'phoenat:others', Value: 'm' };
    const tags = (cidrs: readonly string[]) =>
      perform({ ...launch, others: { cidrs, nats: [], mark: 'm' } }).then(sentInput);

    expect(JSON.stringify(await tags(['10.0.1.0/24']))).toContain(JSON.stringify(told));
    expect(JSON.stringify(await tags(['1', '2', '3']))).not.toContain(told.Key);
  });

  it('of a candidate makes an interface with a public address of its own, tagged like the rest', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));
    await perform({ ...launch, on: { kind: 'new-interface', subnetId: id('subnet', '1') } }, 'arn:profile');

    expect(sentInput()).toMatchObject({
      IamInstanceProfile: { Arn: 'arn:profile' },
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          SubnetId: 'subnet-00000001',
          Groups: ['sg-00000001'],
          AssociatePublicIpAddress: true,
          DeleteOnTermination: true,
        },
      ],
      TagSpecifications: [{}, {}, { ResourceType: 'network-interface', Tags: ownTags }],
    });
  });

  it('shows its instance the tags of its own where it is to read there whom it watches', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));
    await perform(launch, 'arn:profile', 'on');

    expect(sentInput()).toMatchObject({ MetadataOptions: { InstanceMetadataTags: 'enabled' } });
  });

  it.each(['shutting-down', 'terminated', 'stopping', 'stopped'] as const)(
    'that EC2 answers with an instance that is %s, of an earlier launch, is told apart',
    async (state) => {
      ec2.on(RunInstancesCommand).resolves(answer(state));

      expect(await perform(launch)).toEqual({ kind: 'replayed-dead', instanceId: 'i-0000000c', state });
    },
  );

  it('that EC2 answers with an instance that runs already is the launch that was meant', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('running'));

    expect(await perform(launch)).toMatchObject({ kind: 'launched', instanceId: 'i-0000000c' });
  });

  it('without an instance profile asks for none', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));
    await perform(launch);

    expect(sentInput()).not.toHaveProperty('IamInstanceProfile');
  });

  it('takes the root device of the image: another name would add a second volume', async () => {
    ec2.on(RunInstancesCommand).resolves(answer('pending'));
    await perform({ ...launch, image: { ...image, rootDeviceName: '/dev/sda1' } });

    expect(sentInput()).toMatchObject({ BlockDeviceMappings: [{ DeviceName: '/dev/sda1' }] });
  });

  it('whose answer does not name the interface leaves it to the next look', async () => {
    ec2.on(RunInstancesCommand).resolves({ Instances: [{ InstanceId: 'i-0000000c' }] });

    expect(await perform(launch)).toEqual({ kind: 'launched', instanceId: 'i-0000000c' });
  });
});

describe('an answer without what EC2 always sends', () => {
  it('is an error that says what was missing', async () => {
    ec2.on(RunInstancesCommand).resolves({}).on(CreateNetworkInterfaceCommand).resolves({});

    await expect(perform(launch)).rejects.toThrow(/RunInstances: .* without the id of an instance/);
    ec2.on(RunInstancesCommand).resolves({ Instances: [{ InstanceId: 'not-an-id' }] });
    await expect(perform(launch)).rejects.toMatchObject({ failure: { kind: 'no-answer' } });
    await expect(perform(create)).rejects.toThrow(
      /CreateNetworkInterface: .* without the id of the interface/,
    );
  });
});

describe('what EC2 refuses', () => {
  const refusal = (name: string, message: string, httpStatusCode = 400) =>
    new EC2ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode } });
  const association = { kind: 'associate-address', allocationId: id('allocation', '1'), to: eni } as const;
  const removal = { kind: 'delete-interface', interfaceId: eni.id } as const;

  it.each([
    [launch, 'RunInstances', refusal('InsufficientInstanceCapacity', 'no', 500), 'capacity'],
    [launch, 'RunInstances', refusal('InvalidAMIID.NotFound', 'no'), 'image-unavailable'],
    [
      launch,
      'RunInstances',
      refusal('InvalidParameterValue', 'Value (nat) is invalid. Invalid IAM Instance Profile name'),
      'wrong-state',
    ],
    [route, 'ReplaceRoute', refusal('InvalidParameterValue', 'There is no route defined for …'), 'not-found'],
    [{ ...route, exists: false }, 'CreateRoute', refusal('RouteAlreadyExists', 'no'), 'already-exists'],
    [
      association,
      'AssociateAddress',
      refusal('InvalidInstanceID', '…is not in a valid state'),
      'wrong-state',
    ],
    [
      removal,
      'DeleteNetworkInterface',
      refusal('InvalidParameterValue', "Network interface 'eni-1' is currently in use."),
      'wrong-state',
    ],
    [create, 'CreateNetworkInterface', refusal('InsufficientFreeAddressesInSubnet', 'no'), 'quota'],
    [
      { kind: 'disable-source-dest-check', on: eni },
      'ModifyNetworkInterfaceAttribute',
      new Error('no'),
      'rejected',
    ],
    [
      { kind: 'terminate', instanceId: id('instance', '1') },
      'TerminateInstances',
      new Error('no'),
      'rejected',
    ],
    [
      { kind: 'pause', allocationId: id('allocation', '1'), since: 'x' },
      'CreateTags',
      new Error('no'),
      'rejected',
    ],
    [{ kind: 'resume', allocationId: id('allocation', '1') }, 'DeleteTags', new Error('no'), 'rejected'],
  ] satisfies readonly (readonly [Step, string, Error, string])[])(
    '%j rejects, naming %s and what it means',
    async (step, call, error, kind) => {
      ec2.rejects(error);

      const run = perform(step);
      await expect(run).rejects.toBeInstanceOf(Ec2CallError);
      await expect(run).rejects.toMatchObject({
        call,
        failure: { kind },
        message: expect.stringContaining(`${call}: ${error.name}: ${error.message} (`),
      });
    },
  );
});

describe('what must never be asked for', () => {
  const igw: RouteTarget = { kind: 'internet-gateway', id: 'igw-1' };

  it.each([
    { ...route, to: { kind: 'created' } },
    { ...route, to: igw },
    { ...route, to: { kind: 'other', id: 'tgw-1' } },
    { ...launch, on: { kind: 'created' } },
    { kind: 'disable-source-dest-check', on: { kind: 'created' } },
    { ...route, exists: false, to: { kind: 'created' } },
  ] satisfies Step[])('%j', async (step) => {
    await expect((async () => perform(step))()).rejects.toThrow(InvariantViolation);
    expect(ec2.calls()).toHaveLength(0);
  });
});

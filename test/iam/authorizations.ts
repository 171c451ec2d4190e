import type { Ec2Input } from '../../shared/aws/api.ts';
import type { Ec2Call } from '../../simulator/ec2/calls.ts';
import type { Tags } from '../../simulator/ec2/records.ts';
import type { Region } from '../../simulator/ec2/region.ts';
import type { Authorization, Context } from './recorded-call.ts';
import { instanceProfileArn, natInstanceRoleArn } from './stack-names.ts';

// What EC2 asks IAM for each call: one decision for each resource that is made, used or named, and all must be allowed
// (Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"; EC2 User Guide, "Example
// policies"). More keys than AWS documents do no harm here: the evaluator drops them.

type Resource = Omit<Authorization, 'action'>;
type TagList = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];

/** What EC2 authorizes for this call, in the world as it is. @throws Error for a call that is not known here. */
export function authorizationsOf(call: Ec2Call, region: Region): readonly Authorization[] {
  const action = `ec2:${call.name}`;
  const on = (...resources: readonly Resource[]) => resources.map((resource) => ({ action, ...resource }));
  const known = new Resources(region);
  switch (call.name) {
    case 'RunInstances':
      return launch(call.input, known);
    case 'CreateNetworkInterface':
      return newInterface(call.input, known);
    case 'CreateTags':
      return on(...named(call.input.Resources).map((id) => known.with(id, requestedTags(call.input.Tags))));
    case 'DeleteTags':
      return on(...named(call.input.Resources).map((id) => known.with(id, tagKeysOf(call.input.Tags))));
    case 'AssociateAddress':
      return on(
        known.of(call.input.AllocationId),
        known.of(call.input.NetworkInterfaceId),
        ...known.attachedTo(call.input.NetworkInterfaceId),
      );
    case 'DisassociateAddress':
      return on(...known.associated(call.input.AssociationId));
    case 'CreateRoute':
    case 'ReplaceRoute':
    case 'DeleteRoute':
      // What a route leads to is not authorised.
      return on(known.of(call.input.RouteTableId));
    case 'TerminateInstances':
      return on(...named(call.input.InstanceIds).map((id) => known.of(id)));
    case 'AssignPrivateIpAddresses':
    case 'DeleteNetworkInterface':
      return on(known.of(call.input.NetworkInterfaceId));
    case 'ModifyNetworkInterfaceAttribute':
      return on(
        known.of(call.input.NetworkInterfaceId),
        ...known.attachedTo(call.input.NetworkInterfaceId),
        ...named(call.input.Groups).map((id) => known.of(id)),
      );
    default:
      return otherCall(call.name, call.input, known);
  }
}

function otherCall(name: string, input: object, known: Resources): readonly Authorization[] {
  if (name === 'GetConsoleOutput') {
    const id: unknown = Reflect.get(input, 'InstanceId');
    return [{ action: `ec2:${name}`, ...known.of(String(id)) }];
  }
  if (name.startsWith('Describe')) {
    return [{ action: `ec2:${name}`, resource: '*', context: known.regionContext, isThere: true }];
  }
  throw new Error(`test/iam/authorizations.ts does not know what EC2 authorizes for ${name}: add it there`);
}

function launch(input: Ec2Input<'RunInstances'>, known: Resources): readonly Authorization[] {
  const [device] = input.NetworkInterfaces ?? [];
  const existing = device?.NetworkInterfaceId;
  const subnetId = existing === undefined ? device?.SubnetId : known.subnetOf(existing);
  const groups = existing === undefined ? named(device?.Groups) : known.groupsOf(existing);
  const tagsOf = (type: string) =>
    input.TagSpecifications?.find(({ ResourceType }) => ResourceType === type)?.Tags ?? [];
  const isSpot = input.InstanceMarketOptions?.MarketType === 'spot';
  const madeTypes = [
    'instance',
    'volume',
    ...(existing === undefined ? ['network-interface'] : []),
    ...(isSpot ? ['spot-instances-request'] : []),
  ];
  const [ebs] = (input.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs);
  const made: Readonly<Record<string, Context>> = {
    instance: {
      'ec2:InstanceType': String(input.InstanceType),
      'ec2:MetadataHttpTokens': String(input.MetadataOptions?.HttpTokens),
      'ec2:MetadataHttpEndpoint': String(input.MetadataOptions?.HttpEndpoint),
      'ec2:MetadataHttpPutResponseHopLimit': String(input.MetadataOptions?.HttpPutResponseHopLimit),
      'ec2:InstanceMarketType': isSpot ? 'spot' : 'on-demand',
      'ec2:Tenancy': 'default',
      ...(input.IamInstanceProfile?.Arn === undefined
        ? {}
        : { 'ec2:InstanceProfile': input.IamInstanceProfile.Arn }),
    },
    volume: {
      // Without the field the volume is as the account's default says, and the key is false.
      'ec2:Encrypted': String(ebs?.Encrypted ?? false),
      'ec2:VolumeType': String(ebs?.VolumeType),
      'ec2:VolumeSize': String(ebs?.VolumeSize),
    },
    'network-interface': {
      ...known.placeOf(subnetId),
      'ec2:AssociatePublicIpAddress': String(device?.AssociatePublicIpAddress ?? false),
    },
  };
  const used: Resource[] = [
    known.image(String(input.ImageId)),
    known.of(subnetId),
    ...groups.map((id) => known.of(id)),
    // An interface that is there comes without its tags: RunInstances does not have that key for interfaces.
    ...(existing === undefined ? [] : [known.of(existing)]),
    ...madeTypes.map((type) => known.made(type, { ...made[type], ...requestedTags(tagsOf(type)) })),
  ];
  return [
    ...used.map((resource) => ({ action: 'ec2:RunInstances', ...resource })),
    ...madeTypes.flatMap((type) => taggingAtCreation('RunInstances', type, tagsOf(type), known)),
    ...(input.IamInstanceProfile === undefined ? [] : [handingOverTheRole(input.IamInstanceProfile.Arn)]),
  ];
}

function newInterface(input: Ec2Input<'CreateNetworkInterface'>, known: Resources): readonly Authorization[] {
  const tags = input.TagSpecifications?.flatMap(({ Tags = [] }) => Tags) ?? [];
  const resources = [
    known.made('network-interface', requestedTags(tags)),
    known.of(input.SubnetId),
    ...named(input.Groups).map((id) => known.of(id)),
  ];
  return [
    ...resources.map((resource) => ({ action: 'ec2:CreateNetworkInterface', ...resource })),
    ...taggingAtCreation('CreateNetworkInterface', 'network-interface', tags, known),
  ];
}

/** Tags that are given at creation need the right to tag besides (EC2 User Guide, "Tag resources during creation"). */
function taggingAtCreation(
  by: string,
  type: string,
  tags: TagList,
  known: Resources,
): readonly Authorization[] {
  const context = { 'ec2:CreateAction': by, ...requestedTags(tags) };
  return tags.length === 0 ? [] : [{ action: 'ec2:CreateTags', ...known.made(type, context) }];
}

/** The role behind the profile, which is what PassRole is about. */
function handingOverTheRole(profileArn: string | undefined): Authorization {
  const resource = profileArn === instanceProfileArn ? natInstanceRoleArn : String(profileArn);
  const context = { 'iam:PassedToService': 'ec2.amazonaws.com' };
  return { action: 'iam:PassRole', resource, context, isThere: true };
}

function named(ids: readonly (string | undefined)[] | undefined): readonly string[] {
  return (ids ?? []).flatMap((id) => id ?? []);
}

function requestedTags(tags: TagList | undefined): Context {
  const entries = (tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? '']);
  return { ...Object.fromEntries(entries), ...tagKeysOf(tags) };
}

/** DeleteTags without keys deletes all of them, and then the request has no such key. */
function tagKeysOf(tags: TagList | undefined): Context {
  return tags === undefined || tags.length === 0 ? {} : { 'aws:TagKeys': tags.map(({ Key }) => String(Key)) };
}

function resourceTags(tags: Tags): Context {
  const entries = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`ec2:ResourceTag/${key}`, value],
  ]);
  return Object.fromEntries(entries);
}

/** The resources of the simulated account as IAM sees them. */
class Resources {
  readonly regionContext: Context;
  readonly #region: Region;

  constructor(region: Region) {
    this.#region = region;
    this.regionContext = { 'ec2:Region': region.name };
  }

  /** A resource that is named by its id. */
  of(id: string | undefined): Resource {
    const { store } = this.#region;
    const prefix = id?.split('-')[0];
    switch (prefix) {
      case 'i': {
        const instance = store.instances.current.get(String(id));
        return this.#there('instance', id, instance?.tags, {
          'ec2:InstanceID': String(id),
          'ec2:InstanceType': String(instance?.launch.instanceType),
          'ec2:MetadataHttpTokens': String(instance?.launch.httpTokens),
        });
      }
      case 'eni': {
        const entry = store.interfaces.current.get(String(id));
        const context = { 'ec2:NetworkInterfaceID': String(id), ...this.placeOf(entry?.subnetId) };
        return this.#there('network-interface', id, entry?.tags, context);
      }
      case 'eipalloc': {
        const address = store.addresses.current.get(String(id));
        const context = { 'ec2:AllocationId': String(id), 'ec2:Domain': 'vpc' };
        return this.#there('elastic-ip', id, address?.tags, context);
      }
      case 'rtb': {
        const table = store.routeTables.current.get(String(id));
        const context = { 'ec2:RouteTableID': String(id), 'ec2:Vpc': this.#arn('vpc', String(table?.vpcId)) };
        return this.#there('route-table', id, table?.tags, context);
      }
      case 'subnet': {
        const tags = store.subnets.current.get(String(id))?.tags;
        return this.#there('subnet', id, tags, { 'ec2:SubnetID': String(id), ...this.placeOf(id) });
      }
      case 'sg': {
        const group = store.securityGroups.current.get(String(id));
        const context = {
          'ec2:SecurityGroupID': String(id),
          'ec2:Vpc': this.#arn('vpc', String(group?.vpcId)),
        };
        return this.#there('security-group', id, group && {}, context);
      }
      default:
        throw new Error(`test/iam/authorizations.ts does not know what kind of resource ${id} is`);
    }
  }

  with(id: string, more: Context): Resource {
    const resource = this.of(id);
    return { ...resource, context: { ...resource.context, ...more } };
  }

  /** One that the call makes: its id is not known yet, and a policy's ARN has to leave it open. */
  made(type: string, context: Context): Resource {
    return {
      resource: this.#arn(type, 'new'),
      context: { ...this.regionContext, ...context },
      isThere: true,
    };
  }

  /** An image's ARN bears no account. */
  image(id: string): Resource {
    const image = this.#region.store.images.current.get(id);
    const context = { 'ec2:ImageID': id, 'ec2:Owner': String(image?.ownerAlias ?? image?.ownerId) };
    const resource = `arn:aws:ec2:${this.#region.name}::image/${id}`;
    return { resource, context: { ...this.regionContext, ...context }, isThere: image !== undefined };
  }

  /** The instance that has the interface: calls about an attached interface are judged for it as well. */
  attachedTo(interfaceId: string | undefined): readonly Resource[] {
    const attachment = this.#region.store.interfaces.current.get(String(interfaceId))?.attachment;
    return attachment === undefined ? [] : [this.of(attachment.instanceId)];
  }

  /** The address and the interface of an association. */
  associated(id: string | undefined): readonly Resource[] {
    const addresses = this.#region.store.addresses.current.all();
    const address = addresses.find(({ association }) => association?.id === id);
    return address === undefined ? [] : [this.of(address.id), this.of(address.association?.interfaceId)];
  }

  subnetOf(interfaceId: string): string | undefined {
    return this.#region.store.interfaces.current.get(interfaceId)?.subnetId;
  }

  groupsOf(interfaceId: string): readonly string[] {
    return this.#region.store.interfaces.current.get(interfaceId)?.groupIds ?? [];
  }

  placeOf(subnetId: string | undefined): Context {
    const subnet = this.#region.store.subnets.current.get(String(subnetId));
    return subnet === undefined
      ? {}
      : {
          'ec2:Subnet': this.#arn('subnet', subnet.id),
          'ec2:Vpc': this.#arn('vpc', subnet.vpcId),
          'ec2:AvailabilityZone': subnet.availabilityZone,
        };
  }

  #there(type: string, id: string | undefined, tags: Tags | undefined, context: Context): Resource {
    return {
      resource: this.#arn(type, String(id)),
      context: { ...this.regionContext, ...context, ...resourceTags(tags ?? {}) },
      isThere: tags !== undefined,
    };
  }

  #arn(type: string, id: string): string {
    return `arn:aws:ec2:${this.#region.name}:${this.#region.accountId}:${type}/${id}`;
  }
}

import type {
  NetworkInterface,
  Route,
  Address as SdkAddress,
  RouteTable as SdkRouteTable,
  Subnet as SdkSubnet,
  Tag,
} from '@aws-sdk/client-ec2';
import { type AllocationId, parseId } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import type {
  Address,
  DefaultRoute,
  NatInterface,
  RememberedRoute,
  RouteTable,
  RouteTarget,
  SplitDefault,
  Subnet,
} from '../core/model/snapshot.ts';
import { tagKeys } from '../core/model/tags.ts';
import type { EpochMs } from '../core/model/time.ts';
import { parseTimes } from './noted-times.ts';
import { parseCutovers } from './parse-cutovers.ts';
import { isAmazonOwned, parseGroups, parseSecondaryIps } from './parse-instances.ts';
import { flawed, oneOf, type Parsed, tagValue } from './parse-listing.ts';
import { parseTakenOver } from './parse-taken-over.ts';
import { zoneOf } from './zone-of.ts';

export const defaultDestination = '0.0.0.0/0';

/** One interface that carries our stack's tag, from DescribeNetworkInterfaces. */
export function parseInterface(raw: NetworkInterface, zones: readonly ZoneSettings[]): Parsed<NatInterface> {
  const id = parseId('interface', raw.NetworkInterfaceId);
  const zone = zoneOf(tagValue(raw.TagSet, tagKeys.zone), raw.SubnetId, zones);
  const subnetId = parseId('subnet', raw.SubnetId);
  if (
    id === undefined ||
    subnetId === undefined ||
    raw.Status === undefined ||
    raw.SourceDestCheck === undefined
  ) {
    const name = raw.NetworkInterfaceId ?? 'an interface';
    return flawed(
      [zone, raw.SubnetId],
      `DescribeNetworkInterfaces: ${name} came without its id, subnet, status or source/destination check`,
    );
  }
  const attachedTo = parseId('instance', raw.Attachment?.InstanceId);
  const attachedAt = raw.Attachment?.AttachTime?.getTime();
  return {
    value: {
      id,
      ...(zone === undefined ? {} : { zone }),
      subnetId,
      status: raw.Status,
      sourceDestCheck: raw.SourceDestCheck,
      ...parseGroups(raw.Groups),
      ...parseSecondaryIps(raw.PrivateIpAddresses),
      hasOwnPublicAddress: isAmazonOwned(raw.Association?.IpOwnerId),
      ...(attachedTo === undefined ? {} : { attachedTo }),
      ...(attachedAt === undefined ? {} : { attachedAt }),
    },
  };
}

/** One Elastic IP, from DescribeAddresses. */
export function parseAddress(raw: SdkAddress): Parsed<Address> {
  const allocationId = parseId('allocation', raw.AllocationId);
  if (allocationId === undefined || raw.PublicIp === undefined) {
    const name = raw.AllocationId ?? raw.PublicIp ?? 'an address';
    return flawed([raw.AllocationId], `DescribeAddresses: ${name} came without its allocation id or address`);
  }
  const associationId = parseId('association', raw.AssociationId);
  const interfaceId = parseId('interface', raw.NetworkInterfaceId);
  const instanceId = parseId('instance', raw.InstanceId);
  const pausedSince = tagValue(raw.Tags, tagKeys.paused);
  const allocatedBy = parseAllocator(raw.Tags);
  const breakerResetAt = Date.parse(tagValue(raw.Tags, tagKeys.breakerReset) ?? '');
  return {
    value: {
      allocationId,
      publicIp: raw.PublicIp,
      ...(raw.NetworkBorderGroup === undefined ? {} : { networkBorderGroup: raw.NetworkBorderGroup }),
      ...(associationId === undefined ? {} : { associationId }),
      ...(interfaceId === undefined ? {} : { interfaceId }),
      ...(raw.PrivateIpAddress === undefined ? {} : { privateIp: raw.PrivateIpAddress }),
      ...(instanceId === undefined ? {} : { instanceId }),
      ...(allocatedBy === undefined ? {} : { allocatedBy }),
      ...(pausedSince === undefined ? {} : { pausedSince: quote(pausedSince, maxQuoted) }),
      ...parseNotes(allocationId, raw.Tags),
      ...(Number.isNaN(breakerResetAt) ? {} : { breakerResetAt }),
    },
  };
}

/**
 * CloudFormation notes on what it makes the stack and the name in the template, in tags that nobody else can write. Only
 * our own template's names count: any other stack may allocate addresses for us.
 */
function parseAllocator(tags: readonly Tag[] | undefined): string | undefined {
  const name = tagValue(tags, 'aws:cloudformation:logical-id') ?? '';
  const stack = tagValue(tags, 'aws:cloudformation:stack-name');
  return stack !== undefined && /^Zone[A-C]Address$/.test(name) ? quote(stack, maxStackName) : undefined;
}

function parseNotes(
  id: AllocationId,
  tags: readonly Tag[] | undefined,
): Pick<
  Address,
  'lastGoodImage' | 'launches' | 'launchesAreOdd' | 'cutover' | 'undoneCutovers' | 'stoodIn' | 'oddTags'
> {
  const imageTag = tagValue(tags, tagKeys.lastGoodImage);
  const lastGoodImage = parseLastGoodImage(imageTag);
  const launchesTag = tagValue(tags, tagKeys.launches);
  const { launches, launchesAreOdd } = parseLaunches(launchesTag);
  const { oddKeys, ...cutovers } = parseCutovers(tags);
  const oddTags = [
    ...(imageTag === undefined || lastGoodImage !== undefined
      ? []
      : [oddTag(id, tagKeys.lastGoodImage, imageTag)]),
    ...(launchesAreOdd ? [oddTag(id, tagKeys.launches, launchesTag)] : []),
    ...oddKeys.map((key) => oddTag(id, key, tagValue(tags, key))),
  ];
  return {
    ...(lastGoodImage === undefined ? {} : { lastGoodImage }),
    ...(launches === undefined ? {} : { launches }),
    ...(launchesAreOdd ? { launchesAreOdd } : {}),
    ...cutovers,
    ...(oddTags.length === 0 ? {} : { oddTags }),
  };
}

/** The tag's value: "1795401703 1795402310". Entries that are not times are ignored. */
function parseLaunches(raw: string | undefined): {
  readonly launches: readonly EpochMs[] | undefined;
  readonly launchesAreOdd: boolean;
} {
  const times = parseTimes(raw);
  return {
    launches: raw === undefined ? undefined : times,
    launchesAreOdd: raw !== undefined && times.length < raw.split(' ').length,
  };
}

const maxQuoted = 64;

function oddTag(id: string, key: string, value: string | undefined): string {
  return `tag ${key} of ${id} says "${quote(value ?? '', maxQuoted)}", which is not usable; it is ignored, and rewritten when there is something to record`;
}

/** The tag's value: "ami-0123456789abcdef0 arm64". */
function parseLastGoodImage(raw: string | undefined): Address['lastGoodImage'] {
  const [id, architecture] = raw?.split(' ') ?? [];
  const imageId = parseId('image', id);
  const known = oneOf(['arm64', 'x86_64'] as const, architecture);
  return imageId === undefined || known === undefined ? undefined : { imageId, architecture: known };
}

/** One subnet, from DescribeSubnets. */
export function parseSubnet(raw: SdkSubnet): Parsed<Subnet> {
  const id = parseId('subnet', raw.SubnetId);
  const vpcId = parseId('vpc', raw.VpcId);
  const { AvailabilityZone: availabilityZone, CidrBlock: cidr } = raw;
  if (id === undefined || vpcId === undefined || availabilityZone === undefined || cidr === undefined) {
    const name = raw.SubnetId ?? 'a subnet';
    return flawed([raw.SubnetId], `DescribeSubnets: ${name} came without its id, VPC, zone or CIDR block`);
  }
  // A word that is new to us is as good as none: nothing may be kept from healing for it.
  const internetGatewayBlock = oneOf(
    ['off', 'block-bidirectional', 'block-ingress'] as const,
    raw.BlockPublicAccessStates?.InternetGatewayBlockMode,
  );
  return {
    value: {
      id,
      vpcId,
      availabilityZone,
      cidr,
      ...(raw.OwnerId === undefined ? {} : { ownerId: raw.OwnerId }),
      ...(raw.OutpostArn === undefined ? {} : { outpostArn: raw.OutpostArn }),
      ...(internetGatewayBlock === undefined ? {} : { internetGatewayBlock }),
    },
  };
}

/** One route table, from DescribeRouteTables. */
export function parseRouteTable(raw: SdkRouteTable): Parsed<RouteTable> {
  const id = parseId('routeTable', raw.RouteTableId);
  const vpcId = parseId('vpc', raw.VpcId);
  const associations = raw.Associations ?? [];
  const main = associations.some((entry) => entry.Main === true);
  const subnetIds = associations.flatMap((entry) => parseId('subnet', entry.SubnetId) ?? []);
  const route = raw.Routes?.find((entry) => entry.DestinationCidrBlock === defaultDestination);
  const defaultRoute = route === undefined ? undefined : parseDefaultRoute(route);
  if (
    id === undefined ||
    vpcId === undefined ||
    raw.Routes === undefined ||
    (route !== undefined && defaultRoute === undefined)
  ) {
    const name = raw.RouteTableId ?? 'a route table';
    // A main table may serve any subnet: a flaw about nothing in particular concerns every zone.
    return flawed(
      main ? [] : subnetIds,
      `DescribeRouteTables: ${name} came without its id, VPC, routes or the state of its default route`,
    );
  }
  // An empty note is one that has to go, unlike an empty value that says nothing.
  const noteTag = raw.Tags?.find(({ Key }) => Key === tagKeys.remembered);
  const note = noteTag === undefined ? undefined : (noteTag.Value ?? '');
  const remembered = parseRemembered(note);
  return {
    value: {
      id,
      vpcId,
      main,
      subnetIds,
      ...(defaultRoute === undefined ? {} : { defaultRoute }),
      ...parseSplitDefaults(raw.Routes),
      ...(remembered === undefined ? {} : { remembered }),
      ...parseMark(id, tagValue(raw.Tags, tagKeys.takenOver)),
      ...(note === undefined || remembered !== undefined ? {} : { oddNote: quote(note, maxQuoted) }),
    },
  };
}

/** The tag's value: an id, or the word for "there was no default route". */
function parseRemembered(raw: string | undefined): RememberedRoute | undefined {
  const target = parseTarget(raw);
  // A private route is never pointed back at an internet gateway, whatever the tag says.
  const isTakenBack = target !== undefined && target.kind !== 'internet-gateway';
  return raw === noRouteTag ? { kind: 'no-route' } : isTakenBack ? target : undefined;
}

/** Text that cannot be a stack's name says nothing of another stack. */
function parseMark(id: RouteTable['id'], raw: string | undefined): Pick<RouteTable, 'takenOver' | 'oddTags'> {
  const takenOver = raw === undefined ? undefined : parseTakenOver(raw);
  const isOdd = raw !== undefined && takenOver === undefined;
  return {
    ...(takenOver === undefined ? {} : { takenOver }),
    ...(isOdd ? { oddTags: [oddTag(id, tagKeys.takenOver, raw)] } : {}),
  };
}

/** CloudFormation's own rule for the name of a stack. */
const maxStackName = 128;

export function renderRemembered(remembered: RememberedRoute): string {
  return remembered.kind === 'no-route' ? noRouteTag : remembered.id;
}

const noRouteTag = 'none';

function parseDefaultRoute(raw: Route): DefaultRoute | undefined {
  const state = oneOf(['active', 'blackhole', 'filtered'] as const, raw.State);
  return state === undefined ? undefined : { state, target: routeTarget(raw) };
}

/** No private range is as wide as an eighth of all addresses: a route to one means the internet. */
function parseSplitDefaults(routes: readonly Route[]): Pick<RouteTable, 'splitDefaults'> {
  const splitDefaults = routes.flatMap((route): SplitDefault[] => {
    const { DestinationCidrBlock: destination } = route;
    return destination !== undefined && /^[\d.]+\/[1-3]$/.test(destination)
      ? [{ destination, targetId: routeTarget(route).id }]
      : [];
  });
  return splitDefaults.length === 0 ? {} : { splitDefaults };
}

/** EC2 names both the instance and its interface for a route to either; only the interface identifies the target. */
function routeTarget(raw: Route): RouteTarget {
  const named =
    raw.NetworkInterfaceId ??
    raw.InstanceId ??
    raw.NatGatewayId ??
    raw.GatewayId ??
    raw.TransitGatewayId ??
    raw.VpcPeeringConnectionId ??
    raw.CarrierGatewayId ??
    raw.LocalGatewayId ??
    raw.CoreNetworkArn ??
    raw.EgressOnlyInternetGatewayId;
  return parseTarget(named) ?? { kind: 'other', id: quote(named ?? 'a target that is gone') };
}

/** A route target from its id; undefined for kinds that are never taken over. */
function parseTarget(raw: string | undefined): RouteTarget | undefined {
  const interfaceId = parseId('interface', raw);
  if (interfaceId !== undefined) {
    return { kind: 'interface', id: interfaceId };
  }
  const instanceId = parseId('instance', raw);
  if (instanceId !== undefined) {
    return { kind: 'instance', id: instanceId };
  }
  const natGatewayId = parseId('natGateway', raw);
  if (natGatewayId !== undefined) {
    return { kind: 'nat-gateway', id: natGatewayId };
  }
  return raw?.startsWith('igw-') === true ? { kind: 'internet-gateway', id: quote(raw) } : undefined;
}

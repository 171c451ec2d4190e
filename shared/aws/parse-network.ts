import type {
  NetworkInterface,
  Route,
  Address as SdkAddress,
  RouteTable as SdkRouteTable,
  Subnet as SdkSubnet,
} from '@aws-sdk/client-ec2';
import { parseId, parseZoneName } from '../core/ids.ts';
import type {
  Address,
  DefaultRoute,
  NatInterface,
  RememberedRoute,
  RouteTable,
  RouteTarget,
  Subnet,
} from '../core/snapshot.ts';
import { tagKeys } from '../core/tags.ts';
import { type EpochMs, secondMs } from '../core/time.ts';
import { isAmazonOwned } from './parse-instances.ts';
import { flawed, oneOf, type Parsed, tagValue } from './parse-listing.ts';

export const defaultDestination = '0.0.0.0/0';

/** One interface that carries our stack's tag, from DescribeNetworkInterfaces. */
export function parseInterface(raw: NetworkInterface): Parsed<NatInterface> {
  const id = parseId('interface', raw.NetworkInterfaceId);
  const zone = parseZoneName(tagValue(raw.TagSet, tagKeys.zone));
  const subnetId = parseId('subnet', raw.SubnetId);
  if (
    id === undefined ||
    zone === undefined ||
    subnetId === undefined ||
    raw.Status === undefined ||
    raw.SourceDestCheck === undefined
  ) {
    const name = raw.NetworkInterfaceId ?? 'an interface';
    return flawed(
      [zone, raw.SubnetId],
      `DescribeNetworkInterfaces: ${name} came without its id, ${tagKeys.zone} tag, subnet, status or source/destination check`,
    );
  }
  const attachedTo = parseId('instance', raw.Attachment?.InstanceId);
  const attachedAt = raw.Attachment?.AttachTime?.getTime();
  return {
    value: {
      id,
      zone,
      subnetId,
      status: raw.Status,
      sourceDestCheck: raw.SourceDestCheck,
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
  const lastGoodImage = parseLastGoodImage(tagValue(raw.Tags, tagKeys.lastGoodImage));
  const launches = tagValue(raw.Tags, tagKeys.launches);
  const breakerResetAt = Date.parse(tagValue(raw.Tags, tagKeys.breakerReset) ?? '');
  return {
    value: {
      allocationId,
      publicIp: raw.PublicIp,
      ...(associationId === undefined ? {} : { associationId }),
      ...(interfaceId === undefined ? {} : { interfaceId }),
      ...(instanceId === undefined ? {} : { instanceId }),
      ...(pausedSince === undefined ? {} : { pausedSince }),
      ...(lastGoodImage === undefined ? {} : { lastGoodImage }),
      ...(launches === undefined ? {} : { launches: parseLaunches(launches) }),
      ...(Number.isNaN(breakerResetAt) ? {} : { breakerResetAt }),
    },
  };
}

/** The tag's value: "1795401703 1795402310". What is no time there counts for nothing. */
function parseLaunches(raw: string): EpochMs[] {
  return raw.split(' ').flatMap((text) => (/^\d{1,11}$/.test(text) ? Number(text) * secondMs : []));
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
  return { value: { id, vpcId, availabilityZone, cidr } };
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
  const remembered = parseRemembered(tagValue(raw.Tags, tagKeys.remembered));
  return {
    value: {
      id,
      vpcId,
      main,
      subnetIds,
      ...(defaultRoute === undefined ? {} : { defaultRoute }),
      ...(remembered === undefined ? {} : { remembered }),
    },
  };
}

/** The tag's value: an id, or the word for "there was no default route". */
function parseRemembered(raw: string | undefined): RememberedRoute | undefined {
  return raw === noRouteTag ? { kind: 'no-route' } : parseTarget(raw);
}

export function renderRemembered(remembered: RememberedRoute): string {
  return remembered.kind === 'no-route' ? noRouteTag : remembered.id;
}

const noRouteTag = 'none';

function parseDefaultRoute(raw: Route): DefaultRoute | undefined {
  const state = oneOf(['active', 'blackhole', 'filtered'] as const, raw.State);
  return state === undefined ? undefined : { state, target: routeTarget(raw) };
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
  return parseTarget(named) ?? { kind: 'other', id: named ?? 'a target that is gone' };
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
  return raw?.startsWith('igw-') === true ? { kind: 'internet-gateway', id: raw } : undefined;
}

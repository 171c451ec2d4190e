import {
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeRouteTables,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  type NatGateway as SdkNatGateway,
  type RouteTable as SdkRouteTable,
  type Subnet as SdkSubnet,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { parseRouteTable, parseSubnet } from '../../../shared/aws/parse-network.ts';
import { parseId } from '../../../shared/core/model/ids.ts';
import type { Session } from '../../session.ts';
import type {
  DeployedStack,
  FoundSubnet,
  GatewayEndpoint,
  Inventory,
  NatGateway,
  S3Endpoint,
  Vpc,
} from '../inventory.ts';
import { tableDetails } from '../splitting/table-details.ts';
import { nameOf } from './name-of.ts';
import { readAccountId, readConcurrency, readSpotRole } from './read-account.ts';
import { readAcls } from './read-acls.ts';
import { readElasticIps } from './read-elastic-ips.ts';
import { readEncryption } from './read-encryption.ts';
import { defaultImage, readImages } from './read-images.ts';
import { everyItem, parsedOrThrow, required } from './read-listing.ts';
import { readOtherStacks } from './read-other-stacks.ts';
import { readPublicAccess } from './read-public-access.ts';
import { readOwnTargets } from './read-stack.ts';
import { readTopics } from './read-topics.ts';
import { readWake } from './read-wake.ts';

/**
 * Reads the VPC in one parallel round of calls. Changes nothing.
 * @throws CliError where an answer is incomplete; AWS's errors as they are.
 */
export async function readInventory(
  session: Session,
  vpc: Vpc,
  stack: DeployedStack | undefined,
  wantsSpot: boolean,
): Promise<Inventory> {
  const isDeployed = stack?.asksForSpot === true;
  const [
    subnets,
    rawTables,
    internetGatewayId,
    natGateways,
    rawEndpoints,
    elasticIps,
    images,
    ownTargetIds,
    topics,
    account,
    role,
    concurrency,
    networkAcls,
    wake,
    otherStacks,
    publicAccess,
    encryption,
  ] = await Promise.all([
    readSubnets(session, vpc),
    readRouteTables(session, vpc),
    readInternetGateway(session, vpc),
    readNatGateways(session, vpc),
    readGatewayEndpoints(session, vpc),
    readElasticIps(session),
    readImages(session, stack),
    stack === undefined ? [] : readOwnTargets(session),
    stack === undefined ? [] : readTopics(session, stack),
    readAccountId(session),
    isDeployed || wantsSpot ? readSpotRole(session) : undefined,
    readConcurrency(session),
    stack?.asksClients === true ? readAcls(session, vpc) : undefined,
    stack === undefined ? undefined : readWake(session, stack),
    readOtherStacks(session, vpc),
    readPublicAccess(session),
    readEncryption(session, vpc, (stack ?? defaultImage).instanceTypes),
  ]);
  const gatewayEndpoints = rawEndpoints.map(parseEndpoint);
  const endpointIds = gatewayEndpoints.map(({ id }) => id);
  return {
    region: session.aws.region,
    stack: session.stack,
    vpc,
    subnets,
    routeTables: rawTables.map((raw) => parsedOrThrow(parseRouteTable(raw))),
    tableDetails: Object.fromEntries(
      rawTables.map((raw) => [raw.RouteTableId, tableDetails(raw, endpointIds)]),
    ),
    natGateways,
    s3Endpoints: rawEndpoints.flatMap(parseS3Endpoint),
    gatewayEndpoints,
    elasticIps,
    images,
    publicAccess,
    encryption,
    concurrency,
    otherStacks,
    ...(networkAcls === undefined ? {} : { networkAcls }),
    ...(account === undefined ? {} : { account }),
    ...(role === undefined ? {} : { spot: { isDeployed, role } }),
    ...(internetGatewayId === undefined ? {} : { internetGatewayId }),
    ...(stack === undefined
      ? {}
      : { deployment: { ...stack, ownTargetIds, topics, ...(wake === undefined ? {} : { wake }) } }),
  };
}

function inVpc({ id }: Vpc): { Name: string; Values: string[] }[] {
  return [{ Name: 'vpc-id', Values: [id] }];
}

async function readSubnets({ aws }: Session, vpc: Vpc): Promise<FoundSubnet[]> {
  const found = await everyItem(
    paginateDescribeSubnets({ client: aws.ec2 }, { Filters: inVpc(vpc), MaxResults: 200 }),
    ({ Subnets }) => Subnets,
  );
  return found.map(parseFoundSubnet);
}

function parseFoundSubnet(raw: SdkSubnet): FoundSubnet {
  const subnet = parsedOrThrow(parseSubnet(raw));
  const name = nameOf(raw.Tags);
  return {
    ...subnet,
    freeAddresses: required(
      raw.AvailableIpAddressCount,
      'DescribeSubnets',
      `the free addresses of ${subnet.id}`,
    ),
    mapsPublicIp: raw.MapPublicIpOnLaunch === true,
    ...(name === undefined ? {} : { name }),
  };
}

async function readRouteTables({ aws }: Session, vpc: Vpc): Promise<SdkRouteTable[]> {
  return await everyItem(
    paginateDescribeRouteTables({ client: aws.ec2 }, { Filters: inVpc(vpc), MaxResults: 100 }),
    ({ RouteTables }) => RouteTables,
  );
}

async function readInternetGateway({ aws }: Session, vpc: Vpc): Promise<string | undefined> {
  const Filters = [{ Name: 'attachment.vpc-id', Values: [vpc.id] }];
  const found = await everyItem(
    paginateDescribeInternetGateways({ client: aws.ec2 }, { Filters, MaxResults: 100 }),
    ({ InternetGateways }) => InternetGateways,
  );
  return found[0]?.InternetGatewayId;
}

async function readNatGateways({ aws }: Session, vpc: Vpc): Promise<NatGateway[]> {
  // EC2 lists deleted gateways for an hour.
  const Filter = [...inVpc(vpc), { Name: 'state', Values: ['pending', 'available'] }];
  const found = await everyItem(
    paginateDescribeNatGateways({ client: aws.ec2 }, { Filter, MaxResults: 200 }),
    ({ NatGateways }) => NatGateways,
  );
  return found.map(parseNatGateway);
}

function parseNatGateway(raw: SdkNatGateway): NatGateway {
  const subnetId = parseId('subnet', raw.SubnetId);
  return {
    id: required(parseId('natGateway', raw.NatGatewayId), 'DescribeNatGateways', 'a NAT gateway’s id'),
    isPublic: raw.ConnectivityType !== 'private',
    publicIps: (raw.NatGatewayAddresses ?? []).flatMap(({ PublicIp }) => PublicIp ?? []),
    ...(subnetId === undefined ? {} : { subnetId }),
    ...(raw.AvailabilityMode === 'regional' ? { isRegional: true } : {}),
  };
}

async function readGatewayEndpoints({ aws }: Session, vpc: Vpc): Promise<VpcEndpoint[]> {
  const Filters = [...inVpc(vpc), { Name: 'vpc-endpoint-type', Values: ['Gateway'] }];
  const found = await everyItem(
    paginateDescribeVpcEndpoints({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
    ({ VpcEndpoints }) => VpcEndpoints,
  );
  return found.filter(({ VpcEndpointType }) => VpcEndpointType === 'Gateway');
}

function parseEndpoint(raw: VpcEndpoint): GatewayEndpoint {
  return {
    id: required(raw.VpcEndpointId, 'DescribeVpcEndpoints', 'an endpoint’s id'),
    routeTableIds: (raw.RouteTableIds ?? []).flatMap((id) => parseId('routeTable', id) ?? []),
  };
}

/** Gateway endpoints are for S3 and for DynamoDB. */
function parseS3Endpoint(raw: VpcEndpoint): S3Endpoint[] {
  if (raw.ServiceName?.endsWith('.s3') !== true) {
    return [];
  }
  return [
    {
      ...parseEndpoint(raw),
      ...(raw.PolicyDocument === undefined ? {} : { policy: raw.PolicyDocument }),
    },
  ];
}

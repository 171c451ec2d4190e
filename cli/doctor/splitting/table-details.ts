import type { Route, RouteTable as SdkRouteTable } from '@aws-sdk/client-ec2';

/** What a copy of a route table needs to know of it, in the words of the AWS CLI. */
export type TableDetails = {
  readonly associations: readonly { readonly id: string; readonly subnetId: string }[];
  /** Those that somebody made: neither the VPC's own, nor a gateway endpoint's, nor propagated ones. */
  readonly routes: readonly CopiedRoute[];
  /** How many routes the table has in all: whether it is still what was read. */
  readonly routeCount: number;
  /** Virtual private gateways that put routes into it. */
  readonly propagatingGateways: readonly string[];
  /** Without AWS's own and Phoenat's, which tell of this table. */
  readonly tags: readonly { readonly key: string; readonly value: string }[];
};

/** `destination` and `target`: an option of `aws ec2 create-route` and its value; no target: of no kind that is known. */
export type CopiedRoute = {
  readonly destination: readonly [option: string, value: string];
  readonly target?: readonly [option: string, value: string];
  readonly isBlackhole: boolean;
};

/** `endpointIds`: the VPC's gateway endpoints, whose routes EC2 makes itself. */
export function tableDetails(raw: SdkRouteTable, endpointIds: readonly string[]): TableDetails {
  const routes = raw.Routes ?? [];
  return {
    associations: (raw.Associations ?? []).flatMap(({ RouteTableAssociationId: id, SubnetId: subnetId }) =>
      id === undefined || subnetId === undefined ? [] : [{ id, subnetId }],
    ),
    routes: routes.filter((route) => isMade(route, endpointIds)).flatMap(copiedRoute),
    routeCount: routes.length,
    propagatingGateways: (raw.PropagatingVgws ?? []).flatMap(({ GatewayId }) => GatewayId ?? []),
    tags: (raw.Tags ?? []).flatMap(({ Key: key, Value: value = '' }) =>
      key === undefined || /^(?:aws|phoenat):/.test(key) ? [] : [{ key, value }],
    ),
  };
}

function isMade({ GatewayId = '', Origin }: Route, endpointIds: readonly string[]): boolean {
  return GatewayId !== 'local' && Origin !== 'EnableVgwRoutePropagation' && !endpointIds.includes(GatewayId);
}

function copiedRoute(route: Route): CopiedRoute[] {
  const destination =
    pair('--destination-cidr-block', route.DestinationCidrBlock) ??
    pair('--destination-ipv6-cidr-block', route.DestinationIpv6CidrBlock) ??
    pair('--destination-prefix-list-id', route.DestinationPrefixListId);
  const target = targetOf(route);
  return destination === undefined
    ? []
    : [
        {
          destination,
          isBlackhole: route.State === 'blackhole',
          ...(target === undefined ? {} : { target }),
        },
      ];
}

/** EC2 names an instance and its interface for a route to either. A Gateway Load Balancer's endpoint stands where gateways do. */
function targetOf(route: Route): CopiedRoute['target'] {
  const gateway = route.GatewayId?.startsWith('vpce-') === true ? '--vpc-endpoint-id' : '--gateway-id';
  return (
    pair('--network-interface-id', route.NetworkInterfaceId) ??
    pair('--instance-id', route.InstanceId) ??
    pair('--nat-gateway-id', route.NatGatewayId) ??
    pair(gateway, route.GatewayId) ??
    pair('--transit-gateway-id', route.TransitGatewayId) ??
    pair('--vpc-peering-connection-id', route.VpcPeeringConnectionId) ??
    pair('--egress-only-internet-gateway-id', route.EgressOnlyInternetGatewayId) ??
    pair('--local-gateway-id', route.LocalGatewayId) ??
    pair('--carrier-gateway-id', route.CarrierGatewayId) ??
    pair('--core-network-arn', route.CoreNetworkArn)
  );
}

function pair(option: string, value: string | undefined): readonly [string, string] | undefined {
  return value === undefined || value === '' ? undefined : [option, value];
}

import type { Route, RouteTable } from '@aws-sdk/client-ec2';
import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { awsError } from '../aws-error.ts';
import { allowOnly } from '../calls.ts';
import type { RouteRecord, RouteTableRecord, RouteTargetRecord } from '../records.ts';
import type { Region } from '../region.ts';
import {
  findInstance,
  findInterface,
  findNatGateway,
  findRouteTable,
  onlyInterfaceOf,
  unknownId,
} from '../resources.ts';
import type { View } from '../store.ts';
import { describePage, type PagedKind, tagList } from './describe.ts';

const kind: PagedKind<RouteTableRecord> = {
  call: 'DescribeRouteTables',
  idsParameter: 'routeTableIds',
  id: { parameter: 'routeTableId', prefix: 'rtb', unknown: unknownId.routeTable },
  fields: {
    'route-table-id': (table) => [table.id],
    'vpc-id': (table) => [table.vpcId],
    'association.subnet-id': (table) => table.associations.map((association) => association.subnetId),
    'association.main': (table) => [String(table.main)],
  },
  tagsOf: (table) => table.tags,
};

/** A subnet without an association of its own uses the main table and is not listed anywhere. */
export function describeRouteTables(
  region: Region,
  input: Ec2Input<'DescribeRouteTables'>,
): Ec2Output<'DescribeRouteTables'> {
  allowOnly(kind.call, input, ['RouteTableIds', 'Filters', 'MaxResults', 'NextToken']);
  const view = region.store.view('described');
  const asked = { ...input, ids: input.RouteTableIds, limits: { min: 5, max: 100 } };
  const { items, ...next } = describePage(region, kind, view.routeTables, asked);
  return { RouteTables: items.map((table) => describeTable(region, view, table)), ...next };
}

function describeTable(region: Region, view: View, table: RouteTableRecord): RouteTable {
  const AssociationState = { State: 'associated' } as const;
  const main = table.main
    ? [
        {
          RouteTableAssociationId: table.mainAssociationId,
          RouteTableId: table.id,
          Main: true,
          AssociationState,
        },
      ]
    : [];
  const explicit = table.associations.map(({ id, subnetId }) => ({
    RouteTableAssociationId: id,
    RouteTableId: table.id,
    SubnetId: subnetId,
    Main: false,
    AssociationState,
  }));
  return {
    RouteTableId: table.id,
    VpcId: table.vpcId,
    OwnerId: region.accountId,
    Associations: [...main, ...explicit],
    PropagatingVgws: [],
    Routes: table.routes.map((route) => describeRoute(region, view, route)),
    Tags: tagList(table.tags),
  };
}

function describeRoute(region: Region, view: View, route: RouteRecord): Route {
  return {
    DestinationCidrBlock: route.destination,
    Origin: route.origin,
    State: routeState(view, route.target),
    ...describeTarget(region, view, route.target),
  };
}

/** For an interface EC2 names the instance too, and goes on naming the interface when both are gone. */
function describeTarget(region: Region, view: View, target: RouteTargetRecord): Route {
  switch (target.kind) {
    case 'local':
      return { GatewayId: 'local' };
    case 'internet-gateway':
      return { GatewayId: target.id };
    case 'nat-gateway':
      return { NatGatewayId: target.id };
    case 'transit-gateway':
      return { TransitGatewayId: target.id };
    case 'interface': {
      const instanceId = view.interfaces.get(target.id)?.attachment?.instanceId;
      const instance = instanceId && { InstanceId: instanceId, InstanceOwnerId: region.accountId };
      return { NetworkInterfaceId: target.id, ...instance };
    }
  }
}

/**
 * `blackhole` once the target is not there: gateway or interface deleted, interface unattached, instance stopped or
 * terminated. A hung instance, a failed check or a lost address leave the route active, dropping the traffic.
 */
export function routeState(view: View, target: RouteTargetRecord): 'active' | 'blackhole' {
  switch (target.kind) {
    case 'local':
    case 'transit-gateway':
      return 'active';
    case 'internet-gateway':
      return view.vpcs.all().some((vpc) => vpc.internetGatewayId === target.id) ? 'active' : 'blackhole';
    case 'nat-gateway':
      return view.natGateways.get(target.id)?.state === 'available' ? 'active' : 'blackhole';
    case 'interface': {
      const instanceId = view.interfaces.get(target.id)?.attachment?.instanceId;
      const state = instanceId === undefined ? undefined : view.instances.get(instanceId)?.state;
      const there = state === 'running' || state === 'stopping' || state === 'shutting-down';
      return there ? 'active' : 'blackhole';
    }
  }
}

const routeParameters = [
  'RouteTableId',
  'DestinationCidrBlock',
  'GatewayId',
  'NatGatewayId',
  'NetworkInterfaceId',
  'InstanceId',
];

/** @throws RouteAlreadyExists where the destination has a route. */
export function createRoute(region: Region, input: Ec2Input<'CreateRoute'>): Ec2Output<'CreateRoute'> {
  allowOnly('CreateRoute', input, routeParameters);
  const table = ownTable(region, input.RouteTableId);
  const destination = checkedDestination(input.DestinationCidrBlock);
  const target = checkedTarget(region, table, input);
  if (table.routes.some((route) => route.destination === destination)) {
    throw awsError('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
  }
  setRoute(region, table.id, { destination, target, origin: 'CreateRoute' });
  return { Return: true };
}

/** @throws InvalidParameterValue, and not InvalidRoute.NotFound, where the destination has no route. */
export function replaceRoute(region: Region, input: Ec2Input<'ReplaceRoute'>): Ec2Output<'ReplaceRoute'> {
  allowOnly('ReplaceRoute', input, routeParameters);
  const table = ownTable(region, input.RouteTableId);
  const destination = checkedDestination(input.DestinationCidrBlock);
  const target = checkedTarget(region, table, input);
  const present = table.routes.find((route) => route.destination === destination);
  if (present === undefined) {
    throw awsError(
      'InvalidParameterValue',
      `There is no route defined for '${destination}' in the route table. Use CreateRoute instead.`,
    );
  }
  if (present.target.kind === 'local') {
    throw awsError('InvalidParameterValue', `cannot replace local route ${destination} with this target`);
  }
  setRoute(region, table.id, { destination, target, origin: 'CreateRoute' });
  return {};
}

/** @throws InvalidRoute.NotFound where the destination has no route. */
export function deleteRoute(region: Region, input: Ec2Input<'DeleteRoute'>): Ec2Output<'DeleteRoute'> {
  allowOnly('DeleteRoute', input, ['RouteTableId', 'DestinationCidrBlock']);
  const table = ownTable(region, input.RouteTableId);
  const destination = checkedDestination(input.DestinationCidrBlock);
  const present = table.routes.find((route) => route.destination === destination);
  if (present === undefined) {
    throw awsError(
      'InvalidRoute.NotFound',
      `no route with destination-cidr-block ${destination} in route table ${table.id}`,
    );
  }
  if (present.target.kind === 'local') {
    throw awsError(
      'InvalidParameterValue',
      `cannot remove local route ${destination} in route table ${table.id}`,
    );
  }
  removeRoute(region, table.id, destination);
  return {};
}

/** Puts a route in, in place of one for the same destination. */
export function setRoute(region: Region, tableId: string, route: RouteRecord): void {
  region.store.routeTables.update(tableId, (table) => {
    const others = table.routes.filter((other) => other.destination !== route.destination);
    return { ...table, routes: [...others, route] };
  });
}

export function removeRoute(region: Region, tableId: string, destination: string): void {
  region.store.routeTables.update(tableId, (table) => ({
    ...table,
    routes: table.routes.filter((route) => route.destination !== destination),
  }));
}

/** @throws UnauthorizedOperation where the subnets that it serves are shared by another account: the table is theirs too. */
function ownTable(region: Region, id: string | undefined): RouteTableRecord {
  const table = findRouteTable(region, id);
  const owners = table.associations.map(
    ({ subnetId }) => region.store.subnets.current.get(subnetId)?.ownerId ?? region.accountId,
  );
  if (owners.some((owner) => owner !== region.accountId)) {
    throw awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.');
  }
  return table;
}

function checkedDestination(cidr: string | undefined): string {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr ?? '');
  const valid = parts?.slice(1, 5).every((part) => Number(part) < 256) && Number(parts[5]) <= 32;
  if (cidr === undefined || !valid) {
    throw awsError(
      'InvalidParameterValue',
      `Value (${cidr}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
    );
  }
  return cidr;
}

/** @throws InvalidParameterCombination unless there is exactly one target; the NotFound error of its kind. */
function checkedTarget(
  region: Region,
  table: RouteTableRecord,
  input: Ec2Input<'CreateRoute'> | Ec2Input<'ReplaceRoute'>,
): RouteTargetRecord {
  const { GatewayId, NatGatewayId, NetworkInterfaceId, InstanceId } = input;
  const given = [GatewayId, NatGatewayId, NetworkInterfaceId, InstanceId].filter((id) => id !== undefined);
  if (given.length !== 1) {
    throw awsError(
      'InvalidParameterCombination',
      `The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, instanceId (it has ${given.length})`,
    );
  }
  if (GatewayId !== undefined) return internetGateway(region, table, GatewayId);
  if (NatGatewayId !== undefined) {
    return { kind: 'nat-gateway', id: findNatGateway(region, NatGatewayId).id };
  }
  const record =
    InstanceId === undefined
      ? findInterface(region, NetworkInterfaceId)
      : onlyInterfaceOf(region, findInstance(region, InstanceId).id);
  if (record.vpcId !== table.vpcId) throw otherNetwork(table, `interface ${record.id}`);
  return { kind: 'interface', id: record.id };
}

function internetGateway(region: Region, table: RouteTableRecord, id: string): RouteTargetRecord {
  const owner = region.store.vpcs.current.all().find((vpc) => vpc.internetGatewayId === id);
  if (owner === undefined) throw unknownId.gateway(id);
  if (owner.id !== table.vpcId) throw otherNetwork(table, `network gateway ${id}`);
  return { kind: 'internet-gateway', id };
}

function otherNetwork(table: RouteTableRecord, what: string): Error {
  return awsError(
    'InvalidParameterValue',
    `route table ${table.id} and ${what} belong to different networks`,
  );
}

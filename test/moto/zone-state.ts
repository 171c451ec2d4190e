import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  type Instance,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import type { Deployment } from './deployment.ts';

/** What a person would look up about the one zone of a deployment. */
export type ZoneState = {
  /** Running instances of the stack. */
  readonly running: readonly Instance[];
  /** Interfaces of the stack, whatever they are attached to. */
  readonly interfaces: readonly NetworkInterface[];
  /** The interface that the Elastic IP is on. */
  readonly addressOn: string | undefined;
  /** What the private default routes point at. */
  readonly routes: readonly (string | undefined)[];
  readonly routeTableTags: Readonly<Record<string, string>>;
  readonly addressTags: Readonly<Record<string, string>>;
};

export async function zoneState({ ec2, zones, stack }: Deployment, index = 0): Promise<ZoneState> {
  const zone = zones[index];
  if (zone === undefined) throw new Error(`the deployment has no zone ${index}`);
  const inZone = [
    { Name: 'tag:phoenat:stack', Values: [stack] },
    { Name: 'availability-zone', Values: [zone.availabilityZone] },
  ];
  const running = [...inZone, { Name: 'instance-state-name', Values: ['running'] }];
  const instances = await ec2.send(new DescribeInstancesCommand({ Filters: running }));
  const interfaces = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: inZone }));
  const byAllocation = { AllocationIds: [zone.allocationId] };
  const address = (await ec2.send(new DescribeAddressesCommand(byAllocation))).Addresses?.[0];
  const byTable = { RouteTableIds: [zone.privateRouteTableId] };
  const table = (await ec2.send(new DescribeRouteTablesCommand(byTable))).RouteTables?.[0];
  const byDefault = (table?.Routes ?? []).filter((route) => route.DestinationCidrBlock === '0.0.0.0/0');
  return {
    running: (instances.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []),
    interfaces: interfaces.NetworkInterfaces ?? [],
    addressOn: address?.NetworkInterfaceId,
    routes: byDefault.map((route) => route.NetworkInterfaceId ?? route.NatGatewayId),
    routeTableTags: tagRecord(table?.Tags),
    addressTags: tagRecord(address?.Tags),
  };
}

/** The one running instance and its interface. */
export function soleInstance({ running }: ZoneState): {
  readonly instanceId: string;
  readonly interfaceId: string;
} {
  const [instance, ...others] = running;
  const instanceId = instance?.InstanceId;
  const interfaceId = instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  if (others.length > 0 || instanceId === undefined || interfaceId === undefined) {
    throw new Error(`there are ${running.length} running instances where there should be one`);
  }
  return { instanceId, interfaceId };
}

function tagRecord(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

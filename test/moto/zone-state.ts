import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  type Filter,
  type Instance,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import type { Deployment } from './deployment.ts';

/** What a person would look up about one zone of a deployment. */
export type ZoneState = {
  /** Running instances of the stack, and their primary interfaces. */
  readonly running: readonly Instance[];
  readonly interfacesInUse: readonly NetworkInterface[];
  /** Every interface that carries the stack's tag. */
  readonly taggedInterfaceIds: readonly string[];
  /** The interface that the Elastic IP is on. */
  readonly addressOn: string | undefined;
  /** What the private default routes point at. */
  readonly routes: readonly (string | undefined)[];
  readonly routeTableTags: Readonly<Record<string, string>>;
  readonly addressTags: Readonly<Record<string, string>>;
};

export async function zoneState(deployment: Deployment, index = 0): Promise<ZoneState> {
  const { ec2, stack } = deployment;
  const zone = deployment.zones[index];
  if (zone === undefined) throw new Error(`the deployment has no zone ${index}`);
  const Filters = [
    { Name: 'tag:phoenat:stack', Values: [stack] },
    { Name: 'tag:phoenat:zone', Values: [zone.letter] },
  ];
  const running = await runningInstances(ec2, Filters);
  const tagged = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
  const byAllocation = { AllocationIds: [zone.allocationId] };
  const address = (await ec2.send(new DescribeAddressesCommand(byAllocation))).Addresses?.[0];
  const byTable = { RouteTableIds: [zone.privateRouteTableId] };
  const table = (await ec2.send(new DescribeRouteTablesCommand(byTable))).RouteTables?.[0];
  const byDefault = (table?.Routes ?? []).filter((route) => route.DestinationCidrBlock === '0.0.0.0/0');
  return {
    running,
    interfacesInUse: await interfacesOf(ec2, running),
    taggedInterfaceIds: (tagged.NetworkInterfaces ?? []).map((one) => one.NetworkInterfaceId ?? ''),
    addressOn: address?.NetworkInterfaceId,
    routes: byDefault.map((route) => route.NetworkInterfaceId ?? route.NatGatewayId),
    routeTableTags: tagRecord(table?.Tags),
    addressTags: tagRecord(address?.Tags),
  };
}

async function runningInstances(ec2: EC2Client, filters: readonly Filter[]): Promise<Instance[]> {
  const Filters = [...filters, { Name: 'instance-state-name', Values: ['running'] }];
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return (Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
}

async function interfacesOf(ec2: EC2Client, instances: readonly Instance[]): Promise<NetworkInterface[]> {
  const ids = instances.flatMap((one) => one.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? []);
  if (ids.length === 0) return [];
  const answer = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ids }));
  return answer.NetworkInterfaces ?? [];
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

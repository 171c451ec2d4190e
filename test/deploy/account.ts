import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  type Instance,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { region } from './local-cloud.ts';

/** What anybody can see of the account, asked with AWS's own SDK. */
export type Account = {
  readonly ec2: EC2Client;
  terminate(instanceId: string): Promise<void>;
  /** The same without EventBridge hearing of it: the event that gets lost. */
  terminateUnheard(instanceId: string): Promise<void>;
  readonly cloudFormation: CloudFormationClient;
};

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export function openAccount(endpoint: string, moto: string): Account {
  const ec2 = new EC2Client({ endpoint, region, credentials });
  const behind = new EC2Client({ endpoint: moto, region, credentials });
  return {
    ec2,
    terminate: async (instanceId) => {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    },
    terminateUnheard: async (instanceId) => {
      await behind.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    },
    cloudFormation: new CloudFormationClient({ endpoint, region, credentials }),
  };
}

export type StackView = {
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
};

/** Nothing where there is no such stack, or none any more. */
export async function findStack(
  { cloudFormation }: Account,
  StackName: string,
): Promise<StackView | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const stack = Stacks?.[0];
    if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return undefined;
    return {
      status: stack.StackStatus ?? '',
      outputs: new Map(
        (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      ),
      parameters: new Map(
        (stack.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [
          ParameterKey,
          ParameterValue,
        ]),
      ),
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError') return undefined;
    throw error;
  }
}

/** What CloudFormation tells of a resource, the newest first. */
export async function reasonsOf(
  { cloudFormation }: Account,
  StackName: string,
  logicalId: string,
): Promise<string[]> {
  const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  return (StackEvents ?? [])
    .filter(({ LogicalResourceId }) => LogicalResourceId === logicalId)
    .flatMap(({ ResourceStatus, ResourceStatusReason }) =>
      ResourceStatusReason ? `${ResourceStatus}: ${ResourceStatusReason}` : [],
    );
}

export type ZoneView = {
  readonly instances: readonly Instance[];
  /** Which instance the zone's Elastic IP is on, and which one its private default route leads to. */
  readonly addressOn: string | undefined;
  readonly routeTo: string | undefined;
  /** Whether EC2 drops what is not from or to the instance itself. */
  readonly sourceDestCheck: boolean | undefined;
};

export type ZonePlace = {
  readonly letter: string;
  readonly publicSubnetId: string;
  readonly privateSubnetId: string;
};

export async function lookAtZone({ ec2 }: Account, stack: string, zone: ZonePlace): Promise<ZoneView> {
  const instances = (await instancesOf({ ec2 }, stack)).filter(
    (instance) => tagOf(instance, 'phoenat:zone') === zone.letter,
  );
  const alive = instances.filter(({ State }) => State?.Name === 'running');
  const interfaceId = alive[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  const [addresses, tables, interfaces] = await Promise.all([
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(
      new DescribeRouteTablesCommand({
        Filters: [{ Name: 'association.subnet-id', Values: [zone.privateSubnetId] }],
      }),
    ),
    ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'subnet-id', Values: [zone.publicSubnetId] }],
      }),
    ),
  ]);
  const route = tables.RouteTables?.[0]?.Routes?.find(
    ({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0',
  );
  const instanceAt = (id: string | undefined) =>
    id === undefined ? undefined : id === interfaceId ? alive[0]?.InstanceId : id;
  const address = addresses.Addresses?.find(({ NetworkInterfaceId }) =>
    interfaces.NetworkInterfaces?.some((entry) => entry.NetworkInterfaceId === NetworkInterfaceId),
  );
  return {
    instances: alive,
    addressOn: instanceAt(address?.NetworkInterfaceId),
    routeTo: instanceAt(route?.NetworkInterfaceId ?? route?.GatewayId),
    sourceDestCheck: interfaces.NetworkInterfaces?.find(
      ({ NetworkInterfaceId }) => NetworkInterfaceId === interfaceId,
    )?.SourceDestCheck,
  };
}

export async function instancesOf({ ec2 }: Pick<Account, 'ec2'>, stack: string): Promise<Instance[]> {
  const Filters = [{ Name: 'tag:phoenat:stack', Values: [stack] }];
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
}

export function tagOf({ Tags }: Pick<Instance, 'Tags'>, key: string): string | undefined {
  return Tags?.find(({ Key }) => Key === key)?.Value;
}

/** What is still there of what Phoenat makes: instances, interfaces, default routes, addresses of the stack. */
export async function leftovers(
  { ec2 }: Account,
  stack: string,
  zones: readonly ZonePlace[],
): Promise<string[]> {
  const publicSubnetIds = zones.map(({ publicSubnetId }) => publicSubnetId);
  const [instances, interfaces, tables, addresses] = await Promise.all([
    instancesOf({ ec2 }, stack),
    ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'subnet-id', Values: publicSubnetIds }] }),
    ),
    privateTables({ ec2 }, zones),
    ec2.send(new DescribeAddressesCommand({ Filters: [{ Name: 'tag:Name', Values: [`${stack}-nat-*`] }] })),
  ]);
  return [
    ...instances
      .filter(({ State }) => State?.Name !== 'terminated')
      .map(({ InstanceId }) => `instance ${InstanceId}`),
    ...(interfaces.NetworkInterfaces ?? []).map(
      ({ NetworkInterfaceId }) => `interface ${NetworkInterfaceId}`,
    ),
    ...tables.flatMap(({ RouteTableId, Routes }) =>
      (Routes ?? []).some(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0')
        ? `default route of ${RouteTableId}`
        : [],
    ),
    ...(addresses.Addresses ?? []).map(({ AllocationId }) => `address ${AllocationId}`),
  ];
}

/** Our notes on the private route tables. */
export async function notesLeft(account: Account, zones: readonly ZonePlace[]): Promise<string[]> {
  const tables = await privateTables(account, zones);
  return tables.flatMap(({ RouteTableId, Tags }) =>
    (Tags ?? []).flatMap(({ Key }) => (Key?.startsWith('phoenat:') ? `${Key} on ${RouteTableId}` : [])),
  );
}

export async function privateTableIds(account: Account, zones: readonly ZonePlace[]): Promise<string[]> {
  const tables = await privateTables(account, zones);
  return tables.flatMap(({ RouteTableId }) => RouteTableId ?? []).sort();
}

async function privateTables({ ec2 }: Pick<Account, 'ec2'>, zones: readonly ZonePlace[]) {
  const Values = zones.map(({ privateSubnetId }) => privateSubnetId);
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'association.subnet-id', Values }] }),
  );
  return RouteTables ?? [];
}

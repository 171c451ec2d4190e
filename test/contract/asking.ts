import {
  AssociateAddressCommand,
  type AssociateAddressCommandInput,
  CreateNetworkInterfaceCommand,
  type CreateNetworkInterfaceCommandInput,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  type Instance,
  type NetworkInterface,
  type Route,
  type RouteTable,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  type Tag,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { eventually, outcomeOf, present, type Subject } from './subject.ts';

// What most checks do on the way to what they are about.

export const stackTagKey = 'phoenat:stack';
export const everywhere = '0.0.0.0/0';

export function tagsOf({ stack }: Subject): Tag[] {
  return [
    { Key: stackTagKey, Value: stack },
    { Key: 'phoenat:zone', Value: 'a' },
  ];
}

export function tagRecord(tags: readonly Tag[] | undefined): Record<string, string | undefined> {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value]));
}

export async function createInterface(
  subject: Subject,
  changes: Partial<CreateNetworkInterfaceCommandInput> = {},
): Promise<NetworkInterface> {
  const { ec2, run, vpc } = subject;
  const input = {
    SubnetId: vpc.publicSubnetId,
    Groups: [vpc.securityGroupId],
    Description: 'NAT instance of zone a',
    TagSpecifications: [{ ResourceType: 'network-interface' as const, Tags: tagsOf(subject) }],
    ...changes,
  };
  const answer = await run(ec2.send(new CreateNetworkInterfaceCommand(input)));
  return present(answer.NetworkInterface, 'interface');
}

export async function createInterfaceId(subject: Subject): Promise<string> {
  return present((await createInterface(subject)).NetworkInterfaceId, 'interface id');
}

/** A launch as the controller makes it, on an interface that the launch makes. */
export function launchInput(
  subject: Subject,
  changes: Partial<RunInstancesCommandInput> = {},
): RunInstancesCommandInput {
  const { vpc } = subject;
  return {
    ImageId: vpc.imageId,
    InstanceType: 't4g.nano',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from('#cloud-config\n').toString('base64'),
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: vpc.publicSubnetId, Groups: [vpc.securityGroupId] }],
    TagSpecifications: [{ ResourceType: 'instance', Tags: tagsOf(subject) }],
    ...changes,
  };
}

export async function launch(
  subject: Subject,
  changes: Partial<RunInstancesCommandInput> = {},
): Promise<Instance> {
  const answer = await subject.run(subject.ec2.send(new RunInstancesCommand(launchInput(subject, changes))));
  return present(answer.Instances?.[0], 'instance');
}

export async function launchId(
  subject: Subject,
  changes: Partial<RunInstancesCommandInput> = {},
): Promise<string> {
  return present((await launch(subject, changes)).InstanceId, 'instance id');
}

/** A running instance on an interface that was there before it. */
export async function launchOnInterface(
  subject: Subject,
): Promise<{ readonly instanceId: string; readonly interfaceId: string }> {
  const interfaceId = await createInterfaceId(subject);
  const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }];
  const instanceId = await launchId(subject, { NetworkInterfaces });
  await untilState(subject, instanceId, 'running');
  return { instanceId, interfaceId };
}

export async function instanceOf(subject: Subject, id: string): Promise<Instance> {
  const answer = await subject.run(subject.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  return present(answer.Reservations?.[0]?.Instances?.[0], `instance ${id}`);
}

export function untilState(subject: Subject, id: string, state: string): Promise<Instance> {
  return eventually(
    subject,
    () => instanceOf(subject, id),
    (instance) => instance.State?.Name === state,
  );
}

export async function terminate(subject: Subject, id: string): Promise<void> {
  await subject.run(subject.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
  await untilState(subject, id, 'terminated');
}

export async function interfaceOf(subject: Subject, id: string): Promise<NetworkInterface> {
  const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] });
  const answer = await subject.run(subject.ec2.send(command));
  return present(answer.NetworkInterfaces?.[0], `interface ${id}`);
}

/** The interface's status, or the code of the error that says that there is none. */
export async function interfaceStatus(subject: Subject, id: string): Promise<string> {
  const reading = interfaceOf(subject, id);
  const outcome = await outcomeOf(reading);
  return outcome === 'accepted' ? ((await reading).Status ?? 'absent') : outcome;
}

export function associate(subject: Subject, changes: AssociateAddressCommandInput) {
  const input = { AllocationId: subject.vpc.allocationId, ...changes };
  return subject.run(subject.ec2.send(new AssociateAddressCommand(input)));
}

export async function addressOf(subject: Subject, id: string) {
  const command = new DescribeAddressesCommand({ Filters: [{ Name: 'allocation-id', Values: [id] }] });
  const answer = await subject.run(subject.ec2.send(command));
  return present(answer.Addresses?.[0], `address ${id}`);
}

export async function tableOf(subject: Subject, id: string): Promise<RouteTable> {
  const command = new DescribeRouteTablesCommand({ RouteTableIds: [id] });
  const answer = await subject.run(subject.ec2.send(command));
  return present(answer.RouteTables?.[0], `route table ${id}`);
}

export async function defaultRoutes(subject: Subject, tableId: string): Promise<Route[]> {
  const routes = (await tableOf(subject, tableId)).Routes ?? [];
  return routes.filter((route) => route.DestinationCidrBlock === everywhere);
}

import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  paginateDescribeInstances,
  paginateDescribeNetworkInterfaces,
  paginateDescribeVolumes,
} from '@aws-sdk/client-ec2';
import { paginateListInstanceProfiles, paginateListPolicies, paginateListRoles } from '@aws-sdk/client-iam';
import { paginateListFunctions } from '@aws-sdk/client-lambda';
import { runTag, stacksOf } from '../core/names.ts';
import { findBucket } from './bucket.ts';
import type { Rig } from './rig.ts';
import { findStack } from './stacks.ts';

type Place = Pick<Rig, 'aws' | 'names'>;
type Ids = AsyncIterable<readonly (string | undefined)[]> | Promise<readonly (string | undefined)[]>;

/** What is still there of a run, by its tag, or where tags cannot be searched for by its name: each with its kind. */
export async function lookForLeftovers(place: Place): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [kind, look] of Object.entries(looks(place))) {
    try {
      for await (const ids of pages(look())) {
        found.push(...ids.flatMap((id) => (id === undefined ? [] : [`${kind} ${id}`])));
      }
    } catch (error) {
      // Not known is not gone.
      found.push(`${kind}: could not be looked for: ${error instanceof Error ? error.message : error}`);
    }
  }
  return found;
}

async function* pages(ids: Ids) {
  if (Symbol.asyncIterator in ids) yield* ids;
  else yield await ids;
}

function looks({ aws, names }: Place): Readonly<Record<string, () => Ids>> {
  const { ec2, iam } = aws;
  const Filters = [{ Name: `tag:${runTag}`, Values: [names.run] }];
  const isOurs = (name: string | undefined) => name?.startsWith(names.run) === true;
  return {
    stack: () => stacksThere({ aws, names }),
    instance: () => instancesThere({ aws, names }),
    volume: () =>
      map(paginateDescribeVolumes({ client: ec2 }, { Filters }), ({ Volumes }) =>
        (Volumes ?? []).map(({ VolumeId }) => VolumeId),
      ),
    interface: () =>
      map(paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters }), ({ NetworkInterfaces }) =>
        (NetworkInterfaces ?? []).map(({ NetworkInterfaceId }) => NetworkInterfaceId),
      ),
    'Elastic IP': async () =>
      ((await ec2.send(new DescribeAddressesCommand({ Filters }))).Addresses ?? []).map(
        ({ AllocationId }) => AllocationId,
      ),
    VPC: async () =>
      ((await ec2.send(new DescribeVpcsCommand({ Filters }))).Vpcs ?? []).map(({ VpcId }) => VpcId),
    subnet: async () =>
      ((await ec2.send(new DescribeSubnetsCommand({ Filters }))).Subnets ?? []).map(
        ({ SubnetId }) => SubnetId,
      ),
    'route table': async () =>
      ((await ec2.send(new DescribeRouteTablesCommand({ Filters }))).RouteTables ?? []).map(
        ({ RouteTableId }) => RouteTableId,
      ),
    'security group': async () =>
      ((await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups ?? []).map(
        ({ GroupId }) => GroupId,
      ),
    'internet gateway': async () =>
      ((await ec2.send(new DescribeInternetGatewaysCommand({ Filters }))).InternetGateways ?? []).map(
        ({ InternetGatewayId }) => InternetGatewayId,
      ),
    function: () =>
      map(paginateListFunctions({ client: aws.lambda }, {}), ({ Functions }) =>
        (Functions ?? []).map(({ FunctionName }) => FunctionName).filter(isOurs),
      ),
    'log group': () => logGroupsThere({ aws, names }),
    role: () =>
      map(paginateListRoles({ client: iam }, {}), ({ Roles }) =>
        (Roles ?? []).map(({ RoleName }) => RoleName).filter(isOurs),
      ),
    'instance profile': () =>
      map(paginateListInstanceProfiles({ client: iam }, {}), ({ InstanceProfiles }) =>
        (InstanceProfiles ?? []).map(({ InstanceProfileName }) => InstanceProfileName).filter(isOurs),
      ),
    policy: () =>
      map(paginateListPolicies({ client: iam }, { Scope: 'Local' }), ({ Policies }) =>
        (Policies ?? []).map(({ PolicyName }) => PolicyName).filter(isOurs),
      ),
    bucket: async () => ((await findBucket({ aws, names })) === 'none' ? [] : [names.bucket]),
  };
}

async function* map<T>(answers: AsyncIterable<T>, ids: (answer: T) => readonly (string | undefined)[]) {
  for await (const answer of answers) yield ids(answer);
}

async function stacksThere({ aws, names }: Place): Promise<readonly string[]> {
  const found = await Promise.all(stacksOf(names).map((name) => findStack({ aws }, name)));
  return found.flatMap((stack) =>
    stack === undefined ? [] : [`${stack.StackName} (${stack.StackStatus}, ${stack.StackId})`],
  );
}

/** A terminated instance is listed for an hour, and is nothing. */
async function* instancesThere({ aws, names }: Place) {
  const Filters = [
    { Name: `tag:${runTag}`, Values: [names.run] },
    { Name: 'instance-state-name', Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'] },
  ];
  for await (const { Reservations } of paginateDescribeInstances({ client: aws.ec2 }, { Filters })) {
    yield (Reservations ?? []).flatMap(({ Instances }) =>
      (Instances ?? []).map(({ InstanceId }) => InstanceId),
    );
  }
}

/** The stacks' own, and those that Lambda would make for a function by itself. */
async function* logGroupsThere({ aws, names }: Place) {
  for (const logGroupNamePrefix of [names.run, `/aws/lambda/${names.run}`]) {
    for await (const { logGroups } of paginateDescribeLogGroups(
      { client: aws.logs },
      { logGroupNamePrefix },
    )) {
      yield (logGroups ?? []).map(({ logGroupName }) => logGroupName);
    }
  }
}

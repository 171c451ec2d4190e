import {
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { paginateDescribeInstances, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import { unshownKeys } from '../../../shared/config/choose-watch.ts';
import { tagList } from '../../../shared/config/parse-tags.ts';
import { Problems } from '../../../shared/config/problems.ts';
import { type ZoneLetter, zoneLetters } from '../../../shared/config/zone-letters.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { CliError, type Session } from '../../session.ts';
import type { DeployedStack, ProposedZone, TopicOfStack } from '../inventory.ts';
import { defaultImage } from './read-images.ts';
import { everyItem } from './read-listing.ts';

/** A stack with nothing in it yet, or any more. */
const emptyStatuses = new Set(['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_COMPLETE']);

/**
 * The stack of the session as it is deployed; undefined where there is none.
 * @throws CliError where a stack of that name is not Phoenat's; AWS's errors as they are.
 */
export async function readStack(session: Session): Promise<DeployedStack | undefined> {
  const stack = await findStack(session);
  const status = stack?.StackStatus;
  if (stack === undefined || status === undefined || emptyStatuses.has(status)) {
    return undefined;
  }
  const parameters = new Map(
    (stack.Parameters ?? []).map(({ ParameterKey, ParameterValue = '' }) => [ParameterKey, ParameterValue]),
  );
  const vpcId = parameters.get('VpcId');
  if (vpcId === undefined) {
    throw new CliError(
      `stack ${session.stack} in ${session.aws.region} has no parameter VpcId: it is not Phoenat's; choose another name with --stack`,
      3,
    );
  }
  return {
    vpcId,
    status,
    hasClientCidrs: parameters.has('ClientCidrs'),
    hasStandby: parameters.get('Standby') === 'on',
    withoutStandIns: parameters.get('StandIn') === 'off',
    hasProbes: parameters.get('Probe') !== 'off',
    asksClients: parameters.get('KeepConnections') === 'all',
    asksForSpot: parameters.get('MarketType') === 'spot',
    unshownKeys: keysInTheWay(parameters),
    amiSelector: parameters.get('AmiSelector') || defaultImage.amiSelector,
    instanceTypes:
      parameters
        .get('InstanceTypes')
        ?.split(',')
        .map((type) => type.trim()) ?? defaultImage.instanceTypes,
    zones: zoneLetters.flatMap((letter) => deployedZone(letter, parameters)),
    topics: topicsOf(stack),
    ...optional(parameters.get('Tags'), stack),
  };
}

function optional(
  tags: string | undefined,
  { Outputs = [], StackId = '' }: Stack,
): Pick<DeployedStack, 'tags' | 'natSecurityGroupId' | 'functionName' | 'scheduleName'> {
  const output = (key: string) => Outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  const group = output('NatSecurityGroupId');
  const functionName = output('FunctionName');
  // As the template names its rules: by the stack's own id, which no other stack has.
  const [, , id] = StackId.split('/');
  return {
    ...(tags === undefined || tags === '' ? {} : { tags }),
    ...(group === undefined ? {} : { natSecurityGroupId: group }),
    ...(functionName === undefined ? {} : { functionName }),
    ...(id === undefined ? {} : { scheduleName: `phoenat-${id}-every-minute` }),
  };
}

/** Where no probe can tell, a watch would come to nothing anyway. */
function keysInTheWay(parameters: ReadonlyMap<string | undefined, string>): string[] {
  const isWanted = parameters.get('Watch') === 'auto' && parameters.get('Probe') !== 'off';
  const tags = tagList.read(parameters.get('Tags') ?? '', 'Tags', new Problems());
  return isWanted ? unshownKeys({ tags }) : [];
}

const topicOutputs = [
  ['AlarmTopicArn', 'AlarmEmail'],
  ['MorningTopicArn', 'MorningEmail'],
] as const;

function topicsOf({ Outputs = [] }: Stack): TopicOfStack[] {
  return topicOutputs.flatMap(([output, parameter]) => {
    const arn = Outputs.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
    return arn === undefined ? [] : [{ arn, parameter }];
  });
}

async function findStack({ aws, stack }: Session): Promise<Stack | undefined> {
  try {
    const answer = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
    return answer.Stacks?.[0];
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    if (error instanceof CloudFormationServiceException && /does not exist/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}

function deployedZone(
  letter: ZoneLetter,
  parameters: ReadonlyMap<string | undefined, string>,
): ProposedZone[] {
  const prefix = `Zone${letter.toUpperCase()}`;
  const publicSubnetId = parameters.get(`${prefix}PublicSubnet`) ?? '';
  const privateSubnetIds = (parameters.get(`${prefix}PrivateSubnets`) ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const allocationId = parameters.get(`${prefix}AllocationId`) ?? '';
  return publicSubnetId === ''
    ? []
    : [{ letter, publicSubnetId, privateSubnetIds, ...(allocationId === '' ? {} : { allocationId }) }];
}

/** What the stack's routes may lead to. A terminated instance is still listed, but EC2 calls routes to it blackholes. */
export async function readOwnTargets({ aws, stack }: Session): Promise<string[]> {
  const Filters = [{ Name: `tag:${tagKeys.stack}`, Values: [stack] }];
  const [reservations, interfaces] = await Promise.all([
    everyItem(
      paginateDescribeInstances({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
      ({ Reservations }) => Reservations,
    ),
    everyItem(
      paginateDescribeNetworkInterfaces({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
      ({ NetworkInterfaces }) => NetworkInterfaces,
    ),
  ]);
  const instances = reservations.flatMap(({ Instances }) => Instances ?? []);
  const attached = instances.flatMap(({ NetworkInterfaces }) => NetworkInterfaces ?? []);
  const ids = [
    ...instances.map(({ InstanceId }) => InstanceId),
    ...[...attached, ...interfaces].map(({ NetworkInterfaceId }) => NetworkInterfaceId),
  ];
  return [...new Set(ids.filter((id) => id !== undefined))];
}

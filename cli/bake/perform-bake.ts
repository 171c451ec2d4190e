import { createHash } from 'node:crypto';
import {
  type _InstanceType,
  CreateImageCommand,
  DeregisterImageCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { type ImageId, type InstanceId, parseId } from '../../shared/core/model/ids.ts';
import type { Tag } from '../../shared/core/model/settings.ts';
import { hourMs } from '../../shared/core/model/time.ts';
import { required } from '../doctor/reading/read-listing.ts';
import { CliError, type Session } from '../session.ts';
import { oneLine } from '../transient-error.ts';
import type { BakedImage, Builder } from './found.ts';
import { bakeTags, imageName, type PlainTag, type Recipe, tagsOf } from './recipe.ts';

/** Where a builder lives, and what it is. */
export type Place = {
  readonly subnetId: string;
  /** Absent: the default one of the VPC. */
  readonly securityGroupId?: string;
  /** Tried in this order. */
  readonly instanceTypes: readonly string[];
  /** What everything of this stack bears. */
  readonly tags: readonly Tag[];
};

type Acting = Pick<Session, 'aws' | 'clock'>;

/** EC2's words for a type that cannot be had here, or not now. */
const typeRefusals: ReadonlySet<string> = new Set([
  'InsufficientInstanceCapacity',
  'Unsupported',
  'VcpuLimitExceeded',
]);

/** `attempt`: how many builders of this recipe are listed already, so that each gets a token of its own. */
export async function launchBuilder(
  acting: Acting,
  recipe: Recipe,
  place: Place,
  attempt: number,
): Promise<{ readonly id: InstanceId; readonly type: string }> {
  const refusals: string[] = [];
  for (const type of place.instanceTypes) {
    const input = launchInput(recipe, place, type);
    const ClientToken = tokenOf(input, attempt, acting.clock.now());
    try {
      const answer = await acting.aws.ec2.send(new RunInstancesCommand({ ...input, ClientToken }));
      const id = parseId('instance', answer.Instances?.[0]?.InstanceId);
      return { id: required(id, 'RunInstances', 'the id of the builder'), type };
    } catch (error) {
      if (!(error instanceof Error) || !typeRefusals.has(error.name)) {
        throw error;
      }
      refusals.push(`${type}: ${oneLine(error)}`);
    }
  }
  throw new CliError(
    `no builder could be launched in ${place.subnetId}: ${refusals.join('; ')}; choose another type with --instance-type, or another subnet with --subnet`,
    1,
  );
}

/** The launch as a call, for a dry run too. */
export function launchInput(recipe: Recipe, place: Place, type: string): RunInstancesCommandInput {
  const tags = withTags(place.tags, tagsOf(recipe));
  const resources = ['instance', 'volume', 'network-interface'] as const;
  return {
    ImageId: recipe.base.id,
    // The SDK's list of types is as old as the SDK; EC2 knows better, and refuses what it does not know.
    InstanceType: type as _InstanceType,
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from(recipe.userData).toString('base64'),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: place.subnetId,
        // The subnet may not assign addresses, and the package repositories must be reached.
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true,
        ...(place.securityGroupId === undefined ? {} : { Groups: [place.securityGroupId] }),
      },
    ],
    // As the stack launches its own: under the account's key. The size is the base's, which every VolumeGiB holds.
    BlockDeviceMappings: [
      {
        DeviceName: recipe.base.rootDeviceName,
        Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    // It powers itself off to say that it is done.
    InstanceInitiatedShutdownBehavior: 'stop',
    TagSpecifications: resources.map((ResourceType) => ({ ResourceType, Tags: tags })),
  };
}

/** A tag of the stack's own settings may not take the place of one that tells what this is. */
function withTags(given: readonly Tag[], own: readonly PlainTag[]): PlainTag[] {
  const keys = new Set(own.map(({ Key }) => Key));
  return [...given.map(({ key, value }) => ({ Key: key, Value: value })), ...own].filter(
    (tag, index) => index >= given.length || !keys.has(tag.Key),
  );
}

/** The same within the hour, so that a call that is repeated because its answer was lost launches one builder. */
function tokenOf(input: RunInstancesCommandInput, attempt: number, now: number): string {
  const hour = Math.floor(now / hourMs);
  return createHash('sha256')
    .update(JSON.stringify([input, attempt, hour]))
    .digest('hex');
}

/** By its name, which the builder's launch decides: a second call for the same builder makes no second image. */
export async function createImage(
  { aws }: Acting,
  recipe: Recipe,
  place: Pick<Place, 'tags'>,
  builder: Builder,
): Promise<ImageId | undefined> {
  const tags = withTags(place.tags, [...tagsOf(recipe), { Key: bakeTags.builder, Value: builder.id }]);
  const input = {
    InstanceId: builder.id,
    Name: imageName(recipe.stack, recipe.architecture, builder.launchedAt),
    Description: `Phoenat ${recipe.hash}, from ${recipe.base.name}`.slice(0, 255),
    TagSpecifications: (['image', 'snapshot'] as const).map((ResourceType) => ({ ResourceType, Tags: tags })),
  };
  try {
    const { ImageId } = await aws.ec2.send(new CreateImageCommand(input));
    return required(parseId('image', ImageId), 'CreateImage', 'the id of the image');
  } catch (error) {
    // It was asked for already, and is yet to be listed.
    if (error instanceof Error && error.name === 'InvalidAMIName.Duplicate') {
      return undefined;
    }
    throw error;
  }
}

export async function terminateBuilder({ aws }: Pick<Session, 'aws'>, id: InstanceId): Promise<void> {
  await unlessGone(aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
}

/** With its snapshots. Gives a sentence for each that stays. */
export async function deregisterImage({ aws }: Pick<Session, 'aws'>, image: BakedImage): Promise<string[]> {
  const input = { ImageId: image.id, DeleteAssociatedSnapshots: true };
  const answer = await unlessGone(aws.ec2.send(new DeregisterImageCommand(input)));
  return (answer?.DeleteSnapshotResults ?? []).flatMap(({ SnapshotId, ReturnCode }) =>
    ReturnCode === 'success' || ReturnCode === 'skipped'
      ? []
      : [
          `${SnapshotId} of ${image.id} stays (${ReturnCode}): aws ec2 delete-snapshot --snapshot-id ${SnapshotId}`,
        ],
  );
}

const goneCodes: ReadonlySet<string> = new Set([
  'InvalidInstanceID.NotFound',
  'InvalidAMIID.NotFound',
  'InvalidAMIID.Unavailable',
]);

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && goneCodes.has(error.name)) {
      return undefined;
    }
    throw error;
  }
}

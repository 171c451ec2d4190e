import {
  DescribeAddressesCommand,
  GetConsoleOutputCommand,
  type Image,
  type Instance,
  paginateDescribeImages,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import { oneOf, tagValue } from '../../shared/aws/parse-listing.ts';
import { parseId } from '../../shared/core/model/ids.ts';
import { type InstanceState, instanceStates } from '../../shared/core/model/snapshot.ts';
import { tagKeys } from '../../shared/core/model/tags.ts';
import { everyItem, required } from '../doctor/reading/read-listing.ts';
import type { Session } from '../session.ts';
import { isTransient, oneLine } from '../transient-error.ts';
import { type BakeWord, readBakeWord } from './bake-word.ts';
import { newestImage } from './choose-base.ts';
import type { BakedImage, Builder, Found } from './found.ts';
import { bakeTags } from './recipe.ts';

export type Looking = Pick<Session, 'aws' | 'clock' | 'stack'> & {
  /** Of the deployed stack, if there is one: what it names must stay. */
  readonly amiSelector?: string;
};

/** What earlier calls have left, and what of it must stay. Changes nothing. Rejects with AWS's errors. */
export async function observeBake(looking: Looking): Promise<Found> {
  const [builders, images] = await Promise.all([readBuilders(looking), readBakedImages(looking)]);
  return { builders, images, needed: await readNeeded(looking, images) };
}

function byTag(stack: string): { Name: string; Values: string[] } {
  return { Name: `tag:${bakeTags.stack}`, Values: [stack] };
}

async function readBuilders(looking: Looking): Promise<Builder[]> {
  const { aws, stack } = looking;
  const states = { Name: 'instance-state-name', Values: [...instanceStates] };
  const reservations = await everyItem(
    paginateDescribeInstances({ client: aws.ec2 }, { Filters: [byTag(stack), states], MaxResults: 200 }),
    ({ Reservations }) => Reservations,
  );
  const builders = reservations.flatMap(({ Instances }) => Instances ?? []).map(parseBuilder);
  return await Promise.all(builders.map((builder) => withWord(builder, looking)));
}

function parseBuilder(raw: Instance): Builder {
  const id = required(parseId('instance', raw.InstanceId), 'DescribeInstances', 'an instance’s id');
  const state: InstanceState = required(
    oneOf(instanceStates, raw.State?.Name),
    'DescribeInstances',
    `the state of ${id}`,
  );
  return {
    id,
    state,
    launchedAt: required(raw.LaunchTime, 'DescribeInstances', `the launch time of ${id}`).getTime(),
    hash: tagValue(raw.Tags, bakeTags.hash) ?? '',
    architecture: tagValue(raw.Tags, bakeTags.architecture) ?? raw.Architecture ?? 'unknown',
  };
}

async function withWord(builder: Builder, looking: Looking): Promise<Builder> {
  const speaks = builder.state === 'running' || builder.state === 'stopping' || builder.state === 'stopped';
  return speaks ? { ...builder, word: await readWord(looking, builder.id) } : builder;
}

async function readWord(looking: Looking, id: string): Promise<BakeWord> {
  try {
    return readBakeWord(await readConsoleText(looking, id));
  } catch (error) {
    if (isTransient(error)) {
      return { kind: 'unknown', why: oneLine(error) };
    }
    throw error;
  }
}

/** The console as it is now. */
export async function readConsoleText({ aws }: Pick<Session, 'aws'>, InstanceId: string): Promise<string> {
  const { Output = '' } = await aws.ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest: true }));
  return Buffer.from(Output, 'base64').toString('latin1');
}

async function readBakedImages({ aws, stack }: Looking): Promise<BakedImage[]> {
  const found = await everyItem(
    paginateDescribeImages(
      { client: aws.ec2 },
      { Owners: ['self'], Filters: [byTag(stack)], IncludeDeprecated: true, MaxResults: 200 },
    ),
    ({ Images }) => Images,
  );
  return found.map(parseBakedImage);
}

function parseBakedImage(raw: Image): BakedImage {
  const id = required(parseId('image', raw.ImageId), 'DescribeImages', 'an image’s id');
  const builderId = tagValue(raw.Tags, bakeTags.builder);
  const baseId = tagValue(raw.Tags, bakeTags.base);
  const selector = tagValue(raw.Tags, bakeTags.selector);
  const why = raw.StateReason?.Message;
  return {
    id,
    name: raw.Name ?? '',
    state: required(raw.State, 'DescribeImages', `the state of ${id}`),
    createdAt: Date.parse(required(raw.CreationDate, 'DescribeImages', `the date of ${id}`)),
    hash: tagValue(raw.Tags, bakeTags.hash) ?? '',
    architecture: tagValue(raw.Tags, bakeTags.architecture) ?? raw.Architecture ?? 'unknown',
    ...(builderId === undefined ? {} : { builderId }),
    ...(baseId === undefined ? {} : { baseId }),
    ...(selector === undefined ? {} : { selector }),
    ...(why === undefined ? {} : { why }),
  };
}

/** Of these images: those that an instance runs from, that AmiSelector takes, or that a zone would go back to. */
async function readNeeded(
  looking: Looking,
  images: readonly BakedImage[],
): Promise<ReadonlyMap<string, string>> {
  if (images.length === 0) {
    return new Map();
  }
  const [used, named, lastGood] = await Promise.all([
    readUsed(looking, images),
    readNamed(looking),
    readLastGood(looking),
  ]);
  const ids = new Set<string>(images.map(({ id }) => id));
  return new Map([...lastGood, ...named, ...used].filter(([id]) => ids.has(id)));
}

async function readUsed({ aws }: Looking, images: readonly BakedImage[]): Promise<[string, string][]> {
  const Filters = [
    { Name: 'image-id', Values: images.map(({ id }) => id) },
    { Name: 'instance-state-name', Values: instanceStates.filter((state) => state !== 'terminated') },
  ];
  const reservations = await everyItem(
    paginateDescribeInstances({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
    ({ Reservations }) => Reservations,
  );
  return reservations
    .flatMap(({ Instances }) => Instances ?? [])
    .map(({ ImageId = '', InstanceId }) => [ImageId, `${InstanceId} was launched from it`]);
}

async function readNamed(looking: Looking): Promise<[string, string][]> {
  const { amiSelector } = looking;
  if (amiSelector === undefined) {
    return [];
  }
  const chosen = await Promise.all([
    newestImage(looking, amiSelector, 'arm64'),
    newestImage(looking, amiSelector, 'x86_64'),
  ]);
  return chosen.flatMap((choice): [string, string][] =>
    'image' in choice ? [[choice.image.id, `AmiSelector=${amiSelector} takes it`]] : [],
  );
}

/** The controller notes on a zone's Elastic IP which image last carried traffic, and falls back to it. */
async function readLastGood({ aws }: Looking): Promise<[string, string][]> {
  const { Addresses = [] } = await aws.ec2.send(
    new DescribeAddressesCommand({ Filters: [{ Name: 'tag-key', Values: [tagKeys.lastGoodImage] }] }),
  );
  return Addresses.map(({ AllocationId, Tags }) => {
    const [imageId = ''] = (tagValue(Tags, tagKeys.lastGoodImage) ?? '').split(' ');
    return [imageId, `by the note on ${AllocationId}, a zone would go back to it`];
  });
}

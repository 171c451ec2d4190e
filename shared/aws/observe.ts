import { selectorFor } from '../core/launch/choose-image.ts';
import { errorMessage } from '../core/model/error-message.ts';
import type { AllocationId } from '../core/model/ids.ts';
import { known, type Observed, type Unknown, unknown } from '../core/model/observed.ts';
import type { ImageSelector, Settings } from '../core/model/settings.ts';
import {
  type Image,
  type InstanceStatus,
  instanceStates,
  type Listing,
  type NatInstance,
  type Snapshot,
} from '../core/model/snapshot.ts';
import { tagKeys } from '../core/model/tags.ts';
import { type Clock, type DurationMs, secondMs } from '../core/model/time.ts';
import { withTrueZones } from '../core/neighbours/true-zones.ts';
import type { Ec2CallName, Ec2Input, Ec2Output } from './api.ts';
import { Ec2CallError, type Ec2Caller } from './ec2-caller.ts';
import { parseImage } from './parse-image.ts';
import { parseInstance, parseStatus } from './parse-instances.ts';
import { listing, type Parsed } from './parse-listing.ts';
import { parseAddress, parseInterface, parseRouteTable, parseSubnet } from './parse-network.ts';

export type Observation = {
  readonly ec2: Ec2Caller;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Elastic IPs that the settings no longer name. */
  readonly formerAddresses?: readonly AllocationId[];
};

/** More pages than any VPC needs; beyond it the answer counts as incomplete rather than being read for ever. */
const maxPages = 20;

/** All of a snapshot but the instances. */
type Surroundings = Pick<
  Snapshot,
  'interfaces' | 'addresses' | 'routeTables' | 'subnets' | 'statuses' | 'images'
>;

/** What a look begins with, and when it was asked for. `beside`: the rest, where it was read at the same time. */
export type FirstAnswer = Pick<Snapshot, 'beganAt' | 'instances'> & { readonly beside?: Surroundings };

/**
 * The instances that carry our stack's tag, in every state. They are read before all else: an event about an instance
 * that is not among them ends the run after this one call.
 */
export async function observeInstances(
  observation: Observation,
  options: { readonly maxTries?: number } = {},
): Promise<FirstAnswer> {
  const states = { Name: 'instance-state-name', Values: [...instanceStates] };
  const beganAt = observation.clock.now();
  const input = { Filters: [ownTag(observation.settings), states], MaxResults: 200 };
  const request = { call: 'DescribeInstances', input, maxTries: options.maxTries } as const;
  const instances = await read(async () => {
    const reservations = await allPages(observation.ec2, request, ({ Reservations }) => Reservations);
    return reservations
      .flatMap((reservation) => reservation.Instances ?? [])
      .map((raw) => parseInstance(raw, observation.settings.zones));
  });
  return { beganAt, instances };
}

/** What is known without asking for the rest: nothing, and why. */
export function nothingAround({ beganAt, instances }: FirstAnswer, why: Unknown, clock: Clock): Snapshot {
  const unread = {
    interfaces: why,
    addresses: why,
    routeTables: why,
    subnets: why,
    statuses: why,
    images: why,
  };
  return { beganAt, takenAt: clock.now(), instances, ...unread };
}

/**
 * So much later than the routes the instances may have been read. Each answer of EC2 may be behind by itself, by some
 * seconds and in no order, and all that is decided allows for that; a second more is still less than the ten for which
 * traffic must have been seen to have left an instance before it is ended. A throttled call would take longer.
 */
const apartMs: DurationMs = secondMs;

/**
 * Everything in one round, for an event about an instance that is known to be ours: the next call may then be one that
 * changes something. Where the instances came late, the rest is read again, after them.
 */
export async function observeAtOnce(
  observation: Observation,
  options: { readonly images: boolean; readonly maxTries?: number },
): Promise<FirstAnswer> {
  const { clock } = observation;
  const beganAt = clock.now();
  const answered = observeInstances(observation, options).then((answer) => ({
    answer,
    tookMs: clock.now() - beganAt,
  }));
  const rest = observeBeside(observation, () => notRead('status checks'), options);
  const [{ answer, tookMs }, beside] = await Promise.all([answered, rest]);
  return tookMs <= apartMs ? { ...answer, beside } : answer;
}

/**
 * The rest of a snapshot, unless it is there. The instances come first and the routes after them, so that a route can be
 * newer than what it points at, and not older.
 */
export async function observeAround(
  observation: Observation,
  { beganAt, instances, beside }: FirstAnswer,
  wanted: { readonly statuses: boolean; readonly images: boolean },
): Promise<Snapshot> {
  const statuses = () =>
    wanted.statuses ? observeStatuses(observation, instances) : notRead('status checks');
  const around = beside ?? (await observeBeside(observation, statuses, wanted));
  const snapshot = { beganAt, takenAt: observation.clock.now(), instances, ...around };
  return withTrueZones(snapshot, observation.settings);
}

/** One parallel round of calls, whose number is the same for one zone and for six. */
async function observeBeside(
  observation: Observation,
  observeChecks: () => Promise<Snapshot['statuses']>,
  wanted: { readonly images: boolean },
): Promise<Surroundings> {
  const [interfaces, addresses, routeTables, subnets, statuses, images] = await Promise.all([
    observeInterfaces(observation),
    observeAddresses(observation),
    observeRouteTables(observation),
    observeSubnets(observation),
    observeChecks(),
    wanted.images ? observeImages(observation) : notRead('images'),
  ]);
  return { interfaces, addresses, routeTables, subnets, statuses, images };
}

function observeInterfaces({ ec2, settings }: Observation): Promise<Snapshot['interfaces']> {
  return read(async () => {
    const input = { Filters: [ownTag(settings)], MaxResults: 200 };
    const request = { call: 'DescribeNetworkInterfaces', input } as const;
    const found = await allPages(ec2, request, ({ NetworkInterfaces }) => NetworkInterfaces);
    return found.map((raw) => parseInterface(raw, settings.zones));
  });
}

/** Asked by filter, not by id: one id that does not exist would fail the call for every zone. */
function observeAddresses({
  ec2,
  settings,
  formerAddresses = [],
}: Observation): Promise<Snapshot['addresses']> {
  const Values = [...new Set([...settings.zones.map((zone) => zone.allocationId), ...formerAddresses])];
  return read(async () => {
    const answer = await ec2.call('DescribeAddresses', { Filters: [{ Name: 'allocation-id', Values }] });
    return expectList(answer.Addresses, 'DescribeAddresses').map(parseAddress);
  });
}

/** The whole VPC's: the main table serves subnets that it does not list. */
function observeRouteTables({ ec2, settings }: Observation): Promise<Snapshot['routeTables']> {
  return read(async () => {
    const input = { Filters: [{ Name: 'vpc-id', Values: [settings.vpcId] }], MaxResults: 100 };
    const request = { call: 'DescribeRouteTables', input } as const;
    const found = await allPages(ec2, request, ({ RouteTables }) => RouteTables);
    return found.map(parseRouteTable);
  });
}

function observeSubnets({ ec2, settings }: Observation): Promise<Snapshot['subnets']> {
  const Values = settings.zones.flatMap((zone) => [zone.publicSubnetId, ...zone.privateSubnetIds]);
  return read(async () => {
    const input = { Filters: [{ Name: 'subnet-id', Values }], MaxResults: 200 };
    const request = { call: 'DescribeSubnets', input } as const;
    const found = await allPages(ec2, request, ({ Subnets }) => Subnets);
    return found.map(parseSubnet);
  });
}

/** DescribeInstanceStatus has no tag filter, so it is asked by id; without a running instance it is not asked. */
async function observeStatuses(
  { ec2 }: Observation,
  instances: Observed<Listing<NatInstance>>,
): Promise<Observed<Listing<InstanceStatus>>> {
  if (!instances.known) {
    return instances;
  }
  const InstanceIds = instances.value.items
    .filter((instance) => instance.state === 'running')
    .map((instance) => instance.id);
  if (InstanceIds.length === 0) {
    return known({ items: [], flaws: [] });
  }
  return read(async () => {
    const answer = await ec2.call('DescribeInstanceStatus', { InstanceIds });
    return expectList(answer.InstanceStatuses, 'DescribeInstanceStatus').map(parseStatus);
  });
}

/** Deprecated images are asked for as well: they still launch, and one day every image of a family was deprecated. */
export function imagesRequest({ imageIds, namePatterns, owners }: ImageSelector): Ec2Input<'DescribeImages'> {
  const filter =
    imageIds.length > 0
      ? { Name: 'image-id', Values: [...imageIds] }
      : { Name: 'name', Values: [...namePatterns] };
  return {
    ...(owners.length > 0 ? { Owners: [...owners] } : {}),
    Filters: [filter],
    IncludeDeprecated: true,
    MaxResults: 500,
  };
}

export function observeImages({ ec2, settings }: Observation): Promise<Observed<Listing<Image>>> {
  const input = imagesRequest(selectorFor(settings.image, settings.instanceTypes));
  return read(async () => {
    const found = await allPages(ec2, { call: 'DescribeImages', input }, ({ Images }) => Images);
    return found.map(parseImage);
  });
}

function ownTag(settings: Settings): { Name: string; Values: string[] } {
  return { Name: `tag:${tagKeys.stack}`, Values: [settings.stack] };
}

function notRead(what: string): Promise<Observed<never>> {
  return Promise.resolve(unknown('not-read', `the ${what} were not read`));
}

/** Turns a failed or incomplete read into an unknown: never into an empty list. */
export async function read<T>(ask: () => Promise<Parsed<T>[]>): Promise<Observed<Listing<T>>> {
  try {
    return known(listing(await ask()));
  } catch (error) {
    if (error instanceof EndlessAnswer) {
      return unknown('endless', error.message);
    }
    if (error instanceof IncompleteAnswer) {
      return unknown('partial', error.message);
    }
    return unknown('failed', errorMessage(error), error instanceof Ec2CallError ? error.failure : undefined);
  }
}

class EndlessAnswer extends Error {
  override readonly name = 'EndlessAnswer';
}

class IncompleteAnswer extends Error {
  override readonly name = 'IncompleteAnswer';
}

/** The calls that answer in pages. */
type PagedCallName = {
  [N in Ec2CallName]: 'NextToken' extends keyof Ec2Output<N> ? N : never;
}[Ec2CallName];

type PagedRequest<N extends PagedCallName> = {
  readonly call: N;
  /** Without its `NextToken`. */
  readonly input: Ec2Input<N>;
  readonly maxTries?: number | undefined;
  /** So many are enough, however many there are; absent: all, and it is refused where they have no end. */
  readonly enoughPages?: number;
};

export async function allPages<N extends PagedCallName, T>(
  ec2: Ec2Caller,
  { call, input, maxTries, enoughPages = Number.POSITIVE_INFINITY }: PagedRequest<N>,
  itemsOf: (answer: Ec2Output<N>) => readonly T[] | undefined,
): Promise<T[]> {
  const found: T[] = [];
  let NextToken: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const answer = await ec2.call(call, { ...input, NextToken }, maxTries);
    found.push(...expectList(itemsOf(answer), call));
    NextToken = answer.NextToken;
    if (NextToken === undefined || NextToken === '' || pages + 1 >= enoughPages) {
      return found;
    }
  }
  throw new EndlessAnswer(`${call} answered with more than ${maxPages} pages; the rest was not read`);
}

/** The SDK gives an empty list as `[]`; `undefined` means that the answer had no such element at all. */
function expectList<T>(items: readonly T[] | undefined, call: Ec2CallName): readonly T[] {
  if (items === undefined) {
    throw new IncompleteAnswer(`${call} answered without its list`);
  }
  return items;
}

import type { ImageId, InstanceId } from '../../shared/core/model/ids.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import type { BakedImage, Builder, Found } from './found.ts';
import type { Recipe } from './recipe.ts';

/** What is to be done next for the image of one architecture. One at a time: each follows from a fresh look. */
export type BakeStep =
  | { readonly kind: 'launch' }
  | { readonly kind: 'create-image'; readonly builder: Builder }
  /** `madeImageId`: its image is there, and it is needed no more. */
  | {
      readonly kind: 'terminate';
      readonly builderId: InstanceId;
      readonly because: string;
      readonly madeImageId?: ImageId;
    }
  /** The same of one that there will be no image of: whoever does it remembers why, and shows its console. */
  | { readonly kind: 'abandon'; readonly builder: Builder; readonly why: string }
  | { readonly kind: 'deregister'; readonly image: BakedImage; readonly because: string }
  | { readonly kind: 'wait'; readonly what: string }
  /** `isNew`: made by this call, or by an earlier one that this one went on with. */
  | { readonly kind: 'done'; readonly image: BakedImage; readonly isNew: boolean }
  | { readonly kind: 'failed'; readonly why: string };

/** What this call has learnt, for one architecture: EC2 may be some seconds late to list what was made. */
export type BakeMemory = {
  readonly builderId?: InstanceId;
  readonly imageId?: ImageId;
  /** When the last of both was made. */
  readonly madeAt?: EpochMs;
  /** The image that this call has found made, while its builder was still there. */
  readonly madeImageId?: ImageId;
  /** Why there will be no image: what is left is to be removed. */
  readonly failure?: string;
};

export type BakeContext = {
  readonly now: EpochMs;
  /** Make another image although there is one of the same recipe. */
  readonly force: boolean;
  readonly memory: BakeMemory;
};

/** From the launch until it has powered off: packages are some 20 MB, and a mirror may be slow. */
export const builderLimitMs: DurationMs = 20 * minuteMs;
/** EC2 stores a console when an instance stops, some minutes later at worst (EC2 User Guide, "Instance console output"). */
export const consoleLimitMs: DurationMs = 5 * minuteMs;
/** Of some 2 GB in use. */
export const imageLimitMs: DurationMs = 45 * minuteMs;
/** EC2 lists within seconds what it has made. */
const listingLimitMs: DurationMs = 5 * minuteMs;
/** The newest, and one to go back to. */
export const keptImages = 2;

export function nextStep(found: Found, recipe: Recipe, context: BakeContext): BakeStep {
  const ours = ofArchitecture(found, recipe.architecture);
  const { failure } = context.memory;
  if (failure !== undefined) {
    return cleanUpAfter(ours, failure);
  }
  const alive = ours.builders.filter(isThere).toSorted((a, b) => a.launchedAt - b.launchedAt);
  const [current, ...others] = alive.filter(({ hash }) => hash === recipe.hash);
  const superseded = alive.find(({ hash }) => hash !== recipe.hash);
  if (superseded !== undefined) {
    return stopUsing(superseded, ours, 'what it was made from has changed');
  }
  const [other] = others;
  if (other !== undefined) {
    return stopUsing(other, ours, 'another one builds the same');
  }
  return current === undefined
    ? withoutBuilder(ours, recipe, context)
    : withBuilder(current, ours, recipe, context);
}

function ofArchitecture({ builders, images, needed }: Found, architecture: string): Found {
  return {
    builders: builders.filter((builder) => builder.architecture === architecture),
    images: images.filter((image) => image.architecture === architecture),
    needed,
  };
}

/** Not ended, and billed: a stopped one for its volume alone. */
export function isThere({ state }: Builder): boolean {
  return state !== 'terminated' && state !== 'shutting-down';
}

/** Whether EC2 could finish an image without the instance that it is made of is not documented: it is not tried. */
function stopUsing(builder: Builder, { images }: Found, because: string): BakeStep {
  const pending = images.find(({ builderId, state }) => builderId === builder.id && state === 'pending');
  return pending === undefined
    ? { kind: 'terminate', builderId: builder.id, because }
    : { kind: 'wait', what: `${pending.id}, of ${builder.id}, to be made` };
}

function cleanUpAfter({ builders, images }: Found, failure: string): BakeStep {
  const builder = builders.find(isThere);
  if (builder !== undefined) {
    return { kind: 'terminate', builderId: builder.id, because: 'there will be no image of it' };
  }
  const dead = images.find(hasFailed);
  return dead === undefined
    ? { kind: 'failed', why: failure }
    : { kind: 'deregister', image: dead, because: 'it could not be made' };
}

/** EC2's states beside these: deregistered images are not listed, and invalid or transient ones may yet come right. */
function hasFailed({ state }: BakedImage): boolean {
  return state === 'failed' || state === 'error';
}

function withBuilder(builder: Builder, found: Found, recipe: Recipe, context: BakeContext): BakeStep {
  const image = found.images.find(({ builderId }) => builderId === builder.id);
  if (image === undefined) {
    return withoutImage(builder, recipe, context);
  }
  if (image.state === 'available') {
    return {
      kind: 'terminate',
      builderId: builder.id,
      because: `${image.id} is made`,
      madeImageId: image.id,
    };
  }
  if (hasFailed(image)) {
    const why = `EC2 could not make ${image.id}: ${image.why ?? 'it does not say why'}`;
    return { kind: 'abandon', builder, why };
  }
  return awaitImage(image, context.now);
}

/** One that takes longer may still come: it is left as it is, and another call goes on. */
function awaitImage({ id, state, createdAt }: BakedImage, now: EpochMs): BakeStep {
  const minutes = imageLimitMs / minuteMs;
  return now - createdAt > imageLimitMs
    ? { kind: 'failed', why: `${id} is still ${state} after ${minutes} minutes; it was left as it is` }
    : { kind: 'wait', what: `${id} to be made` };
}

function withoutImage(builder: Builder, recipe: Recipe, { now, memory }: BakeContext): BakeStep {
  const { word = { kind: 'silent' }, id, state } = builder;
  if (memory.imageId !== undefined && now - (memory.madeAt ?? now) < listingLimitMs) {
    return { kind: 'wait', what: `${memory.imageId} to be listed` };
  }
  const abandon = (why: string): BakeStep => ({ kind: 'abandon', builder, why });
  if (word.kind === 'failed') {
    return abandon(`${id} could not install everything: ${word.why}`);
  }
  if (word.kind === 'complete' && word.hash !== recipe.hash) {
    return abandon(`${id} says that it has made ${word.hash}, and not ${recipe.hash}`);
  }
  if (state === 'stopped' && word.kind === 'complete') {
    return { kind: 'create-image', builder };
  }
  const limitMs = builderLimitMs + (state === 'stopped' ? consoleLimitMs : 0);
  if (now - builder.launchedAt > limitMs) {
    return abandon(tooLong(builder));
  }
  return { kind: 'wait', what: state === 'stopped' ? `the console of ${id}` : `${id} to install everything` };
}

function tooLong({ id, state, word }: Builder): string {
  const said =
    word?.kind === 'unknown' ? `its console cannot be read: ${word.why}` : 'it has not said that it is done';
  return state === 'stopped'
    ? `${id} is stopped, and ${said}`
    : `${id} has not powered off within ${builderLimitMs / minuteMs} minutes, and ${said}`;
}

function withoutBuilder(found: Found, recipe: Recipe, context: BakeContext): BakeStep {
  const waits = notListedYet(found, context);
  if (waits !== undefined) {
    return waits;
  }
  const { now } = context;
  const newestFirst = found.images.toSorted((a, b) => b.createdAt - a.createdAt);
  const pending = newestFirst.find(({ state, hash }) => state === 'pending' && hash === recipe.hash);
  if (pending !== undefined) {
    return awaitImage(pending, now);
  }
  // AmiSelector takes the newest: an older one of the same recipe would not be used.
  const newest = newestFirst.find(({ state }) => state === 'available');
  const isNew = newest !== undefined && newest.id === context.memory.madeImageId;
  if (newest?.hash !== recipe.hash || (context.force && !isNew)) {
    return launchOnce(context.memory);
  }
  return removable(found, newest) ?? { kind: 'done', image: newest, isNew };
}

/** Whoever ends a builder while it works has a reason, which is not to be argued with. */
function launchOnce({ builderId, imageId }: BakeMemory): BakeStep {
  return builderId === undefined
    ? { kind: 'launch' }
    : {
        kind: 'failed',
        why: `${imageId ?? builderId} is gone: somebody else has removed it`,
      };
}

function notListedYet({ builders }: Found, { now, memory }: BakeContext): BakeStep | undefined {
  const { builderId, madeAt = now } = memory;
  const isListed = builderId === undefined || builders.some(({ id }) => id === builderId);
  return isListed || now - madeAt > listingLimitMs
    ? undefined
    : { kind: 'wait', what: `${builderId} to be listed` };
}

/** Of older images, one that is needed no more. Never what somebody else may be making: those are pending. */
function removable({ images, needed }: Found, newest: BakedImage): BakeStep | undefined {
  const old = images
    .filter(({ id, state }) => id !== newest.id && state === 'available')
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .slice(keptImages - 1)
    .find(({ id }) => !needed.has(id));
  const image = images.find(hasFailed) ?? old;
  if (image === undefined) {
    return undefined;
  }
  const because = hasFailed(image) ? 'it could not be made' : `${keptImages} newer ones are kept`;
  return { kind: 'deregister', image, because };
}

/** All that `--remove` removes, and what it has to leave. */
export function planRemoval({ builders, images, needed }: Found): {
  readonly steps: readonly Extract<BakeStep, { kind: 'terminate' | 'deregister' }>[];
  readonly kept: readonly { readonly image: BakedImage; readonly because: string }[];
} {
  const because = 'it is to be removed';
  return {
    steps: [
      ...builders.filter(isThere).map(({ id }) => ({ kind: 'terminate' as const, builderId: id, because })),
      ...images
        .filter(({ id }) => !needed.has(id))
        .map((image) => ({ kind: 'deregister' as const, image, because })),
    ],
    kept: images.flatMap((image) => {
      const reason = needed.get(image.id);
      return reason === undefined ? [] : [{ image, because: reason }];
    }),
  };
}

import { createHash } from 'node:crypto';
import type { ImageId } from '../../shared/core/model/ids.ts';
import { bakedImagePrefix } from '../../shared/core/model/settings.ts';
import type { Architecture } from '../../shared/core/model/snapshot.ts';
import type { EpochMs } from '../../shared/core/model/time.ts';

/** The tags of what `phoenat bake` makes. Not `phoenat:stack`: what bears that, the controller takes for its own. */
export const bakeTags = {
  /** On builder, image and snapshot: the stack's name. */
  stack: 'phoenat:bake',
  /** On the same: the hash of what they were made from. */
  hash: 'phoenat:bake-hash',
  architecture: 'phoenat:bake-architecture',
  /** The image that they were made from, and what had chosen it. */
  base: 'phoenat:bake-base',
  selector: 'phoenat:bake-selector',
  /** On an image: the instance that it was made of. */
  builder: 'phoenat:bake-builder',
} as const;

/** What one image is to be made from. */
export type Recipe = {
  readonly stack: string;
  readonly architecture: Architecture;
  readonly base: {
    readonly id: ImageId;
    readonly name: string;
    /** What chose it, as AmiSelector takes it. */
    readonly selector: string;
    readonly rootDeviceName: string;
  };
  /** Of everything that decides what is in the image. */
  readonly hash: string;
  /** The builder's user data. */
  readonly userData: string;
};

const hashLength = 16;
/** EC2 takes 256 characters as a tag's value. */
const maxTagValue = 256;

/** `script`: what the builder runs; where it has @HASH@, it says which recipe it has followed. */
export function makeRecipe(of: Omit<Recipe, 'hash' | 'userData'>, script: string): Recipe {
  const hash = createHash('sha256')
    .update(JSON.stringify([of.architecture, of.base.id, script]))
    .digest('hex')
    .slice(0, hashLength);
  return { ...of, hash, userData: script.replaceAll('@HASH@', hash) };
}

/** An image's name has room for 128 characters, and a stack's takes as many. No stack's name has a dot. */
const longestStack = 90;

function folderOf(stack: string): string {
  const sum = createHash('sha256').update(stack).digest('hex').slice(0, 8);
  return `${bakedImagePrefix}${stack.length > longestStack ? `${stack.slice(0, longestStack - 9)}.${sum}` : stack}`;
}

/** `phoenat/prod/20261127T201500Z-arm64`. No stack's name has a slash, so that no pattern matches another stack's images. */
export function imageName(stack: string, architecture: Architecture, at: EpochMs): string {
  const time = new Date(at).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  return `${folderOf(stack)}/${time}-${architecture}`;
}

/** The value of AmiSelector that takes the newest of this stack's images at each launch. */
export function ownSelector(stack: string): string {
  return `self:${folderOf(stack)}/*`;
}

export type PlainTag = { readonly Key: string; readonly Value: string };

/** On builder, image and snapshots. */
export function tagsOf(recipe: Recipe): PlainTag[] {
  const { stack, hash, architecture, base } = recipe;
  return [
    { Key: 'Name', Value: `phoenat bake ${stack}` },
    { Key: bakeTags.stack, Value: stack },
    { Key: bakeTags.hash, Value: hash },
    { Key: bakeTags.architecture, Value: architecture },
    { Key: bakeTags.base, Value: base.id },
    ...(base.selector.length > maxTagValue ? [] : [{ Key: bakeTags.selector, Value: base.selector }]),
  ];
}

import type { ImageId, InstanceId } from '../../shared/core/model/ids.ts';
import type { InstanceState } from '../../shared/core/model/snapshot.ts';
import type { EpochMs } from '../../shared/core/model/time.ts';
import type { BakeWord } from './bake-word.ts';

/** An instance with the stack's bake tag, in any state. */
export type Builder = {
  readonly id: InstanceId;
  readonly state: InstanceState;
  readonly launchedAt: EpochMs;
  readonly hash: string;
  readonly architecture: string;
  /** What it has said on its console; absent where that was not asked for. */
  readonly word?: BakeWord;
};

/** An image with the stack's bake tag. */
export type BakedImage = {
  readonly id: ImageId;
  readonly name: string;
  /** EC2's word: pending, available, failed, … */
  readonly state: string;
  /** Why it failed, in EC2's words. */
  readonly why?: string;
  readonly createdAt: EpochMs;
  readonly hash: string;
  /** By its tag: what EC2 says of an image that has failed is not relied upon. */
  readonly architecture: string;
  readonly builderId?: string;
  readonly baseId?: string;
  readonly selector?: string;
};

/** All that is there of earlier calls. */
export type Found = {
  readonly builders: readonly Builder[];
  readonly images: readonly BakedImage[];
  /** Images that must stay, each with the reason: an instance uses it, AmiSelector names it. */
  readonly needed: ReadonlyMap<string, string>;
};

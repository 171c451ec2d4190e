import type { JudgeContext } from '../diagnose/judge-context.ts';
import type { Memory } from '../memory/memory.ts';
import type { Observed } from '../model/observed.ts';
import type { Image, Listing } from '../model/snapshot.ts';

/** What a launch depends on, beside the diagnosis of its zone. */
export type LaunchContext = JudgeContext & {
  readonly images: Observed<Listing<Image>>;
  readonly memory: Memory;
  /** A collision-resistant hash as hexadecimal digits, at least 32 of them. */
  readonly digest: (text: string) => string;
};

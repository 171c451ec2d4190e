import type { Diagnosed } from '../diagnose/diagnose.ts';
import type { DiagnosisContext } from '../diagnose/diagnosis-context.ts';
import type { Replacement } from '../diagnose/replacement-reasons.ts';
import type { Memory } from '../memory/memory.ts';
import type { Observed } from '../model/observed.ts';
import type { Image, Listing, NatInstance } from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';

/** The facts about a zone and its replacement that decide on a launch. Without one, the zone has no instance. */
export type LaunchSite = Pick<Diagnosed, 'zone' | 'view'> & {
  readonly replacement?: Pick<Replacement, 'cause'> & Partial<Pick<Replacement, 'finding' | 'urgent'>>;
  readonly primary?: NatInstance;
  readonly verdict?: Diagnosed['verdict'];
};

/** What a launch depends on, beside the diagnosis of its zone. */
export type LaunchContext = DiagnosisContext & {
  readonly images: Observed<Listing<Image>>;
  /** When the deployment began that this is part of. */
  readonly deployingSince?: EpochMs;
  readonly memory: Memory;
  /** A collision-resistant hash as hexadecimal digits, at least 32 of them. */
  readonly digest: (text: string) => string;
};

import type { InstanceId, ZoneName } from '../model/ids.ts';
import type { Settings } from '../model/settings.ts';
import type { EpochMs } from '../model/time.ts';

export type DiagnosisContext = {
  readonly settings: Settings;
  /** The hash of all that a launch depends on; instances tagged with another are replaced. */
  readonly specHash: string;
  readonly now: EpochMs;
  /** Those that a neighbour no longer hears, as it said a moment ago: the run is about them. */
  readonly suspects?: readonly InstanceId[];
  /** Zones whose instance is going down, and may say within a moment that it holds that. */
  readonly awaited?: ReadonlySet<ZoneName>;
};

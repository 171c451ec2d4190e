import type { Ec2Context } from '../aws/ec2-context.ts';
import type { InstanceId } from '../core/model/ids.ts';
import type { Intent } from '../core/model/intent.ts';
import type { AskedInstance, ProbeOutcome } from '../core/model/reading.ts';
import type { Settings, ZoneSettings } from '../core/model/settings.ts';
import type { Clock, EpochMs } from '../core/model/time.ts';
import type { Trigger } from '../core/model/trigger.ts';
import type { Log } from './log.ts';
import type { ProcessMemory } from './process-memory.ts';
import type { Run } from './run.ts';

/** Asks a zone's probe, and how these instances are. It never throws: what goes wrong is an outcome that is unknown. */
export type AskProbe = (
  zone: ZoneSettings,
  about: readonly AskedInstance[],
  options?: AskOptions,
) => Promise<ProbeOutcome>;

/** In a hurry the probe waits no longer than a second for anything. Bringing what is in use, it sends no requests. */
export type AskOptions = { readonly hurry?: boolean; readonly inUse?: readonly string[] };

/** What the loop is given. */
export type LoopDeps = {
  readonly settings: Settings;
  readonly ec2Context: Ec2Context;
  readonly clock: Clock;
  readonly digest: (text: string) => string;
  /** No new look starts after this. */
  readonly deadline: EpochMs;
  readonly log: Log;
  /** When a deployment began: it is done only when the boots of its instances have said that they forward. */
  readonly deployingSince?: EpochMs;
  /** Absent where no zone has a probe: then everything rests on what EC2 can tell. */
  readonly askProbe?: AskProbe;
  /** Absent where each run is a process's only one. */
  readonly processMemory?: ProcessMemory;
};

/** What every part of one run works with; all its times are EC2's. */
export type RunContext = LoopDeps & {
  readonly trigger: Trigger;
  readonly intent: Intent;
  readonly run: Run;
  /** What a neighbour no longer hears, if that is what the run is about. */
  readonly suspects: readonly InstanceId[];
};

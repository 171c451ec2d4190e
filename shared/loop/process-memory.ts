import type { FirstAnswer } from '../aws/observe.ts';
import type { InstanceId } from '../core/model/ids.ts';
import type { ZoneSettings } from '../core/model/settings.ts';

/**
 * What a process keeps from one run to the next. It says only which calls may be made side by side: whatever is decided
 * rests on what the run itself has read, so that a process that knows nothing, or what is out of date, decides the same.
 */
export type ProcessMemory = {
  /** Those that were last listed. */
  ours: ReadonlySet<InstanceId>;
  /** As they were then. */
  listed?: FirstAnswer['instances'];
  /** The zones, each behind the one that it looks after: their subnets stay where they are. */
  ring?: readonly ZoneSettings[];
};

export function newProcessMemory(): ProcessMemory {
  return { ours: new Set() };
}

/** What could not be read is no news. */
export function rememberOurs(memory: ProcessMemory, { instances }: FirstAnswer): void {
  if (instances.known) {
    memory.listed = instances;
    memory.ours = new Set(instances.value.items.map(({ id }) => id));
  }
}

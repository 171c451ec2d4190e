import type { ZoneSettings } from '../core/model/settings.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { ringIn } from '../core/neighbours/ring.ts';
import type { RunContext } from './context.ts';

/** Whose instance is looked after by whom, as far as this process knows: it says whom to ask, and decides nothing. */
export function lastRing({
  run,
  processMemory,
  settings,
}: Pick<RunContext, 'settings'> &
  Partial<Pick<RunContext, 'run' | 'processMemory'>>): readonly ZoneSettings[] {
  return run?.ring ?? processMemory?.ring ?? settings.zones;
}

export function noteRing({ subnets }: Snapshot, { run, processMemory, settings }: RunContext): void {
  if (subnets.known) {
    run.ring = ringIn(settings.zones, subnets);
    Object.assign(processMemory ?? {}, { ring: run.ring });
  }
}

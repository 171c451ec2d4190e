import type { Settings } from '../core/model/settings.ts';
import type { LoopDeps } from './context.ts';

/** Nothing where no zone has a probe: then everything rests on what EC2 can tell. */
export function probesOf(
  { zones }: Pick<Settings, 'zones'>,
  { askProbe }: Pick<LoopDeps, 'askProbe'>,
): Pick<LoopDeps, 'askProbe'> {
  return askProbe === undefined || zones.every(({ probe }) => probe === undefined) ? {} : { askProbe };
}

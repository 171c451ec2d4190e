import type { Diagnosis } from '../core/diagnose/diagnose.ts';
import { describeLagMs } from '../core/memory/memory.ts';
import type { Settings } from '../core/model/settings.ts';
import { type Clock, type DurationMs, type EpochMs, secondMs } from '../core/model/time.ts';
import type { Trigger } from '../core/model/trigger.ts';
import { unrestored } from '../core/plan/restored.ts';
import { type ZonePlan, zonePlan } from '../core/plan/zone-plan.ts';
import type { Run } from './run.ts';

type Deps = { readonly clock: Clock; readonly deadline: EpochMs; readonly settings: Settings };
type Seen = { readonly diagnoses: readonly Diagnosis[] };

const shownWithinMs: DurationMs = 2 * describeLagMs;

/** EC2's answers lag behind its writes: what a restore has changed is looked at until it shows, within reason. */
export async function untilRestored<Look extends Seen>(
  trigger: Trigger,
  lookAgain: () => Promise<Look>,
  run: Run,
  deps: Deps,
): Promise<Look> {
  const { clock, deadline } = deps;
  const until = Math.min(deadline, clock.now() + shownWithinMs);
  let look = await lookAgain();
  while (mayShowYet(unseen(trigger, look, deps), run) && clock.now() + secondMs < until) {
    await clock.sleep(secondMs);
    look = await lookAgain();
  }
  return look;
}

/** What a restore was to change and the look does not show, for the report. */
export function unseen(
  trigger: Trigger,
  { diagnoses }: Seen,
  { settings }: Pick<Deps, 'settings'>,
): ZonePlan[] {
  return diagnoses.map((diagnosis) =>
    zonePlan(diagnosis.zone.name, { findings: unrestored(trigger, diagnosis, settings.stack) }),
  );
}

/** What EC2 has refused will not show. */
function mayShowYet(plans: readonly ZonePlan[], { zones }: Run): boolean {
  return plans.some(
    ({ zone, findings }) => findings.length > 0 && zones.get(zone)?.steps.at(-1)?.result.kind === 'done',
  );
}

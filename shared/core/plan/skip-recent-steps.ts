import type { Memory } from '../memory/memory.ts';
import { wasJustApplied } from '../memory/memory.ts';
import { type ControllerStep, stepKey } from '../model/step.ts';
import { type EpochMs, secondMs } from '../model/time.ts';
import type { ZonePlan } from './zone-plan.ts';
import { zonePlan } from './zone-plan.ts';

/**
 * The plan without the steps that succeeded a moment ago: EC2's answers lag behind its writes, and a repair that is not
 * visible yet need not be made twice. A plan whose later waves build on such a step waits as a whole.
 */
export function skipRecentSteps(plan: ZonePlan, memory: Memory, now: EpochMs): ZonePlan {
  const recent = plan.waves.flat().filter((step) => wasJustApplied(memory, plan.zone, step, now));
  if (recent.length === 0) {
    return plan;
  }
  const waits = [...plan.waits, { detail: 'EC2 to show what was just changed', pollMs: secondMs }];
  if (recent.some(makesSomething)) {
    return zonePlan(plan.zone, { ...plan, waves: [], waits });
  }
  const keys = new Set(recent.map((step) => stepKey(plan.zone, step)));
  const waves = plan.waves.map((wave) => wave.filter((step) => !keys.has(stepKey(plan.zone, step))));
  return zonePlan(plan.zone, { ...plan, waves, waits });
}

function makesSomething(step: ControllerStep): boolean {
  return step.kind === 'create-interface' || step.kind === 'launch';
}

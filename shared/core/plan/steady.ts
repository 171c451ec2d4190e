import { type DurationMs, secondMs } from '../model/time.ts';
import type { PlanContext, WithPrimary } from './zone-plan.ts';

/**
 * How long a primary must have been seen carrying all of the zone's traffic before another instance is terminated, or
 * anything is asked of EC2 that is only harmless where the traffic is seen. It is longer than EC2's answers lag behind,
 * so that a controller that looked just before a cutover of another one does not undo that cutover.
 */
export const steadyForMs: DurationMs = 10 * secondMs;

export function isSteady({ primary, zone }: WithPrimary, context: PlanContext): boolean {
  const carried = context.memory.carriedSince.get(zone.name);
  return carried?.by === primary.id && context.now - carried.since >= steadyForMs;
}

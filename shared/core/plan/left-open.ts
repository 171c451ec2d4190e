import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Wait } from '../model/step.ts';
import { secondMs } from '../model/time.ts';
import type { ManualCommand, Trigger } from '../model/trigger.ts';
import { type ZonePlan, zonePlan } from './zone-plan.ts';

/**
 * What a run leaves to others that carries out a command and nothing else, from what would be done next. Findings are left
 * to the next run too, for EC2 may not show yet what the command has changed: not even that the zone is paused now.
 */
export function leftOpen(trigger: Trigger, diagnosis: Diagnosis, next: ZonePlan): ZonePlan {
  const { zone, health } = diagnosis;
  const action = actionIn(trigger, diagnosis);
  const wasPaused = diagnosis.kind === 'diagnosed' && diagnosis.pausedSince !== undefined;
  const isTroubled = health !== 'healthy' && health !== 'served-by-other';
  if (action === 'pause' || (wasPaused && action !== 'resume')) {
    const detail = `zone ${zone.name} to be resumed: it is ${health}, and left alone`;
    return zonePlan(zone.name, { waits: isTroubled ? [{ detail, pollMs: secondMs }] : [] });
  }
  const { waits, waves, needsImages, findings } = next;
  const hasMore = waves.length > 0 || needsImages || findings.length > 0 || isTroubled;
  return zonePlan(zone.name, { waits: hasMore ? [...waits, nextRun] : waits });
}

const nextRun: Wait = { detail: 'the next run to put right what is not', pollMs: secondMs };

function actionIn(trigger: Trigger, { zone }: Diagnosis): ManualCommand['action'] | undefined {
  if (trigger.kind !== 'manual') {
    return undefined;
  }
  const { action, zone: only } = trigger.command;
  return only === undefined || only === zone.name ? action : undefined;
}

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
  if (action === 'pause' || (wasPaused && action !== 'resume')) {
    const left = leftAlone(diagnosis);
    return zonePlan(zone.name, {
      waits: left === undefined ? [] : [{ detail: left.detail, pollMs: secondMs }],
    });
  }
  const isTroubled = health !== 'healthy' && health !== 'served-by-other';
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

/** What is wrong with a zone while nothing is done in it, and stays so until somebody resumes it. */
export type LeftAlone = {
  readonly detail: string;
  /** Its clients may be offline, and nobody repairs it. Otherwise something planned waits, or an instance still starts. */
  readonly isTrouble: boolean;
};

/** Undefined: nothing would be done if the zone were not paused. Whether it is, the caller knows. */
export function leftAlone(diagnosis: Diagnosis): LeftAlone | undefined {
  const { zone, health, egress } = diagnosis;
  const told = (what: string, isTrouble: boolean): LeftAlone => ({
    detail: `zone ${zone.name} to be resumed: ${what}, and left alone`,
    isTrouble,
  });
  if (health !== 'healthy' && health !== 'served-by-other') {
    return told(`it is ${health}`, health !== 'starting' && health !== 'stood-in');
  }
  if (egress === 'fails') {
    return told(`its requests fail, though it is ${health} to EC2`, true);
  }
  const work = diagnosis.kind === 'diagnosed' ? workLeft(diagnosis) : undefined;
  return work === undefined ? undefined : told(work, false);
}

/** What a zone that works has to wait for. Where something else serves it, what is around our instance harms nobody. */
function workLeft({ health, drift, replacement }: Extract<Diagnosis, { kind: 'diagnosed' }>) {
  const [drifted] = health === 'healthy' ? drift : [];
  if (replacement !== undefined) {
    return `its instance is to be replaced (${replacement.finding.code})`;
  }
  return drifted && `something of it is to be put back (${drifted.finding.code})`;
}

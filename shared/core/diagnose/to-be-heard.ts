import type { InstanceId } from '../model/ids.ts';
import { isUnheard } from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';
import { mayBeHeard } from './boot-trust.ts';
import type { Diagnosis } from './diagnose.ts';
import { passesChecks } from './status-checks.ts';
import { natHealthOf } from './verdict.ts';

/**
 * Whose boot is to be asked for its word: instances that are to take over from something that works, and new ones that are
 * about to be called ready. A settled zone asks none. A deployment (`launchedSince`: its beginning) asks every new
 * instance, and what became of those that are gone already.
 */
export function toBeHeard(
  diagnosis: Diagnosis,
  now: EpochMs,
  launchedSince: EpochMs | undefined,
): readonly InstanceId[] {
  if (diagnosis.kind === 'undiagnosed' || diagnosis.pausedSince !== undefined) {
    return [];
  }
  const { view, primary, candidate, surplus, drift, replacement } = diagnosis;
  const isNoted = view.address?.lastGoodImage?.imageId === primary?.imageId;
  const takesOver = drift.some((entry) => entry.kind === 'route' && entry.servedByOther);
  const counts = launchedSince !== undefined || takesOver || surplus.length > 0 || !isNoted;
  // In a hurry its word is the only evidence: its checks take minutes to pass.
  // The probe's answer is on its way, or is there: it says more, and sooner.
  const isTold = (instance: NatInstance) =>
    isUnheard(view.readings) || natHealthOf(view.readings, instance.id, now) !== undefined;
  const isHeard = (instance: NatInstance) =>
    mayBeHeard(instance, now) &&
    !isTold(instance) &&
    (passesChecks(view, instance) || (instance.id === candidate?.id && replacement?.urgent === true));
  const alive = [counts ? primary : undefined, candidate].flatMap((instance) =>
    instance !== undefined && isHeard(instance) ? [instance] : [],
  );
  const gone = view.instances.filter(
    (instance) => isEnded(instance) && launchedSince !== undefined && instance.launchedAt >= launchedSince,
  );
  return [...alive, ...gone].map(({ id }) => id);
}

function isEnded({ state }: NatInstance): boolean {
  return state === 'shutting-down' || state === 'terminated';
}

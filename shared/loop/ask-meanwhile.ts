import type { Diagnosed, Diagnosis } from '../core/diagnose/diagnose.ts';
import { failsAtOnce, failsOnTrial } from '../core/diagnose/tried-in-vain.ts';
import { hasPassed } from '../core/diagnose/verdict.ts';
import { movedAt } from '../core/memory/memory.ts';
import type { ZoneName } from '../core/model/ids.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { isCutover } from '../core/model/step.ts';
import type { DurationMs, EpochMs } from '../core/model/time.ts';
import { isToldBeforeTakeover } from '../core/plan/more-readings.ts';
import {
  anyOf,
  ask,
  askSoonMs,
  failsSinceMovedMs,
  nextQuestionAt,
  paceOf,
  probedZones,
} from './ask-probes.ts';
import type { RunContext } from './context.ts';

type Seen = { readonly snapshot: Snapshot; readonly diagnoses: readonly Diagnosis[] };

/**
 * Lets the time pass until the next look, and asks the probes more often meanwhile: EC2 has fewer calls to give
 * than Lambda. It ends as soon as they have said something that matters.
 */
export async function pauseAsking(
  look: Seen,
  pauseMs: DurationMs,
  context: RunContext,
  seenNow: () => Seen,
): Promise<void> {
  const { run, clock } = context;
  const probed = probedZones(context);
  if (probed.length === 0) {
    await clock.sleep(pauseMs);
    return;
  }
  const until = clock.now() + pauseMs;
  const known = standing(look.diagnoses, clock.now());
  let seen = look;
  while (clock.now() < until) {
    const wanted = probed.flatMap((zone) => {
      const everyMs = paceOf(zone.name, seen.diagnoses, context);
      return everyMs === undefined ? [] : [{ zone, everyMs }];
    });
    for (const { zone, everyMs } of wanted) {
      ask(zone, look.snapshot.instances, everyMs, context);
    }
    const next = Math.min(
      until,
      ...wanted.flatMap(({ zone, everyMs }) => nextQuestionAt(zone.name, everyMs, context) ?? []),
    );
    const pending = probed.flatMap(({ name }) => [...(run.asking.get(name)?.pending ?? [])]);
    await anyOf(pending, Math.max(next - clock.now(), 1), clock);
    seen = seenNow();
    if (standing(seen.diagnoses, clock.now()) !== known) {
      return;
    }
  }
}

/**
 * What is done takes seconds: a launch for another zone, say. Where this run has moved a zone's traffic a moment ago, whether
 * anything passes there is asked meanwhile, and not only afterwards.
 */
export async function askMeanwhile<T>(
  acting: Promise<T>,
  { instances }: Pick<Snapshot, 'instances'>,
  context: RunContext,
): Promise<T> {
  const { run } = context;
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  const over = acting.then(end, end);
  while (!isOver) {
    const onTrial = probedZones(context).filter(({ name }) => isOnTrial(name, context));
    for (const zone of onTrial) {
      ask(zone, instances, askSoonMs, context);
    }
    const pending = onTrial.flatMap(({ name }) => [...(run.asking.get(name)?.pending ?? [])]);
    await anyOf([over, ...pending], askSoonMs, context.clock);
  }
  return acting;
}

/** Led to an instance that runs, by a cutover or a takeover, and no request has come back from there yet. */
function isOnTrial(name: ZoneName, { run, clock }: RunContext): boolean {
  const moved = run.zones.get(name)?.steps.findLast(isCutover);
  const isRecent = clock.now() - movedAt(run.memory, name) < failsSinceMovedMs;
  const isToRunning = moved?.purpose === 'replacement' || moved?.purpose === 'repair';
  return isRecent && isToRunning && !hasPassed(run.memory.readings.get(name));
}

/** All that a plan may take from readings. */
function standing(diagnoses: readonly Diagnosis[], now: EpochMs): string {
  return JSON.stringify(diagnoses.map((entry) => (entry.kind === 'diagnosed' ? standingOf(entry, now) : [])));
}

function standingOf(diagnosis: Diagnosed, now: EpochMs): unknown[] {
  const { verdict, ifItGoesOn, candidateIsGood, primaryReady, view } = diagnosis;
  const proof = 'proof' in verdict ? verdict.proof : undefined;
  const maySayMore = ifItGoesOn === undefined;
  const fails = [failsAtOnce(verdict), failsOnTrial(verdict, view.readings)];
  const isToBeTold = isToldBeforeTakeover(diagnosis, now);
  return [verdict.kind, proof, maySayMore, ...fails, candidateIsGood, primaryReady, isToBeTold];
}

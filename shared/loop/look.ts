import {
  type FirstAnswer,
  nothingAround,
  type Observation,
  observeAround,
  observeInstances,
} from '../aws/observe.ts';
import { type Diagnosis, diagnose } from '../core/diagnose/diagnose.ts';
import { rememberCarrier, withMarks, withWords } from '../core/memory/memory.ts';
import { everyLook, type Reads } from '../core/model/intent.ts';
import type { Unknown } from '../core/model/observed.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { EpochMs } from '../core/model/time.ts';
import { isWithoutEgress, troubleOf } from '../core/report/outage.ts';
import type { LoopDeps, RunContext } from './context.ts';
import { hearBoots } from './hear-boots.ts';
import { noteEndless } from './run.ts';

/** What a look has shown, and what is made of it. */
export type Look = { readonly snapshot: Snapshot; readonly diagnoses: readonly Diagnosis[] };

/** Without our instances no zone can be diagnosed: there is no more to see. */
export function lookAtNothing(first: FirstAnswer, why: Unknown, context: RunContext): Look {
  return diagnoseAll(nothingAround(first, why, context.clock), context);
}

export function firstLook(first: FirstAnswer, context: RunContext): Promise<Look> {
  return lookAround(first, context.intent.reads, context);
}

export async function nextLook(context: RunContext): Promise<Look> {
  return lookAround(await observeInstances(observation(context)), everyLook, context);
}

async function lookAround(first: FirstAnswer, reads: Reads, context: RunContext): Promise<Look> {
  const { run, ec2Context, clock } = context;
  const snapshot = await observeAround(observation(context), first, reads);
  run.lastLookAt = snapshot.takenAt;
  noteEndless(Object.values(snapshot), run);
  const seen = diagnoseAll(snapshot, context);
  const hasAsked = await hearBoots(seen.diagnoses, run, { ...context, ec2: ec2Context.ec2 });
  const look = hasAsked ? diagnoseAll({ ...snapshot, takenAt: clock.now() }, context) : seen;
  for (const diagnosis of look.diagnoses) {
    noteTimes(diagnosis, snapshot.takenAt, context);
  }
  return look;
}

/** With what the run has learned since the snapshot was taken. */
export function diagnoseAll(snapshot: Snapshot, context: RunContext): Look {
  const { memory } = context.run;
  const marked = withWords(withMarks(snapshot, memory), memory);
  const seenAt = diagnoseContext(snapshot, context);
  return {
    snapshot: marked,
    diagnoses: context.settings.zones.map((zone) => diagnose(marked, zone, seenAt)),
  };
}

export function diagnoseContext(snapshot: Snapshot, { settings, ec2Context }: LoopDeps) {
  return { settings, specHash: ec2Context.specHash, now: snapshot.takenAt };
}

export function observation({ ec2Context, settings, clock }: LoopDeps): Observation {
  return { ec2: ec2Context.ec2, settings, clock };
}

/** Keeps the times that the report and the metrics need. */
function noteTimes(diagnosis: Diagnosis, now: EpochMs, { run, trigger }: RunContext): void {
  const zone = run.zones.get(diagnosis.zone.name);
  if (zone === undefined || diagnosis.kind === 'undiagnosed') {
    return;
  }
  const { primary, drift, findings } = diagnosis;
  const bootFailed = findings.find(({ code }) => code === 'boot-failed') ?? zone.bootFailed;
  if (bootFailed !== undefined) {
    zone.bootFailed = bootFailed;
  }
  const carrier = primary?.state === 'running' && drift.length === 0 ? primary.id : undefined;
  run.memory = rememberCarrier(run.memory, diagnosis.zone.name, carrier, now);
  if (isWithoutEgress(diagnosis)) {
    zone.trouble ??= troubleOf(diagnosis, trigger, now);
    zone.healthyAgainAt = undefined;
  } else {
    zone.healthyAgainAt ??= zone.trouble === undefined ? undefined : now;
  }
}

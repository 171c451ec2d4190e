import {
  type FirstAnswer,
  nothingAround,
  type Observation,
  observeAround,
  observeAtOnce,
  observeInstances,
} from '../aws/observe.ts';
import { type Diagnosed, type Diagnosis, diagnose } from '../core/diagnose/diagnose.ts';
import { isHarmless } from '../core/diagnose/drift.ts';
import { ledToBeside, mayHoldShutdown } from '../core/diagnose/roles.ts';
import { isAboutKnown } from '../core/diagnose/whose-event.ts';
import { asLeft } from '../core/memory/as-left.ts';
import {
  forgetCarrier,
  rememberCarrier,
  rememberGood,
  rememberSplit,
  withReadings,
  withWords,
} from '../core/memory/memory.ts';
import type { ZoneName } from '../core/model/ids.ts';
import { everyLook, type Intent, type Reads } from '../core/model/intent.ts';
import type { Unknown } from '../core/model/observed.ts';
import { isEnding, type Snapshot } from '../core/model/snapshot.ts';
import type { EpochMs } from '../core/model/time.ts';
import { goneBy, type Trigger } from '../core/model/trigger.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { isStandby } from '../core/neighbours/standby.ts';
import { outageSeen } from '../core/report/outage.ts';
import { askAtLook, firstAnswers, probedZones } from './ask-probes.ts';
import type { LoopDeps, RunContext } from './context.ts';
import { hearBoots } from './hear-boots.ts';
import { noteRing } from './last-ring.ts';
import { rememberOurs } from './process-memory.ts';
import { noteEndless, type ZoneRun } from './run.ts';

/** What a look has shown, and what is made of it. */
export type Look = { readonly snapshot: Snapshot; readonly diagnoses: readonly Diagnosis[] };

/**
 * Of an event about others' instances the first call shows that there is nothing to look for. Where an instance of ours may
 * have failed, nothing waits for it.
 */
export async function firstAnswer(trigger: Trigger, intent: Intent, deps: LoopDeps): Promise<FirstAnswer> {
  const { maxTries, reads } = intent;
  const tries = maxTries === undefined ? {} : { maxTries };
  const ours = deps.processMemory?.ours ?? new Set();
  return isAboutKnown(trigger, ours) && !reads.statuses && !provesByChecks(deps)
    ? await observeAtOnce(observation(deps), { ...tries, images: reads.images })
    : await observeInstances(observation(deps), tries);
}

/** By EC2's word alone a neighbour is proven to forward only where its checks are read, which takes its id. */
function provesByChecks(deps: LoopDeps): boolean {
  return mayStandIn(deps.settings) && probedZones(deps).length === 0;
}

/** Without our instances no zone can be diagnosed: the look ends here. */
export function lookAtNothing(first: FirstAnswer, why: Unknown, context: RunContext): Look {
  return diagnoseAll(nothingAround(first, why, context.clock), context);
}

export function firstLook(first: FirstAnswer, context: RunContext): Promise<Look> {
  // What a command does is not for the probes to tell.
  if (context.intent.course !== 'once') {
    askAtLook(first.instances, undefined, context);
  }
  const { reads } = context.intent;
  return lookAround(first, provesByChecks(context) ? { ...reads, statuses: true } : reads, context);
}

/** `before`: what the last look has shown; absent where nothing that a probe could tell is waited for. */
export async function nextLook(context: RunContext, before?: Look): Promise<Look> {
  const first = await observeInstances(observation(context));
  noteOurs(first, context);
  if (before !== undefined) {
    askAtLook(first.instances, before.diagnoses, context);
  }
  return lookAround(first, everyLook, context);
}

/**
 * The same look with what the probes have said of zones that had not been heard yet. Only where EC2's word alone leaves
 * nothing to do: no dead instance waits for an answer.
 */
export async function heard(look: Look, context: RunContext): Promise<Look> {
  if (!(await firstAnswers(look.snapshot.instances, context))) {
    return look;
  }
  const answered = seenNow(look, context);
  // Whoever has not answered is to be trusted, or not, as where there is no probe.
  const hasAsked = await hearBoots(answered.diagnoses, context.run, {
    ...context,
    ec2: context.ec2Context.ec2,
  });
  const seen = hasAsked ? seenNow(look, context) : answered;
  for (const diagnosis of seen.diagnoses) {
    noteTimes(diagnosis, seen.snapshot.takenAt, context);
  }
  return seen;
}

/** With what has been learned since; its time is now, so that a plan knows how old the look is. */
export function seenNow({ snapshot }: Look, context: RunContext): Look {
  return diagnoseAll({ ...snapshot, takenAt: context.clock.now() }, context);
}

/** The zones whose instance is going down and may still forward. Not those that a neighbour can carry at once. */
export function awaitedZones(
  { diagnoses }: Look,
  helped: ReadonlySet<ZoneName>,
  context: RunContext,
): readonly ZoneName[] {
  return diagnoses
    .filter((entry) => mayHandOver(entry, context) && !helped.has(entry.zone.name))
    .map(({ zone }) => zone.name);
}

/** With what such an instance has said. Where it holds its shutdown, what was noted rests on there being no instance. */
export function heardOfEnding(look: Look, names: readonly ZoneName[], context: RunContext): Look {
  const seen = seenNow(look, context);
  const holds = (entry: Diagnosis) =>
    entry.kind === 'diagnosed' && entry.primary !== undefined && isEnding(entry.primary);
  for (const diagnosis of seen.diagnoses.filter((entry) => names.includes(entry.zone.name) && holds(entry))) {
    Object.assign(context.run.zones.get(diagnosis.zone.name) ?? {}, {
      trouble: undefined,
      restored: undefined,
    });
    noteTimes(diagnosis, seen.snapshot.takenAt, context);
  }
  return seen;
}

function mayHandOver(diagnosis: Diagnosis, { settings, ec2Context, trigger, clock }: RunContext): boolean {
  const seenAt = { settings, specHash: ec2Context.specHash, now: clock.now() };
  const { endingStandIn } = diagnosis.view ?? {};
  return (
    diagnosis.kind === 'diagnosed' &&
    [...diagnosis.view.instances, ...(endingStandIn === undefined ? [] : [endingStandIn.instance])].some(
      (instance) =>
        instance.id !== diagnosis.primary?.id &&
        mayHoldShutdown(diagnosis.view, instance, seenAt) &&
        !goneBy(trigger).includes(instance.id),
    )
  );
}

async function lookAround(first: FirstAnswer, reads: Reads, context: RunContext): Promise<Look> {
  const { run, ec2Context, clock } = context;
  const snapshot = await observeAround(observation(context), first, reads);
  run.lastLookAt = snapshot.takenAt;
  noteEndless(Object.values(snapshot), run);
  noteRing(snapshot, context);
  const seen = diagnoseAll(snapshot, context);
  const hasAsked = await hearBoots(seen.diagnoses, run, { ...context, ec2: ec2Context.ec2 });
  const seenAt = hasAsked ? { ...snapshot, takenAt: clock.now() } : snapshot;
  const look = hasAsked ? diagnoseAll(seenAt, context) : seen;
  const { readings } = run.memory;
  for (const diagnosis of look.diagnoses) {
    noteTimes(diagnosis, snapshot.takenAt, context);
  }
  // This look shows that the traffic has moved: what was known of requests is not known of where it is led now.
  return run.memory.readings === readings ? look : diagnoseAll(seenAt, context);
}

export function noteOurs(first: FirstAnswer, { processMemory }: LoopDeps): void {
  if (processMemory !== undefined) {
    rememberOurs(processMemory, first);
  }
}

/** With what the run has learned since the snapshot was taken. */
export function diagnoseAll(snapshot: Snapshot, context: RunContext): Look {
  const { memory } = context.run;
  const probed = probedZones(context).map(({ name }) => name);
  const marked = withReadings(withWords(asLeft(snapshot, memory), memory), memory, probed);
  const seenAt = diagnoseContext(snapshot, context);
  return {
    snapshot: marked,
    diagnoses: context.settings.zones.map((zone) => diagnose(marked, zone, seenAt)),
  };
}

export function diagnoseContext(snapshot: Snapshot, { settings, ec2Context, suspects, run }: RunContext) {
  const { awaited } = run;
  return { settings, specHash: ec2Context.specHash, now: snapshot.takenAt, suspects, awaited };
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
  const { primary, drift, findings, verdict } = diagnosis;
  const bootFailed = findings.find(({ code }) => code === 'boot-failed') ?? zone.bootFailed;
  if (bootFailed !== undefined) {
    zone.bootFailed = bootFailed;
  }
  const carrier = primary?.state === 'running' && drift.every(isHarmless) ? primary.id : undefined;
  const isSplit = primary !== undefined && ledToBeside(diagnosis.view, primary).length > 0;
  const { name } = diagnosis.zone;
  const carried = rememberCarrier(run.memory, name, carrier, now);
  // When requests pass again, another run may have led them elsewhere a moment ago, which EC2 does not show yet.
  const isBooting = verdict.kind === 'undecided' && verdict.boots;
  const steady = 'row' in verdict && !isBooting ? forgetCarrier(carried, name) : carried;
  const { candidate, candidateIsGood } = diagnosis;
  const good = rememberGood(steady, name, candidateIsGood ? candidate?.id : undefined, now);
  run.memory = rememberSplit(good, name, isSplit, now);
  if (primary !== undefined && isEnding(primary)) {
    zone.handsOver = primary.id;
  }
  const { standIn, endingStandIn, stoodIn } = diagnosis.view;
  zone.standIns = [standIn ?? endingStandIn, stoodIn].flatMap((entry) => entry?.instance.id ?? []);
  Object.assign(zone, leftBefore(diagnosis, trigger));
  if (!isStandby(diagnosis.zone)) {
    Object.assign(zone, outageSeen(zone, diagnosis, trigger, now));
  }
}

/** The end of an instance whose zone is carried by another is no outage any more: the traffic had left it. */
function leftBefore({ view }: Diagnosed, trigger: Trigger): Pick<ZoneRun, 'handsOver'> {
  const ids = view.standIn === undefined || trigger.kind !== 'instances' ? [] : trigger.instanceIds;
  const left = view.instances.find(({ id }) => ids.includes(id));
  return left === undefined ? {} : { handsOver: left.id };
}

import type { Diagnosis } from '../core/diagnose/diagnose.ts';
import { movedAt, rememberReading } from '../core/memory/memory.ts';
import type { ZoneName } from '../core/model/ids.ts';
import { hasJustFailed, type Reading } from '../core/model/reading.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import { isEnding, type Snapshot } from '../core/model/snapshot.ts';
import { type Clock, type DurationMs, type EpochMs, minuteMs, secondMs } from '../core/model/time.ts';
import { runLimits } from '../core/model/worst-day.ts';
import { type Haste, hasteOfWitness } from '../core/neighbours/silence.ts';
import { isStandby } from '../core/neighbours/standby.ts';
import { askAgainAfterMs, askNowAndThenMs } from '../core/plan/more-readings.ts';
import type { RunContext } from './context.ts';
import { longestAnswerMs, outcomeOf, type Question, questionOf } from './question.ts';
import type { Asking } from './run.ts';

/**
 * Of one zone and run, under way at a time, where its traffic has just been moved: nine of three zones with the controller,
 * of the ten that a new account may run.
 */
const maxPendingOnTrial = 3;
/** Where the traffic has just been moved: what does not pass there is to be back within seconds. */
export const askSoonMs: DurationMs = secondMs / 2;
const justMovedMs: DurationMs = 5 * secondMs;
/**
 * And for so long, where nothing passes through what has booted: the first answers may be seconds late, since another
 * zone's launch is waited for before anybody is asked, and a second question at a time has a process made for it.
 */
export const failsSinceMovedMs: DurationMs = 10 * secondMs;
/** For so long after that so many of the run's questions are kept. */
const trialMs: DurationMs = 15 * secondMs;
const keptForTrial = 10;
/** In a long run what was heard must not grow too old to count. */
const refreshAfterMs: DurationMs = 20 * secondMs;

export function probedZones({
  settings,
  askProbe,
}: Pick<RunContext, 'settings' | 'askProbe'>): ZoneSettings[] {
  return askProbe === undefined ? [] : settings.zones.filter(({ probe }) => probe !== undefined);
}

/** At the first look everybody's; later those that may have something new to say, and all while one zone's requests fail. */
export function askAtLook(
  instances: Snapshot['instances'],
  before: readonly Diagnosis[] | undefined,
  context: RunContext,
): void {
  const now = context.clock.now();
  for (const zone of probedZones(context)) {
    if (isNewlyEnding(zone.name, instances, before, context)) {
      askAboutEnding(zone, instances, context);
      continue;
    }
    const everyMs = before === undefined ? secondMs : paceOf(zone.name, before, context);
    if (everyMs !== undefined || isStale(zone.name, now, context)) {
      ask(zone, instances, everyMs ?? secondMs, context);
    }
  }
}

/** What carried the zone at the last look has been shut down since, and may hold that: nobody has asked it yet. */
function isNewlyEnding(
  name: ZoneName,
  instances: Snapshot['instances'],
  before: readonly Diagnosis[] | undefined,
  { settings }: RunContext,
): boolean {
  const diagnosis = before?.find(({ zone }) => zone.name === name);
  const carrier = diagnosis?.kind === 'diagnosed' ? diagnosis.primary : undefined;
  return (
    settings.handOverMs !== undefined &&
    carrier?.state === 'running' &&
    instances.known &&
    instances.value.items.some((instance) => instance.id === carrier.id && isEnding(instance))
  );
}

/** At once, whatever else is under way. Only what is asked from now on tells of it. */
function askAboutEnding(zone: ZoneSettings, instances: Snapshot['instances'], context: RunContext): void {
  const { run, clock } = context;
  const question = questionOf(zone, instances, context);
  const asking = askingOf(zone.name, undefined, run);
  asking.sinceEnding = clock.now();
  send(zone, question, asking, context);
}

function isStale(zone: ZoneName, now: EpochMs, { run }: RunContext): boolean {
  const lastAt = run.asking.get(zone)?.lastAt;
  return lastAt === undefined || now - lastAt >= refreshAfterMs;
}

/** How often a probe is asked; undefined: it need not be. */
export function paceOf(
  zone: ZoneName,
  diagnoses: readonly Diagnosis[],
  { run, clock }: RunContext,
): DurationMs | undefined {
  const own = diagnoses.find((diagnosis) => diagnosis.zone.name === zone);
  const isAskedQuickly = (entry: Diagnosis) =>
    hasteNow(run.asking.get(entry.zone.name)) !== undefined && isFailing(entry);
  const haste = diagnoses.some(isAskedQuickly) ? hasteNow(run.asking.get(zone)) : undefined;
  if (haste !== undefined) {
    return haste.everyMs;
  }
  const besideMs = diagnoses.some(isAskedQuickly) ? secondMs : askNowAndThenMs;
  const beside = diagnoses.some(isFailing) ? besideMs : undefined;
  if (own?.kind !== 'diagnosed') {
    return beside;
  }
  if (clock.now() - movedAt(run.memory, zone) < failsSinceMovedMs && isFailing(own)) {
    return askSoonMs;
  }
  return run.memory.readings.has(zone) ? (askAgainAfterMs(own, clock.now()) ?? beside) : secondMs;
}

/** Where there are questions left of those that follow each other quickly. */
function hasteNow(asking: Asking | undefined): Haste | undefined {
  const { haste, count = 0 } = asking ?? {};
  return haste !== undefined && count < haste.times ? haste : undefined;
}

/** Whether it fails elsewhere too tells where the trouble is. */
function isFailing(diagnosis: Diagnosis): boolean {
  if (diagnosis.kind === 'undiagnosed' || !('row' in diagnosis.verdict)) {
    return false;
  }
  return diagnosis.verdict.kind !== 'undecided' || !diagnosis.verdict.boots;
}

export function ask(
  zone: ZoneSettings,
  instances: Snapshot['instances'],
  everyMs: DurationMs,
  context: RunContext,
): void {
  const { run, clock } = context;
  // Its zone's questions, which come in quick succession, are about it too, and go to the same probe.
  if (hasteNow(run.asking.get(zone.standbyFor ?? zone.name)) !== undefined && isStandby(zone)) {
    return;
  }
  const question = questionOf(zone, instances, context);
  const asking = askingOf(zone.name, question.haste, run);
  const nextAt = nextQuestionAt(zone.name, everyMs, context);
  if (nextAt !== undefined && clock.now() >= nextAt) {
    send(zone, question, asking, context);
  }
}

function askingOf(zone: ZoneName, haste: Haste | undefined, { asking }: RunContext['run']): Asking {
  const known = asking.get(zone) ?? { count: 0, haste, pending: new Set() };
  asking.set(zone, known);
  return known;
}

function send(zone: ZoneSettings, question: Question, asking: Asking, context: RunContext): void {
  const { clock, askProbe } = context;
  if (askProbe === undefined) {
    return;
  }
  const askedAt = clock.now();
  asking.lastAt = askedAt;
  asking.count += 1;
  const answer = outcomeOf(askProbe, zone, question, clock).then((outcome) => {
    noteAnswer(zone, { askedAt, answeredAt: clock.now(), outcome }, context);
    asking.pending.delete(answer);
  });
  asking.pending.add(answer);
}

export function noteAnswer(zone: ZoneSettings, reading: Reading, context: RunContext): void {
  const { run } = context;
  run.memory = rememberReading(run.memory, zone.name, reading);
  noteOfStandby(zone, reading, context);
}

/** What the zone's own probe has heard of its standby is the standby's reading as well: it has no other probe. */
export function noteOfStandby({ name }: ZoneSettings, reading: Reading, { settings, run }: RunContext): void {
  const standby = settings.zones.find(({ standbyFor }) => standbyFor === name);
  const { outcome } = reading;
  if (standby !== undefined && outcome.kind === 'answered' && outcome.answer.beside !== undefined) {
    const answer = { targets: [], instances: outcome.answer.beside };
    run.memory = rememberReading(run.memory, standby.name, {
      ...reading,
      outcome: { kind: 'answered', answer },
    });
  }
}

/** Undefined: an answer has to come first. */
export function nextQuestionAt(
  zone: ZoneName,
  everyMs: DurationMs,
  { run, clock }: RunContext,
): EpochMs | undefined {
  const asking = run.asking.get(zone);
  const { lastAt, count = 0 } = asking ?? {};
  const moved = movedAt(run.memory, zone);
  const most = clock.now() - moved < failsSinceMovedMs ? maxPendingOnTrial : runLimits.questionsAtATime;
  if ((asking?.pending.size ?? 0) >= Math.max(most, hasteNow(asking)?.pending ?? 0)) {
    return undefined;
  }
  const wanted =
    lastAt === undefined || lastAt < moved
      ? moved
      : lastAt + (lastAt - moved < justMovedMs ? askSoonMs : everyMs);
  // A deployment takes minutes, and each has its share.
  const isOnTrial = clock.now() - moved < trialMs;
  const share = runLimits.questions - (isOnTrial ? 0 : keptForTrial);
  const allowed = run.startedAt + Math.floor(count / share) * minuteMs;
  return Math.max(wanted, allowed);
}

/** Where a zone has not been heard yet, its answer is waited for; within limits, since a settled run is kept by it. */
export async function firstAnswers(instances: Snapshot['instances'], context: RunContext): Promise<boolean> {
  const { run, clock, deadline } = context;
  const until = Math.min(clock.now() + longestAnswerMs, deadline);
  const unheard = () =>
    [...run.asking].flatMap(([zone, { pending }]) => (run.memory.readings.has(zone) ? [] : [...pending]));
  const hasToWait = unheard().length > 0;
  while (unheard().length > 0 && clock.now() < until) {
    const next = Math.min(until, askSuspects(instances, context));
    await anyOf(unheard(), Math.max(next - clock.now(), 1), clock);
  }
  return hasToWait;
}

/**
 * Where a neighbour no longer hears an instance, its zone's probe and the neighbour's are asked again before they have
 * answered, until a request passes there. Returns when that is due again.
 */
function askSuspects(instances: Snapshot['instances'], context: RunContext): EpochMs {
  const { run } = context;
  const hasty = probedZones(context).flatMap((zone) => {
    const haste = hasteNow(run.asking.get(zone.name));
    return haste === undefined ? [] : [{ zone, everyMs: haste.everyMs }];
  });
  const mayFail = ({ zone: { name } }: (typeof hasty)[number]) => {
    const readings = run.memory.readings.get(name);
    const isWitness = run.asking.get(name)?.haste === hasteOfWitness;
    return !isWitness && (readings === undefined || hasJustFailed(readings));
  };
  if (!hasty.some(mayFail)) {
    return Number.POSITIVE_INFINITY;
  }
  for (const { zone, everyMs } of hasty) {
    ask(zone, instances, everyMs, context);
  }
  const next = hasty.flatMap(({ zone, everyMs }) => nextQuestionAt(zone.name, everyMs, context) ?? []);
  return Math.min(Number.POSITIVE_INFINITY, ...next);
}

/** Until one of them is there, or the time is over. */
export async function anyOf(
  answers: readonly Promise<void>[],
  limitMs: DurationMs,
  clock: Clock,
): Promise<void> {
  let cancel = () => {};
  const limit = new Promise<void>((resolve) => {
    cancel = clock.after(limitMs, resolve);
  });
  await Promise.race([...answers, limit]);
  cancel();
}

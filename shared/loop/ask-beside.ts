import { isAboutKnown } from '../core/diagnose/whose-event.ts';
import type { ProbeOutcome } from '../core/model/reading.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { DurationMs, EpochMs } from '../core/model/time.ts';
import { suspectsOf, type Trigger } from '../core/model/trigger.ts';
import { whoLooksAfter } from '../core/neighbours/ring.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { noteAnswer, noteOfStandby, probedZones } from './ask-probes.ts';
import type { LoopDeps, RunContext } from './context.ts';
import { lastRing } from './last-ring.ts';
import { outcomeOf, type Question, questionOf } from './question.ts';

/** Sent beside the first reads; its times are those of this machine. */
export type EarlyQuestion = {
  readonly zone: ZoneSettings;
  readonly question: Question;
  readonly askedAt: EpochMs;
  readonly answer: Promise<{ readonly outcome: ProbeOutcome; readonly at: EpochMs }>;
};

/**
 * Whoever may have to carry the zone of the event is asked beside the first reads, about the instances that this process
 * listed last: a round trip less until the traffic moves. So is the zone's own probe where a neighbour no longer hears the
 * instance: nothing else tells of that. What they say counts only where EC2 lists the same ones now.
 */
export function askBeside(trigger: Trigger, deps: LoopDeps): readonly EarlyQuestion[] {
  const { settings, processMemory: known, askProbe, clock, ec2Context } = deps;
  const listed = known?.listed;
  const isOurs = known !== undefined && isAboutKnown(trigger, known.ours);
  if (askProbe === undefined || listed?.known !== true || !isOurs || !mayStandIn(settings)) {
    return [];
  }
  const ids: readonly string[] = trigger.kind === 'instances' ? trigger.instanceIds : [];
  const suspects = suspectsOf(trigger, clock.now() + ec2Context.ec2.clockOffsetMs());
  const failing = listed.value.items.filter(({ id }) => ids.includes(id)).map(({ zone }) => zone);
  const ring = lastRing(deps);
  const carriers = settings.zones
    .filter(({ name }) => failing.includes(name))
    .map(({ name }) => whoLooksAfter(name, ring)?.name);
  const isAskedNow = ({ name, standbyFor }: ZoneSettings) =>
    suspects.length === 0
      ? carriers.includes(name) && !failing.includes(name)
      : failing.includes(name) || (carriers.includes(name) && standbyFor === undefined);
  return probedZones(deps)
    .filter(isAskedNow)
    .map((zone) => {
      const question = questionOf(zone, listed, { settings, suspects, processMemory: known });
      const askedAt = clock.now();
      const answer = outcomeOf(askProbe, zone, question, clock).then((outcome) => ({
        outcome,
        at: clock.now(),
      }));
      return { zone, question, askedAt, answer };
    });
}

/** `offsetMs`: by how much EC2's clock is ahead of this machine's. */
export function noteAskedBeside(
  questions: readonly EarlyQuestion[],
  instances: Snapshot['instances'],
  context: RunContext,
  offsetMs: DurationMs,
): void {
  const { run } = context;
  for (const { zone, question, askedAt, answer } of questions) {
    const { about, haste } = questionOf(zone, instances, context);
    const isOwn = isSame(about, question.about);
    const standby = standbyIn(question, zone, instances, context);
    if (!isOwn && standby === undefined) {
      continue;
    }
    const pending = new Set<Promise<void>>();
    const asking = { lastAt: askedAt + offsetMs, count: 1, pending };
    if (isOwn) {
      run.asking.set(zone.name, { ...asking, haste });
    }
    if (standby !== undefined) {
      run.asking.set(standby.name, asking);
    }
    const noted = answer.then(({ outcome, at }) => {
      const reading = { askedAt: askedAt + offsetMs, answeredAt: at + offsetMs, outcome };
      (isOwn ? noteAnswer : noteOfStandby)(zone, reading, context);
      pending.delete(noted);
    });
    pending.add(noted);
  }
}

/** The zone's standby, where the question was about that too: also where the zone's own instance has ended since. */
function standbyIn(
  { beside }: Question,
  { name }: ZoneSettings,
  instances: Snapshot['instances'],
  context: RunContext,
): ZoneSettings | undefined {
  return context.settings.zones.find(
    (zone) => zone.standbyFor === name && isSame(questionOf(zone, instances, context).about, beside),
  );
}

function isSame(one: Question['about'], other: Question['about']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

import { isAboutKnown } from '../core/diagnose/whose-event.ts';
import { rememberReading } from '../core/memory/memory.ts';
import type { AskedInstance, ProbeOutcome } from '../core/model/reading.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { DurationMs, EpochMs } from '../core/model/time.ts';
import type { Trigger } from '../core/model/trigger.ts';
import { whoLooksAfter } from '../core/neighbours/ring.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { askedInstances, outcomeOf, probedZones } from './ask-probes.ts';
import type { LoopDeps, RunContext } from './context.ts';

/** Sent beside the first reads; its times are those of this machine. */
export type EarlyQuestion = {
  readonly zone: ZoneSettings;
  readonly about: readonly AskedInstance[];
  readonly askedAt: EpochMs;
  readonly answer: Promise<{ readonly outcome: ProbeOutcome; readonly at: EpochMs }>;
};

/**
 * Whoever may have to carry the zone of the event is asked beside the first reads, about the instances that this process
 * listed last: a round trip less until the traffic moves. What it says counts only where EC2 lists the same ones now.
 */
export function askBeside(trigger: Trigger, deps: LoopDeps): readonly EarlyQuestion[] {
  const { settings, processMemory: known, askProbe, clock } = deps;
  const listed = known?.listed;
  const isOurs = known !== undefined && isAboutKnown(trigger, known.ours);
  if (askProbe === undefined || listed?.known !== true || !isOurs || !mayStandIn(settings)) {
    return [];
  }
  const ids: readonly string[] = trigger.kind === 'instances' ? trigger.instanceIds : [];
  const failing = listed.value.items.filter(({ id }) => ids.includes(id)).map(({ zone }) => zone);
  const carriers = settings.zones
    .filter(({ name }) => failing.includes(name))
    .map(({ name }) => whoLooksAfter(name, settings.zones)?.name);
  return probedZones(deps)
    .filter(({ name }) => carriers.includes(name) && !failing.includes(name))
    .map((zone) => {
      const about = askedInstances(listed, zone.name, deps);
      const askedAt = clock.now();
      const answer = outcomeOf(askProbe, zone, about, clock).then((outcome) => ({
        outcome,
        at: clock.now(),
      }));
      return { zone, about, askedAt, answer };
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
  for (const { zone, about, askedAt, answer } of questions) {
    if (JSON.stringify(askedInstances(instances, zone.name, context)) !== JSON.stringify(about)) {
      continue;
    }
    const pending = new Set<Promise<void>>();
    run.asking.set(zone.name, { lastAt: askedAt + offsetMs, count: 1, isSuspected: false, pending });
    const noted = answer.then(({ outcome, at }) => {
      const reading = { askedAt: askedAt + offsetMs, answeredAt: at + offsetMs, outcome };
      run.memory = rememberReading(run.memory, zone.name, reading);
      pending.delete(noted);
    });
    pending.add(noted);
  }
}

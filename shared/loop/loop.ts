import type { Actuator } from '../aws/actuator.ts';
import {
  type FirstAnswer,
  nothingAround,
  observeAround,
  observeImages,
  observeInstances,
} from '../aws/observe.ts';
import { type Diagnosis, diagnose } from '../core/diagnose/diagnose.ts';
import { isStart, leavesWaitingToOthers, type Whose, whoseEvent } from '../core/diagnose/whose-event.ts';
import { learnFromEffect } from '../core/memory/learn.ts';
import { rememberCarrier, withMarks, withWords } from '../core/memory/memory.ts';
import type { Settings } from '../core/model/settings.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { type Clock, type DurationMs, type EpochMs, shifted } from '../core/model/time.ts';
import {
  believedEventTime,
  carriesOn,
  isDryRun,
  isRebuild,
  isStatus,
  type Trigger,
} from '../core/model/trigger.ts';
import { commandPlan } from '../core/plan/command.ts';
import { held, nextPauseMs } from '../core/plan/pauses.ts';
import { plan } from '../core/plan/plan.ts';
import { skipRecentSteps } from '../core/plan/skip-recent-steps.ts';
import { type PlanContext, type ZonePlan, zonePlan } from '../core/plan/zone-plan.ts';
import { buildReport } from '../core/report/build-report.ts';
import { isWithoutEgress, troubleOf } from '../core/report/outage.ts';
import type { Report } from '../core/report/report.ts';
import { hearBoots } from './hear-boots.ts';
import { actOnZone, type Log } from './perform-plan.ts';
import { failuresOf, hasFailedBoot, noteDenied, noteEndless, type Run, startRun } from './run.ts';
import { unseen, untilRestored } from './until-restored.ts';

export type LoopDeps = {
  readonly settings: Settings;
  readonly actuator: Actuator;
  readonly clock: Clock;
  readonly digest: (text: string) => string;
  /** No new look starts after this. */
  readonly deadline: EpochMs;
  readonly log: Log;
  /** When a deployment began: it is done only when the boots of its instances have said that they forward. */
  readonly deployingSince?: EpochMs;
};

/** A limit on everything: at a look a second no run of a minute comes near it. */
const mostLooks = 100;
/**
 * For the first call of a run about an event of somebody's instance. Most such events are about others' instances, and
 * come in crowds; where EC2 throttles, runs that insist are what it throttles. The schedule looks within the minute. Not
 * for a warning (Spot, rebalance), which no Describe call repeats: it is lost where this run cannot look.
 */
const triesAboutAnEvent = 3;

function triesOf(trigger: Trigger): { readonly mostTries?: number } {
  return trigger.kind === 'instances' && trigger.mark === undefined ? { mostTries: triesAboutAnEvent } : {};
}

/**
 * observe, diagnose, plan, act, until every zone is settled or the time is nearly used. The trigger only says "look
 * now": what is done follows from the snapshot, so a lost, doubled or late event changes nothing.
 */
export async function runLoop(trigger: Trigger, given: LoopDeps): Promise<Report> {
  const askedAt = given.clock.now();
  const answer = await observeInstances(observation(given), triesOf(trigger));
  const offsetMs = given.actuator.ec2.clockOffsetMs();
  const deps = inEc2Time(given, offsetMs);
  const { clock, settings } = deps;
  const first = { ...answer, beganAt: answer.beganAt + offsetMs };
  const zoneNames = settings.zones.map((zone) => zone.name);
  const startedAt = askedAt + offsetMs;
  const run = startRun(zoneNames, believedEventTime(trigger.at, startedAt), startedAt);
  const whose = whoseEvent(trigger, first.instances);
  const early = reportAtOnce(whose, trigger, first, run, deps);
  if (early !== undefined) {
    return early;
  }
  let look = await firstLook(whose, trigger, first, run, deps);
  if (isDryRun(trigger)) {
    return await dryRun(trigger, look, run, deps);
  }
  const opening = openingPlans(trigger, look, run, deps);
  const told = opening.map(performed);
  if (isRefused(trigger, opening)) {
    return report(trigger, run, look.diagnoses, told, deps, 'refused');
  }
  if (await actOn(opening, run, deps)) {
    look = await untilRestored(trigger, () => nextLook(trigger, run, deps), run, deps);
  }
  if (isStatus(trigger)) {
    return report(trigger, run, look.diagnoses, await decide(look, run, deps), deps);
  }
  if (!carriesOn(trigger)) {
    return report(trigger, run, look.diagnoses, [...told, ...unseen(trigger, look, deps)], deps);
  }
  const waitsForOthers = leavesWaitingToOthers(trigger, whose);
  for (let looks = 1; ; looks += 1) {
    const plans = await decide(look, run, deps);
    const acted = await actOn(plans, run, deps);
    const pauseMs = acted ? 0 : nextPauseMs(plans, run, waitsForOthers);
    const isOver = looks >= mostLooks || hasFailedDeployment(run, deps);
    if (pauseMs === undefined || isOver || clock.now() + pauseMs >= deps.deadline) {
      return report(trigger, run, look.diagnoses, [...plans, ...told], deps);
    }
    await clock.sleep(pauseMs);
    look = await nextLook(trigger, run, deps);
  }
}

/**
 * A run compares with the times of EC2 (launches, attachments, ends) and with those that earlier runs wrote into tags, on
 * other machines. So all its times are EC2's, from one difference for the whole run: a clock that jumped within a run
 * would end it, or never.
 */
function inEc2Time(deps: LoopDeps, offsetMs: DurationMs): LoopDeps {
  const { deployingSince } = deps;
  const began = deployingSince === undefined ? {} : { deployingSince: deployingSince + offsetMs };
  return { ...deps, clock: shifted(deps.clock, offsetMs), deadline: deps.deadline + offsetMs, ...began };
}

/** Where a new instance cannot forward, another would do no better. */
function hasFailedDeployment(run: Run, { deployingSince }: LoopDeps): boolean {
  return deployingSince !== undefined && hasFailedBoot(run);
}

type Look = { readonly snapshot: Snapshot; readonly diagnoses: readonly Diagnosis[] };

/**
 * A report where one call has shown that there is nothing to look for: the event is about others' instances. Or that
 * there is nothing to see: without our instances no zone can be judged, and the event may be about anybody's.
 */
function reportAtOnce(whose: Whose, trigger: Trigger, first: FirstAnswer, run: Run, deps: LoopDeps) {
  if (whose === 'foreign') {
    return report(trigger, run, [], [], deps, 'ignored');
  }
  if (whose === 'unread' && !first.instances.known) {
    const { diagnoses } = judge(nothingAround(first, first.instances, deps.clock), run, deps);
    return report(trigger, run, diagnoses, [], deps);
  }
  return undefined;
}

function firstLook(whose: Whose, trigger: Trigger, first: FirstAnswer, run: Run, deps: LoopDeps) {
  const isFailure = trigger.kind === 'instances' && whose === 'ours' && !isStart(trigger);
  // After a failure the next call that counts is the launch: read the images now, in parallel, and the checks later. And
  // a rebuild begins only where there is something to launch.
  const images = isFailure || isRebuild(trigger);
  return lookAround(first, { statuses: !isFailure, images }, trigger, run, deps);
}

async function nextLook(trigger: Trigger, run: Run, deps: LoopDeps): Promise<Look> {
  const first = await observeInstances(observation(deps));
  return lookAround(first, { statuses: true, images: false }, trigger, run, deps);
}

async function lookAround(
  first: FirstAnswer,
  wanted: { readonly statuses: boolean; readonly images: boolean },
  trigger: Trigger,
  run: Run,
  deps: LoopDeps,
): Promise<Look> {
  const snapshot = await observeAround(observation(deps), first, wanted);
  run.lastLookAt = snapshot.takenAt;
  noteEndless(Object.values(snapshot), run);
  const seen = judge(snapshot, run, deps);
  const { ec2 } = deps.actuator;
  const hasAsked = await hearBoots(seen.diagnoses, run, { ...deps, ec2 });
  const look = hasAsked ? judge({ ...snapshot, takenAt: deps.clock.now() }, run, deps) : seen;
  for (const diagnosis of look.diagnoses) {
    follow(diagnosis, trigger, snapshot.takenAt, run);
  }
  return look;
}

function judge(snapshot: Snapshot, run: Run, deps: LoopDeps): Look {
  const marked = withWords(withMarks(snapshot, run.memory), run.memory);
  const context = judgeContext(snapshot, deps);
  return {
    snapshot: marked,
    diagnoses: deps.settings.zones.map((zone) => diagnose(marked, zone, context)),
  };
}

/** Keeps the times that the report and the metrics need. */
function follow(diagnosis: Diagnosis, trigger: Trigger, now: EpochMs, run: Run): void {
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

/** What the trigger asks for beyond looking: an operator's command, a warning to be written down. */
function openingPlans(trigger: Trigger, look: Look, { memory }: Run, deps: LoopDeps): ZonePlan[] {
  const { settings, clock } = deps;
  const now = clock.now();
  return look.diagnoses.map((diagnosis) =>
    commandPlan(trigger, diagnosis, look.snapshot, { now, settings, memory }),
  );
}

/** What a command had to say, without the steps that are done. */
function performed(entry: ZonePlan): ZonePlan {
  return zonePlan(entry.zone, { findings: entry.findings });
}

/** A rebuild that every zone refuses that it is meant for: nothing was begun, and the zones are left to the next run. */
function isRefused(trigger: Trigger, opening: readonly ZonePlan[]): boolean {
  if (trigger.kind !== 'manual') {
    return false;
  }
  const { zone } = trigger.command;
  return opening
    .filter((entry) => zone === undefined || entry.zone === zone)
    .every(({ findings }) => findings.some(({ code }) => code === 'rebuild-refused'));
}

/** The plan of the first look, with a rebuild's mark taken as written; nothing is performed. */
async function dryRun(trigger: Trigger, look: Look, run: Run, deps: LoopDeps): Promise<Report> {
  const opening = openingPlans(trigger, look, run, deps);
  for (const { zone, waves } of opening) {
    for (const step of waves.flat()) {
      run.memory = learnFromEffect(run.memory, zone, step, { kind: 'done' }, deps.clock.now());
    }
  }
  const then = carriesOn(trigger) ? await decide(judge(look.snapshot, run, deps), run, deps) : [];
  const plans = [...opening, ...then];
  return report(trigger, run, look.diagnoses, plans, deps, 'planned');
}

/** The plan for a look; where it wants a launch and the images were not read, they are read and it is made again. */
async function decide(look: Look, run: Run, deps: LoopDeps): Promise<ZonePlan[]> {
  const planFor = (images: Snapshot['images']) => plan(look.diagnoses, planContext(look, images, run, deps));
  const first = planFor(look.snapshot.images);
  const images = first.some(({ needsImages }) => needsImages)
    ? (run.endless ?? run.deniedImages ?? (await observeImages(observation(deps))))
    : look.snapshot.images;
  noteEndless([images], run);
  noteDenied(images, run);
  const plans = images === look.snapshot.images ? first : planFor(images);
  const now = deps.clock.now();
  return plans.map((entry) => held(skipRecentSteps(entry, run.memory, now), run, now));
}

/** All zones at once: they do not share fate. True if anything was attempted. */
async function actOn(plans: readonly ZonePlan[], run: Run, deps: LoopDeps): Promise<boolean> {
  const busy = plans.filter((entry) => entry.waves.length > 0);
  await Promise.all(
    busy.map(async (entry) => {
      const zone = run.zones.get(entry.zone);
      if (zone !== undefined) {
        await actOnZone(entry, run, zone, deps);
      }
    }),
  );
  return busy.length > 0;
}

function judgeContext(snapshot: Snapshot, { settings, actuator }: LoopDeps) {
  return { settings, specHash: actuator.specHash, now: snapshot.takenAt };
}

function planContext(look: Look, images: Snapshot['images'], run: Run, deps: LoopDeps): PlanContext {
  return {
    ...judgeContext(look.snapshot, deps),
    ...failuresOf(run),
    lookBeganAt: look.snapshot.beganAt,
    images,
    memory: run.memory,
    digest: deps.digest,
  };
}

function observation({ actuator, settings, clock }: LoopDeps) {
  return { ec2: actuator.ec2, settings, clock };
}

function report(
  trigger: Trigger,
  run: Run,
  diagnoses: readonly Diagnosis[],
  plans: readonly ZonePlan[],
  deps: LoopDeps,
  outcome?: Report['outcome'],
): Report {
  return buildReport({
    trigger,
    run,
    diagnoses,
    plans,
    calls: deps.actuator.ec2.counts(),
    maxLaunchesPerHour: deps.settings.maxLaunchesPerHour,
    endedAt: deps.clock.now(),
    ...(outcome === undefined ? {} : { outcome }),
  });
}

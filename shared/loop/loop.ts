import type { FirstAnswer } from '../aws/observe.ts';
import { whoseEvent } from '../core/diagnose/whose-event.ts';
import { describeLagMs } from '../core/memory/memory.ts';
import { inDoubt, intentOf } from '../core/model/intent.ts';
import { isAlive } from '../core/model/snapshot.ts';
import { type DurationMs, secondMs } from '../core/model/time.ts';
import { believedEventTime, endedBy, suspectsOf, type Trigger } from '../core/model/trigger.ts';
import type { ZonePlan } from '../core/plan/zone-plan.ts';
import { buildReport } from '../core/report/build-report.ts';
import type { Report } from '../core/report/report.ts';
import { askBeside, noteAskedBeside } from './ask-beside.ts';
import { askMeanwhile, pauseAsking } from './ask-meanwhile.ts';
import { isBeingAsked, wordOfNeighbours, wordsOfEnding } from './await-words.ts';
import type { LoopDeps, RunContext } from './context.ts';
import { commandPlans, decide, foresee, helpedZones, isRefused, leftOver, withoutSteps } from './decide.ts';
import {
  awaitedZones,
  firstAnswer,
  firstLook,
  heard,
  heardOfEnding,
  type Look,
  lookAtNothing,
  nextLook,
  noteOurs,
  seenNow,
} from './look.ts';
import { inEc2Time, pauseBefore, unseen, untilRestored } from './pace.ts';
import { actOnZone } from './perform-plan.ts';
import { startRun } from './run.ts';
import { finishTelling, tellInUse } from './tell-in-use.ts';

/**
 * observe, diagnose, plan, act, until every zone is settled or the time is nearly used. The trigger only says "look
 * now": what is done follows from the snapshot, so a lost, doubled or late event changes nothing.
 */
export async function runLoop(trigger: Trigger, given: LoopDeps): Promise<Report> {
  const { first, context } = await begin(trigger, given);
  const whose = whoseEvent(trigger, first.instances);
  if (whose === 'foreign') {
    return report({ diagnoses: [] }, [], context, 'ignored');
  }
  if (whose === 'unread' && !first.instances.known) {
    // The event may be about anybody's instance.
    return report(lookAtNothing(first, first.instances, context), [], context);
  }
  if (whose === 'doubtful') {
    const { beside: _another, ...alone } = first;
    return await carryOut(alone, { ...context, intent: inDoubt(context.intent) });
  }
  return await carryOut(first, context);
}

async function begin(trigger: Trigger, given: LoopDeps) {
  const intent = intentOf(trigger);
  const askedAt = given.clock.now();
  const beside = askBeside(trigger, given);
  const answer = await firstAnswer(trigger, intent, given);
  noteOurs(answer, given);
  const offsetMs = given.ec2Context.ec2.clockOffsetMs();
  const startedAt = askedAt + offsetMs;
  const zoneNames = given.settings.zones.map(({ name }) => name);
  const run = startRun(zoneNames, believedEventTime(trigger.at, startedAt), startedAt);
  const first: FirstAnswer = { ...answer, beganAt: answer.beganAt + offsetMs };
  const suspects = suspectsOf(trigger, startedAt);
  const context: RunContext = { ...inEc2Time(given, offsetMs), trigger, intent, run, suspects };
  noteAskedBeside(beside, first.instances, context, offsetMs);
  return { first, context };
}

async function carryOut(first: FirstAnswer, context: RunContext): Promise<Report> {
  const { trigger, intent } = context;
  const seen = await firstLook(first, context);
  let look = await hearOfEnding(seen, context);
  if (intent.planOnly) {
    look = await heard(look, context);
    return report(look, await foresee(look, context), context, 'planned');
  }
  const commands = commandPlans(look, context);
  const told = commands.map(withoutSteps);
  if (isRefused(trigger, commands)) {
    return report(look, told, context, 'refused');
  }
  if (await actOn(commands, context)) {
    look = await hearOfEnding(await untilRestored(() => nextLook(context), context), context);
  }
  switch (intent.course) {
    case 'show':
      look = await heard(look, context);
      return report(look, await decide(look, context), context);
    case 'once':
      return report(look, [...told, ...unseen(look, context), ...(await leftOver(look, context))], context);
    case 'follow':
      return await follow(look, told, context);
  }
}

/** Looks and acts until nothing is left to do or to wait for. */
async function follow(began: Look, told: readonly ZonePlan[], context: RunContext): Promise<Report> {
  let look = began;
  for (let looks = 1; ; looks += 1) {
    let plans = await decide(look, context);
    const awaited = plans.flatMap(({ zone, awaitsWordOf: by }) => (by === undefined ? [] : [{ zone, by }]));
    if (awaited.length > 0) {
      look = await heardOfNeighbours(look, awaited, context);
      plans = await decide(look, context);
    }
    const isIdle = plans.every(({ waves }) => waves.length === 0);
    if (isIdle && isBehind(look, context)) {
      // Its own probe would wait in vain for it, and EC2 shows the end within a moment.
      await context.clock.sleep(lookAgainMs);
      look = await lookAgain(look, context);
      continue;
    }
    const withAnswers = isIdle ? await heard(look, context) : look;
    if (withAnswers !== look) {
      look = withAnswers;
      plans = await decide(look, context);
    }
    tellInUse(look.snapshot, context);
    const hasActed = await askMeanwhile(actOn(plans, context), look.snapshot, context);
    const pauseMs = pauseBefore(looks + 1, { plans, diagnoses: look.diagnoses }, hasActed, context);
    if (pauseMs === undefined) {
      await finishTelling(context);
      return report(look, [...plans, ...told], context);
    }
    await pauseAsking(look, pauseMs, context, () => seenNow(look, context));
    look = await lookAgain(look, context);
  }
}

/**
 * Where a neighbour has not answered, the look is some seconds old, and another run may have heard it and moved the zone
 * there: what healed the zone as without a neighbour would cut off what works.
 */
async function heardOfNeighbours(
  look: Look,
  awaited: Parameters<typeof wordOfNeighbours>[0],
  context: RunContext,
): Promise<Look> {
  const haveAnswered = await wordOfNeighbours(awaited, context);
  const answered = seenNow(look, context);
  const seen = await hearOfEnding(answered, context);
  return haveAnswered ? seen : await lookAgain(seen, context);
}

async function lookAgain(before: Look, context: RunContext): Promise<Look> {
  return await hearOfEnding(await nextLook(context, before), context);
}

/**
 * What is going down needs a successor, whatever it says: that is launched at once, and with an address of its own. Only
 * whether the traffic stays where it is until that is ready depends on its word, which comes meanwhile.
 */
async function hearOfEnding(look: Look, context: RunContext): Promise<Look> {
  const { run, intent } = context;
  const names = awaitedZones(look, helpedZones(look, context), context);
  run.awaited = new Set(names.filter((name) => isBeingAsked(name, run)));
  if (run.awaited.size === 0) {
    // An answer may have come since the look.
    return names.length === 0 ? look : heardOfEnding(look, names, context);
  }
  const mayAct = intent.course === 'follow' && !intent.planOnly;
  const [isHeard, hasActed] = await Promise.all([
    wordsOfEnding([...run.awaited], context),
    mayAct && launchSuccessors(seenNow(look, context), context),
  ]);
  run.awaited = new Set();
  const heardNow = isHeard ? heardOfEnding(look, names, context) : look;
  return hasActed ? await lookAgain(heardNow, context) : heardNow;
}

/**
 * Where EC2 refuses that (a policy of the account that lets no instance have a public address of its own, say), the zone is
 * healed as if nothing had been tried.
 */
async function launchSuccessors(look: Look, context: RunContext): Promise<boolean> {
  const { awaited, zones } = context.run;
  const plans = await decide(look, context);
  const before = [...zones].map(([name, { failuresInRow, retryAt, blocked }]) => {
    return [name, { failuresInRow, retryAt, blocked }] as const;
  });
  const hasActed = await actOn(
    plans.filter(({ zone }) => awaited.has(zone)),
    context,
  );
  for (const [name, progress] of before.filter(([zone]) => awaited.has(zone))) {
    Object.assign(zones.get(name) ?? {}, progress);
  }
  return hasActed;
}

/** EC2's answers show an instance as alive that ended, by its event, a moment ago. */
function isBehind({ snapshot: { instances } }: Look, { trigger, run, clock }: RunContext): boolean {
  const now = clock.now();
  const ended = endedBy(trigger, now);
  return (
    now - run.startedAt < describeLagMs &&
    instances.known &&
    instances.value.items.some((instance) => ended.includes(instance.id) && isAlive(instance))
  );
}

const lookAgainMs: DurationMs = secondMs / 2;

/** All zones at once: they do not share fate. True if anything was attempted. */
async function actOn(plans: readonly ZonePlan[], context: RunContext): Promise<boolean> {
  const { run } = context;
  const busy = plans.filter((entry) => entry.waves.length > 0);
  await Promise.all(
    busy.map(async (entry) => {
      const zone = run.zones.get(entry.zone);
      if (zone !== undefined) {
        await actOnZone(entry, run, zone, context);
      }
    }),
  );
  return busy.length > 0;
}

function report(
  { diagnoses }: Pick<Look, 'diagnoses'>,
  plans: readonly ZonePlan[],
  { trigger, run, ec2Context, settings, clock }: RunContext,
  outcome?: Report['outcome'],
): Report {
  return buildReport({
    trigger,
    run,
    diagnoses,
    plans,
    calls: ec2Context.ec2.counts(),
    maxLaunchesPerHour: settings.maxLaunchesPerHour,
    unwatched: settings.unwatched,
    endedAt: clock.now(),
    ...(outcome === undefined ? {} : { outcome }),
  });
}

import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Outage } from '../../../simulator/data-plane.ts';
import { Checker, type Violation } from '../checker/checker.ts';
import type { Hit } from '../faults/hit.ts';
import { isAboutCalls } from '../faults/inject-call-fault.ts';
import { injectFault } from '../faults/inject-fault.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { deletionLeavesNothing, noteRoutes, type RoutesAsFound } from './deletion.ts';
import { Play } from './play.ts';
import { pendingIn, settlesWithin, undoneIn } from './settled.ts';
import { successMeansEgress, updateInVain } from './update-in-vain.ts';

export type Verdict = {
  readonly violation: Violation | undefined;
  /** From the end of the last fault until every zone was settled. */
  readonly settledAfterMs: DurationMs | undefined;
  /** From the first fault on. */
  readonly outages: readonly Outage[];
  /** How many of the schedule's faults found something to do harm to. */
  readonly hit: number;
  readonly virtualMs: DurationMs;
  readonly calls: number;
  /** Of those, the ones that would change the account. */
  readonly changes: number;
  readonly endedAt: EpochMs;
};

/** Before anything goes wrong: long enough for a fault to meet a zone that has been settled for a while. */
const calmBeforeMs = 6 * minuteMs + 30 * secondMs;
/** After everything is settled: long enough to see that it stays so. */
const calmAfterMs = 7 * minuteMs + 30 * secondMs;

/** Of these, as long as a run that had begun before may take. */
const lastTouchesMs = 90 * secondMs;

/** Plays one schedule to its end, or to the first invariant that does not hold. */
export async function playSchedule(schedule: Schedule): Promise<Verdict> {
  const { verdict } = await playThrough(schedule);
  return verdict;
}

/** The same, with every fault, call and outage as a line of text, in order. */
export async function traceSchedule(
  schedule: Schedule,
): Promise<{ readonly verdict: Verdict; readonly trace: readonly string[] }> {
  const { verdict, play } = await playThrough(schedule);
  return { verdict, trace: traceOf(play) };
}

async function playThrough(schedule: Schedule): Promise<{ readonly verdict: Verdict; readonly play: Play }> {
  const play = new Play(schedule);
  const checker = new Checker(play);
  const routes = noteRoutes(play);
  const began = play.now;
  const injected: Hit[] = [];
  let troubledFrom = began;
  let outages: readonly Outage[] = [];
  let settledAfterMs: DurationMs | undefined;
  try {
    await begin(play, checker);
    troubledFrom = play.now;
    await injectFaults(schedule, injected, play, checker);
    settledAfterMs = await recover(play, checker);
    outages = play.harness.meter.outages().filter(({ to }) => to === undefined || to > troubledFrom);
    if (schedule.deletion !== 'none') await updateInVain(schedule.seed, play, checker);
    if (schedule.deletion !== 'none' && checker.violation === undefined) {
      await end(schedule, routes, play, checker);
    }
  } catch (error) {
    checker.report('plays-to-the-end', error instanceof Error ? error.stack : String(error));
  }
  const { violation } = checker;
  const hit = injected.filter((hasHit) => hasHit()).length;
  const verdict: Verdict = { violation, settledAfterMs, outages, hit, ...countsOf(play, began) };
  return { verdict, play };
}

function countsOf(
  { harness, now }: Play,
  began: EpochMs,
): Pick<Verdict, 'virtualMs' | 'calls' | 'changes' | 'endedAt'> {
  const { calls, mutatingCalls } = harness.sim;
  return {
    virtualMs: now - began,
    calls: calls.length,
    changes: mutatingCalls.length,
    endedAt: now,
  };
}

/** The stack is deployed, and some quiet minutes pass. */
async function begin(play: Play, checker: Checker): Promise<void> {
  const { harness, stack } = play;
  const answer = await stack.create();
  if (answer.Status !== 'SUCCESS') {
    checker.report('every-zone-settles', `the stack could not be created: ${answer.Reason ?? ''}`);
    return;
  }
  checker.report('success-means-egress', successMeansEgress(answer, play));
  // A takeover goes back after five requests that failed, which such a probe comes to by chance: not while one deploys.
  play.beginDay();
  harness.goLive();
  await harness.clock.runFor(calmBeforeMs);
}

/** Safety: under faults, every call is watched. */
async function injectFaults(
  { faults }: Schedule,
  injected: Hit[],
  play: Play,
  checker: Checker,
): Promise<void> {
  for (const { afterMs, fault } of faults) {
    if (checker.violation !== undefined) return;
    await play.harness.clock.runFor(afterMs);
    injected.push(injectFault(fault, play));
  }
  await play.harness.clock.runFor(minuteMs);
}

/** Liveness: the faults end, and within the bound everything is as it should be, and stays so. */
async function recover(play: Play, checker: Checker): Promise<DurationMs | undefined> {
  play.liftAll();
  const { clock } = play.harness;
  await clock.runUntil(Math.max(play.now, play.troubledUntil));
  const from = play.now;
  // What it was given once, it is given: the takeover that it has waited for is one that is not undone.
  let boundMs: DurationMs = 0;
  while (checker.violation === undefined) {
    const pending = pendingIn(play);
    if (pending === undefined) break;
    boundMs = Math.max(boundMs, settlesWithin(play));
    if (play.now - from > boundMs) {
      checker.report('every-zone-settles', `${pending}, ${boundMs / minuteMs} minutes after the last fault`);
    }
    play.resumeAll();
    play.rebuildWhatWasLedBack();
    await clock.runFor(10 * secondMs);
  }
  const settledAfterMs = play.now - from;
  await staySettled(play, checker);
  checker.checkRuns();
  return checker.violation === undefined ? settledAfterMs : undefined;
}

async function staySettled(play: Play, checker: Checker): Promise<void> {
  if (checker.violation !== undefined) return;
  const { harness } = play;
  await harness.clock.runFor(lastTouchesMs);
  const { length } = harness.sim.mutatingCalls;
  await harness.clock.runFor(calmAfterMs - lastTouchesMs);
  const restless = harness.sim.mutatingCalls[length];
  if (restless !== undefined) {
    checker.report(
      'settled-means-settled',
      `${restless.name} by ${restless.clientName}, long after all was settled`,
    );
  }
  while (!harness.isIdle()) await harness.clock.runFor(secondMs);
  const relapse = await relapseOf(play);
  if (relapse !== undefined) checker.report('every-zone-settles', `settled, and then: ${relapse}`);
}

/** A probe that errs fails three times in a row now and then, and that run says so: then the next ones are asked. */
async function relapseOf(play: Play): Promise<string | undefined> {
  let relapse = pendingIn(play);
  const isOnlySaid = () => relapse !== undefined && undoneIn(play) === undefined;
  for (let run = 0; run < 3 && isOnlySaid() && play.doProbesErr; run += 1) {
    await play.harness.clock.runFor(minuteMs);
    relapse = pendingIn(play);
  }
  return relapse;
}

/** CloudFormation takes the rules away first, so nothing wakes the controller any more; what runs goes on running. */
async function end(schedule: Schedule, routes: RoutesAsFound, play: Play, checker: Checker): Promise<void> {
  checker.deleting = true;
  play.harness.quiesce();
  play.silence();
  if (schedule.deletion === 'troubled') {
    await haveControllersAtWork(schedule, play);
  }
  const first = await play.stack.delete();
  play.note(`deleted: ${first.Status} ${first.Reason ?? ''}`);
  play.liftAll();
  play.silence();
  // Whoever reads the reason deletes the stack again.
  const mayFail = schedule.deletion === 'troubled';
  const answers = first.Status === 'FAILED' && mayFail ? [first, await play.stack.delete()] : [first];
  checker.report('deletion-leaves-nothing', deletionLeavesNothing(answers, play, routes));
  while (!play.harness.isIdle()) await play.harness.clock.runFor(secondMs);
  // Whoever was still at work has made nothing that nobody will remove.
  checker.report('deletion-leaves-nothing', deletionLeavesNothing(answers, play, routes));
  checker.checkRuns();
}

/** Controllers that began a moment before the deletion and have a zone to build: its instance ends, or has ended. */
async function haveControllersAtWork({ seed, faults }: Schedule, play: Play): Promise<void> {
  const { clock } = play.harness;
  injectFault({ kind: 'instance-terminated', zone: seed % 3, pick: 'carrier' }, play);
  await clock.runFor(seed % 2 === 0 ? 0 : 45 * secondMs);
  for (const { fault } of faults) {
    if (isAboutCalls(fault)) injectFault(fault, play);
  }
  injectFault({ kind: 'controllers-at-once', count: 2, apartMs: 700 }, play);
  await clock.runFor(seed % 3_000);
}

function traceOf(play: Play): readonly string[] {
  const calls = play.harness.sim.calls.map(({ sentAt, answeredAt, clientName, name, outcome, input }) => ({
    at: sentAt,
    text: `${clientName} ${name} ${JSON.stringify(input)} ${outcome} ${answeredAt === undefined ? '' : `after ${answeredAt - sentAt} ms`}`,
  }));
  const outages = play.harness.meter
    .outages()
    .flatMap(({ subnetId, reasons }) =>
      reasons.map(({ at, why }) => ({ at, text: `${subnetId} is offline: ${why}` })),
    );
  return [...play.notes, ...calls, ...outages]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `${new Date(at).toISOString()} ${text}`);
}

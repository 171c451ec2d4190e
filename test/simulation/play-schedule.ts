import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import type { Outage } from '../../simulator/data-plane.ts';
import { deletionLeavesNothing, noteRoutes, type RoutesAsFound } from './deletion.ts';
import { Field } from './field.ts';
import type { Schedule } from './schedule.ts';
import { pendingIn, settlesWithin } from './settled-world.ts';
import { strike } from './strike.ts';
import { isAboutCalls } from './strike-calls.ts';
import type { Struck } from './struck.ts';
import { successMeansEgress, updateInVain } from './update-in-vain.ts';
import { type Violation, Watch } from './watch.ts';

export type Verdict = {
  readonly violation: Violation | undefined;
  /** From the end of the last fault until every zone was settled. */
  readonly settledAfterMs: DurationMs | undefined;
  /** From the first fault on. */
  readonly outages: readonly Outage[];
  /** How many of the schedule's faults found something to do harm to. */
  readonly struck: number;
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

/** Plays one bad night to its end, or to the first invariant that does not hold. */
export async function playSchedule(schedule: Schedule): Promise<Verdict> {
  const { verdict } = await play(schedule);
  return verdict;
}

/** The same, with every fault, call and outage as a line of text, in order. */
export async function traceSchedule(
  schedule: Schedule,
): Promise<{ readonly verdict: Verdict; readonly trace: readonly string[] }> {
  const { verdict, field } = await play(schedule);
  return { verdict, trace: traceOf(field) };
}

async function play(schedule: Schedule): Promise<{ readonly verdict: Verdict; readonly field: Field }> {
  const field = new Field(schedule);
  const watch = new Watch(field);
  const routes = noteRoutes(field);
  const began = field.now;
  const struck: Struck[] = [];
  let troubledFrom = began;
  let outages: readonly Outage[] = [];
  let settledAfterMs: DurationMs | undefined;
  try {
    await begin(field, watch);
    troubledFrom = field.now;
    await suffer(schedule, struck, field, watch);
    settledAfterMs = await recover(field, watch);
    outages = field.stage.meter.outages().filter(({ to }) => to === undefined || to > troubledFrom);
    if (schedule.deletion !== 'none') await updateInVain(schedule.seed, field, watch);
    if (schedule.deletion !== 'none' && watch.violation === undefined) {
      await end(schedule, routes, field, watch);
    }
  } catch (error) {
    watch.report('plays-to-the-end', error instanceof Error ? error.stack : String(error));
  }
  const { violation } = watch;
  const hits = struck.filter((hasStruck) => hasStruck()).length;
  const verdict: Verdict = { violation, settledAfterMs, outages, struck: hits, ...countsOf(field, began) };
  return { verdict, field };
}

function countsOf(
  { stage, now }: Field,
  began: EpochMs,
): Pick<Verdict, 'virtualMs' | 'calls' | 'changes' | 'endedAt'> {
  const { calls, mutatingCalls } = stage.sim;
  return {
    virtualMs: now - began,
    calls: calls.length,
    changes: mutatingCalls.length,
    endedAt: now,
  };
}

/** The stack is deployed, and some quiet minutes pass. */
async function begin(field: Field, watch: Watch): Promise<void> {
  const { stage, stack } = field;
  const answer = await stack.create();
  if (answer.Status !== 'SUCCESS') {
    watch.report('every-zone-settles', `the stack could not be created: ${answer.Reason ?? ''}`);
    return;
  }
  watch.report('success-means-egress', successMeansEgress(answer, field));
  stage.goLive();
  await stage.clock.runFor(calmBeforeMs);
}

/** Safety: under faults, every call is watched. */
async function suffer({ faults }: Schedule, struck: Struck[], field: Field, watch: Watch): Promise<void> {
  for (const { afterMs, fault } of faults) {
    if (watch.violation !== undefined) return;
    await field.stage.clock.runFor(afterMs);
    struck.push(strike(fault, field));
  }
  await field.stage.clock.runFor(minuteMs);
}

/** Liveness: the faults end, and within the bound everything is as it should be, and stays so. */
async function recover(field: Field, watch: Watch): Promise<DurationMs | undefined> {
  field.liftAll();
  const { clock } = field.stage;
  await clock.runUntil(Math.max(field.now, field.troubledUntil));
  const from = field.now;
  while (watch.violation === undefined) {
    const pending = pendingIn(field);
    if (pending === undefined) break;
    const boundMs = settlesWithin(field);
    if (field.now - from > boundMs) {
      watch.report('every-zone-settles', `${pending}, ${boundMs / minuteMs} minutes after the last fault`);
    }
    field.resumeAll();
    await clock.runFor(10 * secondMs);
  }
  const settledAfterMs = field.now - from;
  await staySettled(field, watch);
  watch.checkRuns();
  return watch.violation === undefined ? settledAfterMs : undefined;
}

async function staySettled(field: Field, watch: Watch): Promise<void> {
  if (watch.violation !== undefined) return;
  const { stage } = field;
  await stage.clock.runFor(lastTouchesMs);
  const { length } = stage.sim.mutatingCalls;
  await stage.clock.runFor(calmAfterMs - lastTouchesMs);
  const restless = stage.sim.mutatingCalls[length];
  if (restless !== undefined) {
    watch.report(
      'settled-means-settled',
      `${restless.name} by ${restless.clientName}, long after all was settled`,
    );
  }
  while (!stage.isIdle()) await stage.clock.runFor(secondMs);
  const relapse = pendingIn(field);
  if (relapse !== undefined) watch.report('every-zone-settles', `settled, and then: ${relapse}`);
}

/** CloudFormation takes the rules away first, so nothing wakes the controller any more; what runs goes on running. */
async function end(schedule: Schedule, routes: RoutesAsFound, field: Field, watch: Watch): Promise<void> {
  watch.deleting = true;
  field.stage.quiesce();
  field.silence();
  if (schedule.deletion === 'troubled') {
    await haveControllersAtWork(schedule, field);
  }
  const first = await field.stack.delete();
  field.note(`deleted: ${first.Status} ${first.Reason ?? ''}`);
  field.liftAll();
  field.silence();
  // Whoever reads the reason deletes the stack again.
  const mayFail = schedule.deletion === 'troubled';
  const answers = first.Status === 'FAILED' && mayFail ? [first, await field.stack.delete()] : [first];
  watch.report('deletion-leaves-nothing', deletionLeavesNothing(answers, field, routes));
  while (!field.stage.isIdle()) await field.stage.clock.runFor(secondMs);
  // Whoever was still at work has made nothing that nobody will remove.
  watch.report('deletion-leaves-nothing', deletionLeavesNothing(answers, field, routes));
  watch.checkRuns();
}

/** Controllers that began a moment before the deletion and have a zone to build: its instance ends, or has ended. */
async function haveControllersAtWork({ seed, faults }: Schedule, field: Field): Promise<void> {
  const { clock } = field.stage;
  strike({ kind: 'instance-terminated', zone: seed % 3, pick: 'carrier' }, field);
  await clock.runFor(seed % 2 === 0 ? 0 : 45 * secondMs);
  for (const { fault } of faults) {
    if (isAboutCalls(fault)) strike(fault, field);
  }
  strike({ kind: 'controllers-at-once', count: 2, apartMs: 700 }, field);
  await clock.runFor(seed % 3_000);
}

function traceOf(field: Field): readonly string[] {
  const calls = field.stage.sim.calls.map(({ sentAt, answeredAt, clientName, name, outcome, input }) => ({
    at: sentAt,
    text: `${clientName} ${name} ${JSON.stringify(input)} ${outcome} ${answeredAt === undefined ? '' : `after ${answeredAt - sentAt} ms`}`,
  }));
  const outages = field.stage.meter
    .outages()
    .flatMap(({ subnetId, reasons }) =>
      reasons.map(({ at, why }) => ({ at, text: `${subnetId} is offline: ${why}` })),
    );
  return [...field.notes, ...calls, ...outages]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `${new Date(at).toISOString()} ${text}`);
}

import { minuteMs, secondMs } from '../shared/core/model/time.ts';
import { hasEgress } from '../simulator/data-plane.ts';
import { byDefault } from '../simulator/harness/by-default.ts';
import { Harness } from '../simulator/harness/harness.ts';
import { StackHarness } from '../simulator/harness/stack-harness.ts';
import { Random } from '../simulator/random.ts';
import { alarmEntries, ringing } from './alarms.ts';
import { countCalls } from './calls.ts';
import { egressEntries, zoneOutages } from './outages.ts';
import { mainPaths, pathsOf } from './paths.ts';
import { Recording } from './recording.ts';
import { activityOf } from './runs.ts';
import type { Scenario } from './scenario.ts';
import type { DemoImage, ScenarioResult, TimelineEntry } from './scenario-result.ts';
import { buildTimeline, idleEvents, type RecordedUntil, readRecording } from './timeline.ts';
import { zoneStates } from './zone-state.ts';

/** What is known when the fault is injected. */
export type Introduction = Pick<
  ScenarioResult,
  'scenario' | 'title' | 'seed' | 'image' | 'prepared' | 'trouble' | 'expected' | 'before' | 'broken'
>;

/** Receives the timeline while it grows. */
export type Listener = {
  /** Told of it before anything is broken. */
  readonly onRecording?: (recording: Recording) => void;
  readonly onIntroduction: (introduction: Introduction) => void;
  /** Every entry so far that can no longer change. */
  readonly onEntries: (entries: readonly TimelineEntry[]) => void;
  /** Holds the clock back for this long; without it every entry comes at the end. */
  readonly pause?: (durationMs: number) => Promise<unknown>;
};

const longestMs = 30 * minuteMs;

/** Which day in the Region, and from which image its instances are launched. */
export type Day = {
  readonly seed: number;
  readonly image?: DemoImage;
  /** Whether the recording has what EC2 answered, too. Default false. */
  readonly keepsAnswers?: boolean;
};

/** Runs a scenario to its end. The same scenario and day give the same result, to the millisecond. */
export async function recordScenario(
  scenario: Scenario,
  day: Day,
  listener?: Listener,
): Promise<ScenarioResult> {
  const { seed, image = 'al2023', keepsAnswers = false } = day;
  const options = { probe: 'on', hearsPending: false, ...scenario.harness, seed, keepsAnswers } as const;
  const settings = {
    ...byDefault(options),
    ...scenario.harness?.settings,
    image: { kind: 'preset', preset: image },
  } as const;
  const harness = new Harness({ ...options, settings });
  if (scenario.from === 'settled') {
    await settleFirst(harness, seed);
  }
  const before = zoneStates(harness);
  const stack = new StackHarness(harness);
  const recording = new Recording(harness, stack);
  listener?.onRecording?.(recording);
  const injected = scenario.inject(harness, stack);
  const { trouble, later } = typeof injected === 'string' ? { trouble: injected } : injected;
  if (later !== undefined) {
    recording.expect(later.afterMs, later.happens);
  }
  const { name, title, prepared, expected } = scenario;
  const introduction: Introduction = {
    scenario: name,
    title,
    seed,
    image,
    prepared,
    trouble,
    expected,
    before,
    broken: zoneStates(harness),
  };
  if (listener !== undefined) {
    listenFrom(recording, introduction, listener);
  }
  const isInTime = await runToEnd(recording, scenario);
  return finish(recording, scenario, introduction, isInTime);
}

/** A NAT instance is mostly older: what comes within minutes of a launch is another matter. */
const oldMs = 15 * minuteMs;

/** The controller launches every zone and comes to rest. How long after a run of the schedule the trouble begins, the seed alone decides. */
async function settleFirst(harness: Harness, seed: number): Promise<void> {
  harness.goLive();
  const { addresses } = harness.sim.region.store;
  const isRemembered = ({ allocationId }: { readonly allocationId: string }) =>
    addresses.current.get(allocationId)?.tags['phoenat:last-good-image'] !== undefined;
  await harness.until(
    'the first launch is settled',
    () => harness.isSettled() && harness.settings.zones.every(isRemembered),
  );
  await harness.clock.runFor(oldMs);
  const within = { minMs: 5 * secondMs, maxMs: 55 * secondMs };
  const intoTheMinuteMs = new Random(seed).between('moment of the trouble', within);
  await harness.clock.runUntil((harness.nextScheduledAt ?? harness.clock.now()) + intoTheMinuteMs);
  await harness.until('no run is under way', () => harness.isIdle());
}

function listenFrom(recording: Recording, introduction: Introduction, listener: Listener): void {
  const { clock } = recording.harness;
  const { onEntries, onIntroduction, pause } = listener;
  onIntroduction(introduction);
  if (pause !== undefined) {
    clock.onAdvance = async (fromMs, toMs) => {
      const { entries, final } = buildTimeline(readRecording(recording), introduction.trouble);
      onEntries(entries.slice(0, final));
      await pause(toMs - fromMs);
    };
  }
}

/** False: it took too long. */
async function runToEnd(recording: Recording, scenario: Scenario): Promise<boolean> {
  const { clock } = recording.harness;
  const endAt = clock.now() + longestMs;
  while (!isOver(recording, scenario) && clock.now() < endAt) {
    await clock.runFor(secondMs / 2);
  }
  clock.onAdvance = undefined;
  recording.harness.quiesce();
  return isOver(recording, scenario);
}

function isOver(recording: Recording, { ends = 'settled' }: Scenario): boolean {
  const { harness, stack } = recording;
  if (withoutEgress(harness).length > 0) {
    return false;
  }
  switch (ends) {
    case 'settled':
      return harness.isSettled() && recording.calls().some(({ name }) => harness.sim.isMutating(name));
    case 'left-alone':
      return harness.isSettled() && recording.isQuiet() && ringing(recording).length === 0;
    case 'rolled-back':
      return !stack.isAtWork && stack.runs.every(({ endedAt }) => endedAt !== undefined);
  }
}

function withoutEgress(harness: Harness): string[] {
  return harness.topology.privateSubnetIds.flatMap((subnetId) => {
    const egress = hasEgress(harness.sim, subnetId);
    return egress.ok ? [] : [`${subnetId} has no egress: ${egress.why}`];
  });
}

function finish(
  recording: Recording,
  scenario: Scenario,
  introduction: Introduction,
  isInTime: boolean,
): ScenarioResult {
  const { harness } = recording;
  const nowMs = recording.since(harness.clock.now());
  const settledAtMs = isInTime ? settledAt(readRecording(recording)) : nowMs;
  // Where nothing is done, what is there to see goes on after that: alarms that rang come to their end.
  const endMs = scenario.ends === 'left-alone' ? nowMs : settledAtMs;
  const recorded = readRecording(recording, endMs);
  const { calls, runs } = recorded;
  const problems = [
    ...(isInTime ? [] : [`not over within ${longestMs / minuteMs} minutes`]),
    ...withoutEgress(harness),
  ];
  const timeline: TimelineEntry[] = [
    ...[
      ...buildTimeline(recorded, introduction.trouble).entries,
      ...(isInTime ? [{ kind: 'settled' as const, atMs: settledAtMs }] : []),
    ].toSorted((a, b) => a.atMs - b.atMs),
    { kind: 'idle-runs', atMs: endMs, events: idleEvents(recorded) },
  ];
  return {
    ...introduction,
    ok: problems.length === 0,
    problems,
    ...(isInTime ? { settledAtMs } : {}),
    after: zoneStates(harness),
    timeline,
    runs,
    calls,
    counts: countCalls(calls),
    alarms: [...new Set(alarmEntries(recording).flatMap(({ alarm, to }) => (to === 'ALARM' ? [alarm] : [])))],
    probed: recording.probed().filter(({ at }) => recording.since(at) <= endMs).length,
    outages: zoneOutages(recording),
    paths: mainPaths(pathsOf(calls, runs)),
  };
}

function isGood(outcome: string | undefined): boolean {
  return outcome === 'settled' || outcome === 'SUCCESS';
}

/**
 * When nothing was left to do: a run found it so after the last change, the runs that changed something had ended, and
 * the last subnet had its egress back.
 */
function settledAt({ calls, runs, recording }: RecordedUntil): number {
  const lastChangeMs = Math.max(
    ...calls.flatMap(({ effect, answeredAtMs }) => (effect === 'look' ? [] : (answeredAtMs ?? []))),
  );
  const found = runs
    .flatMap(({ outcome, endedAtMs }) => (isGood(outcome) ? (endedAtMs ?? []) : []))
    .filter((endedAtMs) => endedAtMs >= lastChangeMs);
  const active = runs.filter((run) => activityOf(run, calls) !== 'idle');
  return Math.max(
    ...found.toSorted((a, b) => a - b).slice(0, 1),
    ...active.flatMap(({ endedAtMs }) => endedAtMs ?? []),
    ...egressEntries(recording).map(({ atMs }) => atMs),
  );
}

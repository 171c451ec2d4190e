import { minuteMs, secondMs } from '../shared/core/model/time.ts';
import { hasEgress } from '../simulator/data-plane.ts';
import { Harness } from '../simulator/harness/harness.ts';
import { Random } from '../simulator/random.ts';
import { countCalls } from './calls.ts';
import { egressEntries, zoneOutages } from './outages.ts';
import { mainPaths, pathsOf } from './paths.ts';
import { Recording } from './recording.ts';
import { activityOf } from './runs.ts';
import type { DemoImage, ScenarioResult, TimelineEntry } from './scenario-result.ts';
import type { Scenario } from './scenarios.ts';
import { buildTimeline, idleEvents, type RecordedUntil, readRecording } from './timeline.ts';
import { zoneStates } from './zone-state.ts';

/** What is known when the fault is injected. */
export type Introduction = Pick<
  ScenarioResult,
  'scenario' | 'title' | 'seed' | 'image' | 'prepared' | 'trouble' | 'expected' | 'before' | 'broken'
>;

/** Receives the timeline while it grows. */
export type Listener = {
  readonly onIntroduction: (introduction: Introduction) => void;
  /** Every entry so far that can no longer change. */
  readonly onEntries: (entries: readonly TimelineEntry[]) => void;
  /** Holds the clock back for this long; without it every entry comes at the end. */
  readonly pause?: (durationMs: number) => Promise<unknown>;
};

const longestMs = 15 * minuteMs;

/** Which day in the Region, and from which image its instances are launched. */
export type Day = { readonly seed: number; readonly image?: DemoImage };

/** Runs a scenario to its end. The same scenario and day give the same result, to the millisecond. */
export async function recordScenario(
  scenario: Scenario,
  day: Day,
  listener?: Listener,
): Promise<ScenarioResult> {
  const { seed, image = 'al2023' } = day;
  const settings = { ...scenario.harness?.settings, image: { kind: 'preset', preset: image } } as const;
  const harness = new Harness({ probe: 'on', ...scenario.harness, settings, seed });
  if (scenario.from === 'settled') {
    await settleFirst(harness, seed);
  }
  const before = zoneStates(harness);
  const recording = new Recording(harness);
  const trouble = scenario.inject(harness);
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
  const isInTime = await runToEnd(recording);
  return finish(recording, introduction, isInTime);
}

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
async function runToEnd(recording: Recording): Promise<boolean> {
  const { clock } = recording.harness;
  const endAt = clock.now() + longestMs;
  while (!isOver(recording) && clock.now() < endAt) {
    await clock.runFor(secondMs / 2);
  }
  clock.onAdvance = undefined;
  recording.harness.quiesce();
  return isOver(recording);
}

function isOver(recording: Recording): boolean {
  const { harness } = recording;
  const hasActed = recording.calls().some(({ name }) => harness.sim.isMutating(name));
  return hasActed && harness.isSettled() && withoutEgress(harness).length === 0;
}

function withoutEgress(harness: Harness): string[] {
  return harness.topology.privateSubnetIds.flatMap((subnetId) => {
    const egress = hasEgress(harness.sim, subnetId);
    return egress.ok ? [] : [`${subnetId} has no egress: ${egress.why}`];
  });
}

function finish(recording: Recording, introduction: Introduction, isInTime: boolean): ScenarioResult {
  const { harness } = recording;
  const endMs = isInTime ? settledAt(readRecording(recording)) : recording.since(harness.clock.now());
  const recorded = readRecording(recording, endMs);
  const { calls, runs } = recorded;
  const problems = [
    ...(isInTime ? [] : [`not settled within ${longestMs / minuteMs} minutes`]),
    ...withoutEgress(harness),
  ];
  const timeline: TimelineEntry[] = [
    ...buildTimeline(recorded, introduction.trouble).entries,
    ...(isInTime ? [{ kind: 'settled' as const, atMs: endMs }] : []),
    { kind: 'idle-runs', atMs: endMs, events: idleEvents(recorded) },
  ];
  return {
    ...introduction,
    ok: problems.length === 0,
    problems,
    ...(isInTime ? { settledAtMs: endMs } : {}),
    after: zoneStates(harness),
    timeline,
    runs,
    calls,
    counts: countCalls(calls),
    probed: recording.probed().filter(({ at }) => recording.since(at) <= endMs).length,
    outages: zoneOutages(recording),
    paths: mainPaths(pathsOf(calls, runs)),
  };
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
    .flatMap(({ outcome, endedAtMs }) => (outcome === 'settled' ? (endedAtMs ?? []) : []))
    .filter((endedAtMs) => endedAtMs >= lastChangeMs);
  const active = runs.filter((run) => activityOf(run, calls) !== 'idle');
  return Math.max(
    ...found.toSorted((a, b) => a - b).slice(0, 1),
    ...active.flatMap(({ endedAtMs }) => endedAtMs ?? []),
    ...egressEntries(recording).map(({ atMs }) => atMs),
  );
}

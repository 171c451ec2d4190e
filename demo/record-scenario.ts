import { minuteMs, secondMs } from '../shared/core/model/time.ts';
import { hasEgress } from '../simulator/data-plane.ts';
import { Stage } from '../simulator/harness/stage.ts';
import { Random } from '../simulator/random.ts';
import { countCalls } from './calls.ts';
import { egressMoments, zoneOutages } from './outages.ts';
import { mainPaths, pathsOf } from './paths.ts';
import { Recording } from './recording.ts';
import { partOf } from './runs.ts';
import type { DemoImage, Moment, Story } from './scenario-result.ts';
import type { Scenario } from './scenarios.ts';
import { gather, idleEvents, type Material, tell } from './timeline.ts';
import { zoneStates } from './zone-state.ts';

/** What is known of a story when it begins. */
export type Scene = Pick<
  Story,
  'scenario' | 'title' | 'seed' | 'image' | 'prepared' | 'trouble' | 'expected' | 'before' | 'broken'
>;

/** Somebody who hears the story while it happens. */
export type Listener = {
  readonly onScene: (scene: Scene) => void;
  /** Every moment so far that can no longer change. */
  readonly onMoments: (moments: readonly Moment[]) => void;
  /** Holds the story back for this long; without it all is told at the end. */
  readonly pause?: (durationMs: number) => Promise<unknown>;
};

const longestMs = 15 * minuteMs;

/** Which day in the Region, and from which image its instances are launched. */
export type Day = { readonly seed: number; readonly image?: DemoImage };

/** Plays a scenario to its end. The same scenario and day give the same story, to the millisecond. */
export async function play(scenario: Scenario, day: Day, listener?: Listener): Promise<Story> {
  const { seed, image = 'al2023' } = day;
  const settings = { ...scenario.stage?.settings, image: { kind: 'preset', preset: image } } as const;
  const stage = new Stage({ ...scenario.stage, settings, seed });
  if (scenario.from === 'settled') {
    await settleFirst(stage, seed);
  }
  const before = zoneStates(stage);
  const recording = new Recording(stage);
  const trouble = scenario.strike(stage);
  const { name, title, prepared, expected } = scenario;
  const scene: Scene = {
    scenario: name,
    title,
    seed,
    image,
    prepared,
    trouble,
    expected,
    before,
    broken: zoneStates(stage),
  };
  if (listener !== undefined) {
    listenFrom(recording, scene, listener);
  }
  const isInTime = await playOut(recording);
  return finish(recording, scene, isInTime);
}

/** The controller launches every zone and comes to rest, at some point of the schedule's minute. */
async function settleFirst(stage: Stage, seed: number): Promise<void> {
  stage.goLive();
  const { addresses } = stage.sim.cloud.store;
  const isRemembered = ({ allocationId }: { readonly allocationId: string }) =>
    addresses.current.get(allocationId)?.tags['phoenat:last-good-image'] !== undefined;
  await stage.until(
    'the first launch is settled',
    () => stage.isSettled() && stage.settings.zones.every(isRemembered),
  );
  const within = { minMs: 5 * secondMs, maxMs: 55 * secondMs };
  await stage.clock.runFor(new Random(seed).between('moment of the trouble', within));
  await stage.until('no run is under way', () => stage.isIdle());
}

function listenFrom(recording: Recording, scene: Scene, listener: Listener): void {
  const { clock } = recording.stage;
  const { onMoments, onScene, pause } = listener;
  onScene(scene);
  if (pause !== undefined) {
    clock.onAdvance = async (fromMs, toMs) => {
      const { moments, final } = tell(gather(recording), scene.trouble);
      onMoments(moments.slice(0, final));
      await pause(toMs - fromMs);
    };
  }
}

/** False: it took too long. */
async function playOut(recording: Recording): Promise<boolean> {
  const { clock } = recording.stage;
  const endAt = clock.now() + longestMs;
  while (!isOver(recording) && clock.now() < endAt) {
    await clock.runFor(secondMs / 2);
  }
  clock.onAdvance = undefined;
  recording.stage.quiesce();
  return isOver(recording);
}

function isOver(recording: Recording): boolean {
  const { stage } = recording;
  const hasActed = recording.calls().some(({ name }) => stage.sim.isMutating(name));
  return hasActed && stage.isSettled() && withoutEgress(stage).length === 0;
}

function withoutEgress(stage: Stage): string[] {
  return stage.world.privateSubnetIds.flatMap((subnetId) => {
    const egress = hasEgress(stage.sim, subnetId);
    return egress.ok ? [] : [`${subnetId} has no egress: ${egress.why}`];
  });
}

function finish(recording: Recording, scene: Scene, isInTime: boolean): Story {
  const { stage } = recording;
  const endMs = isInTime ? settledAt(gather(recording)) : recording.since(stage.clock.now());
  const material = gather(recording, endMs);
  const { calls, runs } = material;
  const problems = [
    ...(isInTime ? [] : [`not settled within ${longestMs / minuteMs} minutes`]),
    ...withoutEgress(stage),
  ];
  const timeline: Moment[] = [
    ...tell(material, scene.trouble).moments,
    ...(isInTime ? [{ kind: 'settled' as const, atMs: endMs }] : []),
    { kind: 'idle-runs', atMs: endMs, events: idleEvents(material) },
  ];
  return {
    ...scene,
    ok: problems.length === 0,
    problems,
    ...(isInTime ? { settledAtMs: endMs } : {}),
    after: zoneStates(stage),
    timeline,
    runs,
    calls,
    counts: countCalls(calls),
    outages: zoneOutages(recording),
    paths: mainPaths(pathsOf(calls, runs)),
  };
}

/**
 * When nothing was left to do: a run found it so after the last change, the runs that changed something had ended, and
 * the last subnet had its egress back.
 */
function settledAt({ calls, runs, recording }: Material): number {
  const lastChangeMs = Math.max(
    ...calls.flatMap(({ effect, answeredAtMs }) => (effect === 'look' ? [] : (answeredAtMs ?? []))),
  );
  const found = runs
    .flatMap(({ outcome, endedAtMs }) => (outcome === 'settled' ? (endedAtMs ?? []) : []))
    .filter((endedAtMs) => endedAtMs >= lastChangeMs);
  const active = runs.filter((run) => partOf(run, calls) !== 'idle');
  return Math.max(
    ...found.toSorted((a, b) => a - b).slice(0, 1),
    ...active.flatMap(({ endedAtMs }) => endedAtMs ?? []),
    ...egressMoments(recording).map(({ atMs }) => atMs),
  );
}

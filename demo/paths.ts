import { looksOf } from './runs.ts';
import type { Path, RecordedCall, RecordedRun, RoundTrip } from './scenario-result.ts';

/** The way to every cutover that came to its end, zone by zone. */
export function pathsOf(calls: readonly RecordedCall[], runs: readonly RecordedRun[]): Path[] {
  const iterations = runs.flatMap((run) => iterationsOf(run, calls));
  const zones = [...new Set(calls.flatMap(({ effect, zone }) => (effect === 'cutover' ? (zone ?? []) : [])))];
  return zones
    .toSorted()
    .flatMap((zone) =>
      iterations
        .filter((iteration) => isCompleteIn(zone, iteration))
        .flatMap((iteration) => pathOf(zone, iteration)),
    );
}

/** The one of each zone that its numbers are about: the first that moved routes, where any did. */
export function mainPaths(paths: readonly Path[]): Path[] {
  return [...Map.groupBy(paths, ({ zone }) => zone).values()].flatMap(
    (ofZone) => ofZone.find(({ movesRoutes }) => movesRoutes) ?? ofZone[0] ?? [],
  );
}

/** One look of a run and all that was done on the strength of it. */
type Iteration = {
  readonly run: RecordedRun;
  readonly isFirst: boolean;
  readonly calls: readonly RecordedCall[];
};

function iterationsOf(run: RecordedRun, calls: readonly RecordedCall[]): Iteration[] {
  const own = calls.filter((call) => call.run === run.run);
  const looks = looksOf(own);
  return looks.map((look, index) => {
    const nextLookMs = looks[index + 1]?.sentAtMs ?? Number.POSITIVE_INFINITY;
    const between = own.filter(({ sentAtMs }) => sentAtMs >= look.sentAtMs && sentAtMs < nextLookMs);
    return { run, isFirst: index === 0, calls: between };
  });
}

function cutoverIn(zone: string, { calls }: Iteration): RecordedCall[] {
  return calls.filter((call) => call.effect === 'cutover' && call.zone === zone);
}

/** A throttled call is repeated: what counts is that the last try was answered. */
function isCompleteIn(zone: string, iteration: Iteration): boolean {
  const cutover = cutoverIn(zone, iteration);
  const lastTry = ({ detail }: RecordedCall) => cutover.findLast((call) => call.detail === detail);
  return cutover.length > 0 && cutover.every((call) => lastTry(call)?.outcome === 'ok');
}

function pathOf(zone: string, iteration: Iteration): Path[] {
  const cutover = cutoverIn(zone, iteration);
  const first = cutover[0];
  const look = iteration.calls[0];
  if (first === undefined || look === undefined) {
    return [];
  }
  const lastCutoverAnswerMs = Math.max(...cutover.map(({ answeredAtMs = 0 }) => answeredAtMs));
  // A launch may be under way beside the last routes; no cutover waits for it.
  const onPath = iteration.calls.filter(
    (call) =>
      call.sentAtMs < lastCutoverAnswerMs &&
      call.effect !== 'launch' &&
      (call.effect === 'look' || call.zone === zone),
  );
  return [
    {
      zone,
      run: iteration.run.run,
      from: iteration.isFirst ? 'event' : 'look',
      fromMs: iteration.isFirst ? iteration.run.startedAtMs : look.sentAtMs,
      firstCutoverCallMs: first.sentAtMs,
      lastCutoverAnswerMs,
      movesRoutes: cutover.some(({ call }) => call.endsWith('Route')),
      roundTrips: roundTripsOf(onPath),
    },
  ];
}

/** Calls that overlap in time share a round trip. */
export function roundTripsOf(calls: readonly RecordedCall[]): RoundTrip[] {
  const trips: { sentAtMs: number; answeredAtMs: number; calls: string[] }[] = [];
  for (const { call, sentAtMs, answeredAtMs = sentAtMs } of calls.toSorted(
    (a, b) => a.sentAtMs - b.sentAtMs,
  )) {
    const last = trips.at(-1);
    if (last !== undefined && sentAtMs < last.answeredAtMs) {
      last.answeredAtMs = Math.max(last.answeredAtMs, answeredAtMs);
      last.calls.push(call);
    } else {
      trips.push({ sentAtMs, answeredAtMs, calls: [call] });
    }
  }
  return trips;
}

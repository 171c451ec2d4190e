import type { DurationMs } from '../shared/core/model/time.ts';
import { storyCalls } from './calls.ts';
import { egressMoments } from './outages.ts';
import { pathsOf, roundTripsOf } from './paths.ts';
import type { Recording } from './recording.ts';
import { looksOf, type Part, partOf, storyRuns } from './runs.ts';
import type { Moment, Path, StoryCall, StoryRun } from './scenario-result.ts';

/** What a timeline is made of: everything up to a moment of the story. */
export type Material = {
  readonly recording: Recording;
  readonly untilMs: DurationMs;
  readonly calls: readonly StoryCall[];
  readonly runs: readonly StoryRun[];
};

export function gather(recording: Recording, untilMs: DurationMs = Number.POSITIVE_INFINITY): Material {
  const calls = storyCalls(recording).filter(({ sentAtMs }) => sentAtMs <= untilMs);
  const runs = storyRuns(recording).filter(({ startedAtMs }) => startedAtMs <= untilMs);
  return { recording, untilMs, calls, runs };
}

/** The timeline so far. The first `final` moments can no longer change. */
export type Telling = { readonly moments: readonly Moment[]; readonly final: number };

export function tell(material: Material, trouble: string): Telling {
  const { recording, untilMs, calls, runs } = material;
  const { moments, folded } = runMoments(material);
  const all: Moment[] = [
    { kind: 'trouble', atMs: 0, detail: trouble },
    ...egressMoments(recording),
    ...instanceMoments(recording),
    ...moments,
    ...pathsOf(calls, runs).map(cutoverMoment),
  ];
  const inTime = all.filter(({ atMs }) => atMs <= untilMs).toSorted(inOrder);
  const timeline = withLooks(inTime, folded, recording);
  return { moments: timeline, final: finalPrefix(timeline, material) };
}

/** What woke the runs that found nothing to do, for the end of the story. */
export function idleEvents({ runs, calls }: Material): string[] {
  return runs.filter((run) => partOf(run, calls) === 'idle').map(({ event }) => event);
}

/** What the runs that did something looked at first, did, and left; all other looks are to be folded. */
function runMoments({ calls, runs }: Material): { moments: Moment[]; folded: StoryCall[] } {
  const told = runs.map((run) => {
    const own = calls.filter((call) => call.run === run.run);
    const part = partOf(run, calls);
    const looks = own.filter(({ effect }) => effect === 'look');
    const first = part === 'acting' ? firstLook(own) : [];
    const acts = own.filter(({ effect }) => effect !== 'look');
    const isShown = part === 'acting' || part === 'late';
    return {
      folded: looks.filter((call) => !first.includes(call)),
      moments: isShown
        ? [
            ...eventMoment(run, part, acts),
            ...snapshotMoments(run, first),
            ...waveMoments(run, acts),
            ...endMoment(run),
          ]
        : [],
    };
  });
  return {
    moments: told.flatMap(({ moments }) => moments),
    folded: told.flatMap(({ folded }) => folded).toSorted((a, b) => a.sentAtMs - b.sentAtMs),
  };
}

/** The Describe calls before the second look, those for the images that a launch turned out to need among them. */
function firstLook(own: readonly StoryCall[]): StoryCall[] {
  const untilMs = looksOf(own)[1]?.sentAtMs ?? Number.POSITIVE_INFINITY;
  return own.filter(({ effect, sentAtMs }) => effect === 'look' && sentAtMs < untilMs);
}

function eventMoment(run: StoryRun, part: Part, acts: readonly StoryCall[]): Moment[] {
  const actedAtMs = acts[0]?.sentAtMs ?? run.startedAtMs;
  const atMs = part === 'acting' ? run.startedAtMs : actedAtMs;
  return [{ kind: 'event', atMs, receivedAtMs: run.startedAtMs, run: run.run, detail: run.event }];
}

function snapshotMoments(run: StoryRun, looks: readonly StoryCall[]): Moment[] {
  return roundTripsOf(looks).map(({ sentAtMs, answeredAtMs }) => ({
    kind: 'snapshot',
    atMs: sentAtMs,
    run: run.run,
    calls: looks.filter(
      (call) => call.sentAtMs >= sentAtMs && call.sentAtMs < Math.max(answeredAtMs, sentAtMs + 1),
    ),
  }));
}

function waveMoments(run: StoryRun, acts: readonly StoryCall[]): Moment[] {
  const waves = Map.groupBy(acts, ({ zone, sentAtMs }) => `${zone} ${sentAtMs}`);
  return [...waves.values()].flatMap((calls) => {
    const [first] = calls;
    return first === undefined
      ? []
      : [
          {
            kind: 'wave' as const,
            atMs: first.sentAtMs,
            run: run.run,
            calls,
            ...(first.zone === undefined ? {} : { zone: first.zone }),
          },
        ];
  });
}

/** A run that ends with everything settled ends in silence. */
function endMoment({ run, endedAtMs, outcome, waitsFor, findings }: StoryRun): Moment[] {
  if (endedAtMs === undefined || outcome === undefined || outcome === 'settled') {
    return [];
  }
  const why = outcome === 'waiting' ? waitsFor : findings;
  return [{ kind: 'run-ended', atMs: endedAtMs, run, outcome, why }];
}

function cutoverMoment(path: Path): Moment {
  return {
    kind: 'cutover-answered',
    atMs: path.lastCutoverAnswerMs,
    zone: path.zone,
    from: path.from,
    afterMs: path.lastCutoverAnswerMs - path.fromMs,
    roundTrips: path.roundTrips.length,
  };
}

function instanceMoments(recording: Recording): Moment[] {
  return recording.changes.flatMap(({ at, instanceId, became }) =>
    became === 'pending' || became === 'ending'
      ? []
      : [
          {
            kind: 'instance' as const,
            atMs: recording.since(at),
            zone: recording.zoneOf(instanceId) ?? '',
            instanceId,
            became,
          },
        ],
  );
}

const ranks: readonly Moment['kind'][] = [
  'trouble',
  'instance',
  'egress',
  'cutover-answered',
  'event',
  'snapshot',
  'wave',
  'run-ended',
];

function inOrder(a: Moment, b: Moment): number {
  return a.atMs - b.atMs || ranks.indexOf(a.kind) - ranks.indexOf(b.kind);
}

/** Puts the folded looks between the moments, each run of them as one entry. */
function withLooks(moments: readonly Moment[], folded: readonly StoryCall[], recording: Recording): Moment[] {
  const result: Moment[] = [];
  let rest = folded;
  for (const [index, moment] of moments.entries()) {
    const nextMs = moments[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const between = rest.filter(({ sentAtMs }) => sentAtMs < nextMs);
    rest = rest.slice(between.length);
    result.push(moment, ...foldedLooks(between, recording));
  }
  return result;
}

function foldedLooks(calls: readonly StoryCall[], recording: Recording): Moment[] {
  const first = calls[0];
  if (first === undefined) {
    return [];
  }
  const meanwhile = meanwhileAt(first.sentAtMs, recording);
  return [
    {
      kind: 'looks',
      atMs: first.sentAtMs,
      untilMs: Math.max(...calls.map(({ sentAtMs, answeredAtMs = sentAtMs }) => answeredAtMs)),
      looks: looksOf(calls).length,
      calls: calls.length,
      ...(meanwhile === undefined ? {} : { meanwhile }),
    },
  ];
}

const activities = [
  ['pending', 'starting'],
  ['running', 'booting'],
  ['ending', 'shutting down'],
  ['on trial', 'waiting for status checks'],
] as const;

/** What the story waits for at that time, the most telling thing first. */
function meanwhileAt(atMs: number, recording: Recording): string | undefined {
  const ids = [...new Set(recording.changes.map(({ instanceId }) => instanceId))];
  for (const [life, words] of activities) {
    const busy = ids.filter((id) => recording.lifeAt(id, recording.startedAt + atMs) === life);
    if (busy.length > 0) {
      return `${busy.join(' and ')} ${busy.length === 1 ? 'is' : 'are'} ${words}`;
    }
  }
  return undefined;
}

/** How many entries can no longer change: those before anything under way, and before a run that may yet act. */
function finalPrefix(timeline: readonly Moment[], { runs, calls }: Material): number {
  const undecided = runs.filter((run) => partOf(run, calls) === 'undecided');
  const beforeMs = Math.min(Number.POSITIVE_INFINITY, ...undecided.map(({ startedAtMs }) => startedAtMs));
  const open = timeline.findIndex(
    (moment, index) => moment.atMs >= beforeMs || isOpen(moment, index === timeline.length - 1),
  );
  return open < 0 ? timeline.length : open;
}

function isOpen(moment: Moment, isLast: boolean): boolean {
  switch (moment.kind) {
    case 'snapshot':
    case 'wave':
      return moment.calls.some(({ outcome }) => outcome === 'under way');
    case 'looks':
      return isLast;
    default:
      return false;
  }
}

import type { DurationMs, EpochMs } from '../shared/core/model/time.ts';
import { alarmEntries } from './alarms.ts';
import { recordedCalls } from './calls.ts';
import { egressEntries } from './outages.ts';
import { pathsOf, roundTripsOf } from './paths.ts';
import type { Recording } from './recording.ts';
import { reportEntries } from './report-entries.ts';
import { type Activity, activityOf, looksOf, recordedRuns } from './runs.ts';
import type { Path, RecordedCall, RecordedRun, TimelineEntry } from './scenario-result.ts';
import { enumerated } from './text.ts';

/** What a timeline is made of: everything up to a moment of the recording. */
export type RecordedUntil = {
  readonly recording: Recording;
  readonly untilMs: DurationMs;
  readonly calls: readonly RecordedCall[];
  readonly runs: readonly RecordedRun[];
};

export function readRecording(
  recording: Recording,
  untilMs: DurationMs = Number.POSITIVE_INFINITY,
): RecordedUntil {
  const calls = recordedCalls(recording).filter(({ sentAtMs }) => sentAtMs <= untilMs);
  const runs = recordedRuns(recording).filter(({ startedAtMs }) => startedAtMs <= untilMs);
  return { recording, untilMs, calls, runs };
}

/** The timeline so far. The first `final` entries can no longer change. */
export type TimelineSoFar = { readonly entries: readonly TimelineEntry[]; readonly final: number };

/** `looks`: `left-out` of a log that is read as it grows: how many there are is known at the end. */
export function buildTimeline(
  recorded: RecordedUntil,
  trouble: string,
  looks: 'folded' | 'left-out' = 'folded',
): TimelineSoFar {
  const { recording, untilMs, calls, runs } = recorded;
  const { entries, folded } = runEntries(recorded);
  const all: TimelineEntry[] = [
    { kind: 'trouble', atMs: 0, detail: trouble },
    ...recording.happenings.map(({ at, detail }) => ({
      kind: 'later' as const,
      atMs: recording.since(at),
      detail,
    })),
    ...alarmEntries(recording),
    ...egressEntries(recording),
    ...instanceEntries(recording),
    ...probeEntries(recording),
    ...reportEntries(runs),
    ...callingEntries(recorded),
    ...entries,
    ...pathsOf(calls, runs).map(cutoverEntry),
  ];
  const inTime = all.filter(({ atMs }) => atMs <= untilMs).toSorted(inOrder);
  const timeline = looks === 'folded' ? withLooks(inTime, folded, recording) : inTime;
  return { entries: timeline, final: finalPrefix(timeline, recorded) };
}

/** The events of the runs that changed nothing and wanted nobody, for the end of the recording. */
export function idleEvents({ runs, calls }: RecordedUntil): string[] {
  return runs
    .filter((run) => activityOf(run, calls) === 'idle' && !wantsSomebody(run))
    .map(({ event }) => event);
}

/** It changed nothing, and calls a person. */
function wantsSomebody({ outcome }: RecordedRun): boolean {
  return outcome === 'attention' || outcome === 'failed';
}

/** What the runs that did something looked at first, did, and left; all other looks are to be folded. */
function runEntries({ calls, runs }: RecordedUntil): { entries: TimelineEntry[]; folded: RecordedCall[] } {
  const perRun = runs.map((run) => {
    const own = calls.filter((call) => call.run === run.run);
    const activity = activityOf(run, calls);
    const looks = own.filter(({ effect }) => effect === 'look');
    const first = activity === 'immediate' ? firstLook(own) : [];
    const changes = own.filter(({ effect }) => effect !== 'look');
    const isShown = activity === 'immediate' || activity === 'late';
    return {
      folded: looks.filter((call) => !first.includes(call)),
      entries: isShown
        ? [
            ...eventEntry(run, activity, changes),
            ...snapshotEntries(run, first),
            ...waveEntries(run, changes),
            ...endEntry(run),
          ]
        : [],
    };
  });
  return {
    entries: perRun.flatMap(({ entries }) => entries),
    folded: perRun.flatMap(({ folded }) => folded).toSorted((a, b) => a.sentAtMs - b.sentAtMs),
  };
}

/** The ends of runs that changed nothing and call a person, where they find something else than the one before. */
function callingEntries({ runs, calls }: RecordedUntil): TimelineEntry[] {
  const calling = runs.filter((run) => activityOf(run, calls) === 'idle' && wantsSomebody(run));
  return calling
    .filter((run, index) => {
      const before = calling[index - 1];
      return before === undefined || codesOf(run) !== codesOf(before);
    })
    .flatMap(endEntry);
}

/** What it finds; runs that find the same call the same person. */
function codesOf({ findings }: RecordedRun): string {
  return findings.map((finding) => finding.split(':')[0]).join();
}

/** The Describe calls before the second look, those for the images that a launch turned out to need among them. */
function firstLook(own: readonly RecordedCall[]): RecordedCall[] {
  const untilMs = looksOf(own)[1]?.sentAtMs ?? Number.POSITIVE_INFINITY;
  return own.filter(({ effect, sentAtMs }) => effect === 'look' && sentAtMs < untilMs);
}

function eventEntry(run: RecordedRun, activity: Activity, changes: readonly RecordedCall[]): TimelineEntry[] {
  const actedAtMs = changes[0]?.sentAtMs ?? run.startedAtMs;
  const atMs = activity === 'immediate' ? run.startedAtMs : actedAtMs;
  return [{ kind: 'event', atMs, receivedAtMs: run.startedAtMs, run: run.run, detail: run.event }];
}

function snapshotEntries(run: RecordedRun, looks: readonly RecordedCall[]): TimelineEntry[] {
  return roundTripsOf(looks).map(({ sentAtMs, answeredAtMs }) => ({
    kind: 'snapshot',
    atMs: sentAtMs,
    run: run.run,
    calls: looks.filter(
      (call) => call.sentAtMs >= sentAtMs && call.sentAtMs < Math.max(answeredAtMs, sentAtMs + 1),
    ),
  }));
}

function waveEntries(run: RecordedRun, changes: readonly RecordedCall[]): TimelineEntry[] {
  const waves = Map.groupBy(changes, ({ zone, sentAtMs }) => `${zone} ${sentAtMs}`);
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
function endEntry({ run, endedAtMs, outcome, waitsFor, findings }: RecordedRun): TimelineEntry[] {
  if (endedAtMs === undefined || outcome === undefined || outcome === 'settled') {
    return [];
  }
  const why = outcome === 'waiting' ? [...waitsFor, ...findings.filter(isReason)] : findings;
  return [{ kind: 'run-ended', atMs: endedAtMs, run, outcome, why }];
}

/** Not what only says in other words what the run waits for, or what it was asked for. */
function isReason(finding: string): boolean {
  return !/^(starting|not-yet-taken-over|replacement-requested):/.test(finding);
}

function cutoverEntry(path: Path): TimelineEntry {
  return {
    kind: 'cutover-answered',
    atMs: path.lastCutoverAnswerMs,
    zone: path.zone,
    from: path.from,
    afterMs: path.lastCutoverAnswerMs - path.fromMs,
    roundTrips: path.roundTrips.length,
  };
}

function instanceEntries(recording: Recording): TimelineEntry[] {
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

/** A probe that goes on saying the same is no news. */
function probeEntries(recording: Recording): TimelineEntry[] {
  const latest = new Map<string, { readonly at: EpochMs; readonly said: 'passed' | 'failed' }>();
  return recording
    .probed()
    .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
    .flatMap(({ zone, at, endedAt, said }) => {
      const known = latest.get(zone);
      if (endedAt === undefined || said === undefined) return [];
      // What failed was tried from `at` on: if another request has passed since, it is no news that it failed.
      if (said === 'failed' && known?.said === 'passed' && at < known.at) return [];
      latest.set(zone, { at: endedAt, said });
      return said === (known?.said ?? recording.saidBefore(zone))
        ? []
        : [{ kind: 'probe' as const, atMs: recording.since(endedAt), zone, said }];
    });
}

const ranks: readonly TimelineEntry['kind'][] = [
  'trouble',
  'later',
  'instance',
  'egress',
  'probe',
  'cutover-answered',
  'run-ended',
  'reported',
  'guarded',
  'boot-told',
  'event',
  'snapshot',
  'wave',
  'alarm',
];

function inOrder(a: TimelineEntry, b: TimelineEntry): number {
  return a.atMs - b.atMs || ranks.indexOf(a.kind) - ranks.indexOf(b.kind);
}

/** Puts the folded looks between the entries, each row of them as one entry, which no aside cuts in two. */
function withLooks(
  entries: readonly TimelineEntry[],
  folded: readonly RecordedCall[],
  recording: Recording,
): TimelineEntry[] {
  const main = entries.filter((entry) => !isAside(entry));
  const result: TimelineEntry[] = [];
  let rest = folded;
  for (const [index, entry] of main.entries()) {
    const nextMs = main[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const between = rest.filter(({ sentAtMs }) => sentAtMs < nextMs);
    rest = rest.slice(between.length);
    result.push(entry, ...foldedLooks(between, recording));
  }
  return [...result, ...entries.filter(isAside)].toSorted((a, b) => a.atMs - b.atMs);
}

/** Told beside what is done: it may come in the middle of many looks. */
function isAside({ kind }: TimelineEntry): boolean {
  return ['probe', 'reported', 'guarded', 'boot-told', 'alarm'].includes(kind);
}

function foldedLooks(calls: readonly RecordedCall[], recording: Recording): TimelineEntry[] {
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
  ['on trial', 'not known to be ready yet'],
] as const;

/** What the recording waits for at that time, the most important first. */
function meanwhileAt(atMs: number, recording: Recording): string | undefined {
  const ids = [...new Set(recording.changes.map(({ instanceId }) => instanceId))];
  for (const [life, words] of activities) {
    const busy = ids.filter((id) => recording.lifeAt(id, recording.startedAt + atMs) === life);
    if (busy.length > 0) {
      return `${enumerated(busy)} ${busy.length === 1 ? 'is' : 'are'} ${words}`;
    }
  }
  return undefined;
}

/** How many entries can no longer change: those before anything under way, and before a run that may yet act. */
function finalPrefix(timeline: readonly TimelineEntry[], { runs, calls }: RecordedUntil): number {
  const undecided = runs.filter((run) => activityOf(run, calls) === 'undecided');
  const beforeMs = Math.min(Number.POSITIVE_INFINITY, ...undecided.map(({ startedAtMs }) => startedAtMs));
  const lastMain = timeline.findLastIndex((entry) => !isAside(entry));
  const unanswered = calls.filter(({ outcome }) => outcome === 'under way').map(({ sentAtMs }) => sentAtMs);
  const open = timeline.findIndex(
    (entry, index) => entry.atMs >= beforeMs || isOpen(entry, index === lastMain, unanswered),
  );
  return open < 0 ? timeline.length : open;
}

function isOpen(entry: TimelineEntry, isLast: boolean, unanswered: readonly number[]): boolean {
  switch (entry.kind) {
    case 'snapshot':
    case 'wave':
      return entry.calls.some(({ outcome }) => outcome === 'under way');
    case 'looks':
      return isLast || unanswered.some((sentAtMs) => sentAtMs >= entry.atMs && sentAtMs <= entry.untilMs);
    default:
      return false;
  }
}

import { isSerious } from '../../shared/core/model/finding.ts';
import { type DurationMs, type EpochMs, secondMs } from '../../shared/core/model/time.ts';
import { alsoAlive, type Report, type ZoneReport } from '../../shared/core/report/report.ts';
import { everyEntry, type LogEntry, readLog } from '../log-events.ts';
import { CliError, type Session } from '../session.ts';
import type { PhoenatStack } from '../stack.ts';
import { isTransient, oneLine } from '../transient-error.ts';
import type { Progress } from './progress.ts';

export type Following = {
  /** When the controller was asked to begin, in its own time. */
  readonly since: EpochMs;
  readonly timeoutMs: DurationMs;
  /** The zones that are rebuilt. */
  readonly zones: readonly string[];
  readonly progress: Progress;
};

/** The result of a rebuild. */
export type Followed = {
  readonly report: Report;
  /** The zones that it was begun in. */
  readonly begun: readonly string[];
  /** Why it was not begun in the others: how things are may have changed since it was asked what would be done. */
  readonly refusals: readonly string[];
};

const betweenReadsMs: DurationMs = 2 * secondMs;

/**
 * Reads the log until every zone that was asked for is done or needs a person; undefined where that takes too long. Runs
 * that had begun before do not count: they may not have seen what is asked. A connection that drops is waited for.
 */
export async function follow(
  session: Session,
  { logGroupName }: PhoenatStack,
  following: Following,
): Promise<Followed | undefined> {
  const { since, timeoutMs, progress } = following;
  const { clock } = session;
  const begunAt = clock.now();
  const seen = new Set<string>();
  let isCutOff = false;
  progress.begin();
  let followed: Followed | undefined;
  while (followed === undefined && clock.now() - begunAt < timeoutMs) {
    await clock.sleep(betweenReadsMs);
    const entries = await readOrExplain(session, logGroupName, since, progress);
    if (entries === undefined && !isCutOff) {
      progress.note(
        'no connection to the log; the rebuild continues, and is followed again when there is one',
      );
    }
    isCutOff = entries === undefined;
    for (const entry of (entries ?? []).filter((each) => !seen.has(keyOf(each)))) {
      seen.add(keyOf(entry));
      show(entry, following);
    }
    followed = outcomeIn(entries ?? [], following);
  }
  progress.end();
  return followed;
}

/** Undefined: not now. */
async function readOrExplain(
  session: Session,
  logGroupName: string,
  since: EpochMs,
  progress: Progress,
): Promise<readonly LogEntry[] | undefined> {
  try {
    return (await readLog(session, logGroupName, { since, pattern: everyEntry })).entries;
  } catch (error) {
    if (isTransient(error)) {
      return undefined;
    }
    progress.end();
    throw new CliError(
      `the rebuild has begun, but it cannot be followed: ${logGroupName} could not be read (${oneLine(error)}); see "${session.self} status --watch"`,
      3,
    );
  }
}

function show(entry: LogEntry, { progress, zones }: Following): void {
  if (entry.kind === 'step' && zones.includes(entry.zone)) {
    progress.step(entry.zone, entry.step);
  } else if (entry.kind === 'report') {
    const concerned = entry.report.zones.filter(({ zone }) => zones.includes(zone));
    progress.waiting(concerned.flatMap(({ waitsFor }) => waitsFor));
  }
}

/** CloudWatch gives an entry an id of its own, which is not read: run, time and text tell them apart. */
function keyOf(entry: LogEntry): string {
  const what = entry.kind === 'step' ? `${entry.zone} ${entry.step.step}` : entry.kind;
  return `${entry.run} ${entry.at} ${what}`;
}

/** The clocks of two Lambda machines differ by less than this. */
const clocksDifferMs: DurationMs = secondMs;

/** The commanded run's own report comes first; from then on any later run's counts. */
function outcomeIn(entries: readonly LogEntry[], { since, zones }: Following): Followed | undefined {
  const reports = entries.flatMap((entry) => (entry.kind === 'report' ? [entry.report] : []));
  const first = reports.findIndex(
    ({ trigger, times, outcome }) =>
      trigger.kind === 'manual' &&
      trigger.detail.startsWith('rebuild') &&
      outcome !== 'planned' &&
      Date.parse(times.started) >= since - clocksDifferMs,
  );
  const own = first < 0 ? undefined : reports[first];
  const asked = (own?.zones ?? []).filter(({ zone }) => zones.includes(zone));
  const refused = new Set<string>(asked.flatMap((each) => (refusalsOf(each).length > 0 ? [each.zone] : [])));
  const begun = zones.filter((zone) => !refused.has(zone));
  const report = reports
    .slice(first)
    .find((candidate) => begun.every((zone) => stateOf(zone, candidate) !== 'open'));
  return own === undefined || report === undefined
    ? undefined
    : { report, begun, refusals: asked.flatMap(refusalsOf) };
}

/** Why a zone is not rebuilt. */
export function refusalsOf({ findings }: ZoneReport): string[] {
  return findings.filter(({ code }) => code === 'rebuild-refused').map(({ detail }) => detail);
}

export type RebuildState = 'done' | 'needs-person' | 'open';

/** Of one zone: a failure in another zone says nothing about the one that is rebuilt. */
export function stateOf(name: string, report: Report): RebuildState {
  const zone = report.zones.find((candidate) => candidate.zone === name);
  if (zone === undefined) {
    return 'open';
  }
  if (troublesOf(zone).length > 0) {
    return 'needs-person';
  }
  const isUnderWay = zone.findings.some(({ code }) => underWay.has(code)) || zone.waitsFor.length > 0;
  const isAlone = alsoAlive(zone).length === 0;
  const isServed = zone.health === 'healthy' || zone.health === 'served-by-other';
  return isServed && isAlone && !isUnderWay && report.outcome !== 'waiting' ? 'done' : 'open';
}

const underWay: ReadonlySet<string> = new Set([
  'replacement-requested',
  'another-zone-first',
  'all-zones-suspect',
]);

/** The findings that prevent a rebuild until a person acts. */
export function troublesOf({ findings, health }: ZoneReport): string[] {
  const isUndiagnosed = health === 'violation' || health === 'unknown';
  return findings
    .filter((found) => isUndiagnosed || (isSerious(found) && found.code !== 'rebuild-refused'))
    .map(({ detail }) => detail);
}

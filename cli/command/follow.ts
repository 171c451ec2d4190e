import type { Report } from '../../shared/core/report.ts';
import { type DurationMs, type EpochMs, secondMs } from '../../shared/core/time.ts';
import { everyEntry, type LogEntry, readLog } from '../log-events.ts';
import { CliError, type Session } from '../session.ts';
import type { PhoenatStack } from '../stack.ts';
import type { Ticker } from './ticker.ts';

export type Following = {
  /** When the controller was asked to begin. */
  readonly since: EpochMs;
  readonly timeoutMs: DurationMs;
  readonly zone?: string;
  readonly ticker: Ticker;
};

const betweenReadsMs: DurationMs = 2 * secondMs;

/**
 * Reads the log until a run has settled what was asked for, or says that a person is needed; undefined where that takes
 * too long. Runs that had begun before do not count: they may not have seen what is asked.
 */
export async function follow(
  session: Session,
  { logGroupName }: PhoenatStack,
  following: Following,
): Promise<Report | undefined> {
  const { since, timeoutMs, ticker } = following;
  const seen = new Set<string>();
  ticker.begin();
  let final: Report | undefined;
  while (final === undefined && session.clock.now() - since < timeoutMs) {
    await session.clock.sleep(betweenReadsMs);
    const entries = await readOrExplain(session, logGroupName, since, ticker);
    const fresh = entries.filter((entry) => !seen.has(keyOf(entry)));
    for (const entry of fresh) {
      seen.add(keyOf(entry));
      show(entry, following);
    }
    final = finalReport(entries, since);
  }
  await ticker.end(final?.outcome === 'settled');
  return final;
}

async function readOrExplain(
  session: Session,
  logGroupName: string,
  since: EpochMs,
  ticker: Ticker,
): Promise<readonly LogEntry[]> {
  try {
    return (await readLog(session, logGroupName, { since, pattern: everyEntry })).entries;
  } catch (error) {
    await ticker.end(false);
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CliError(
      `the rebuild has begun, but it cannot be followed: ${logGroupName} could not be read (${why}); see "phoenat status"`,
      3,
    );
  }
}

function show(entry: LogEntry, { ticker, zone }: Following): void {
  if (entry.kind === 'step' && (zone === undefined || entry.zone === zone)) {
    ticker.step(entry.zone, entry.step);
  } else if (entry.kind === 'report') {
    const concerned = entry.report.zones.filter((report) => zone === undefined || report.zone === zone);
    ticker.waiting(concerned.flatMap(({ waitsFor }) => waitsFor));
  }
}

/** CloudWatch gives an entry an id of its own, which is not read: run, time and text tell them apart. */
function keyOf(entry: LogEntry): string {
  const what = entry.kind === 'step' ? `${entry.zone} ${entry.step.step}` : 'report';
  return `${entry.run} ${entry.at} ${what}`;
}

/** The commanded run's own report comes first; from then on any later run's counts. */
function finalReport(entries: readonly LogEntry[], since: EpochMs): Report | undefined {
  const reports = entries.flatMap((entry) => (entry.kind === 'report' ? [entry.report] : []));
  const first = reports.findIndex(
    ({ trigger, times }) =>
      trigger.kind === 'manual' && trigger.detail.startsWith('rebuild') && Date.parse(times.started) >= since,
  );
  return first < 0
    ? undefined
    : reports.slice(first).find(({ outcome }) => outcome === 'settled' || outcome === 'attention');
}

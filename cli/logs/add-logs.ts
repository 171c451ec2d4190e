import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DurationMs, dayMs, type EpochMs, hourMs, minuteMs } from '../../shared/core/model/time.ts';
import { askController } from '../invoke-controller.ts';
import { type LogEntry, readLog, timelinePatterns } from '../log-events.ts';
import { CliError, type ExitCode, type Session, type WithSession } from '../session.ts';
import { findStack, type PhoenatStack } from '../stack.ts';
import { buildTimeline, renderTimeline } from './timeline.ts';

/** A time, or how long before now. */
type Since =
  | { readonly kind: 'at'; readonly at: EpochMs }
  | { readonly kind: 'ago'; readonly ms: DurationMs };

/** Adds `phoenat logs`. */
export function addLogs(program: Command, withSession: WithSession): void {
  program
    .command('logs')
    .description('show what the controller did, what failed and how zones changed, as a timeline')
    .option('--zone <name>', 'this zone only')
    .addOption(
      new Option('--since <time>', 'how far back: 90m, 24h, 7d, or a time such as 2026-11-23T03:00:00Z')
        .argParser(parseSince)
        .default({ kind: 'ago', ms: dayMs }, '24h'),
    )
    .addHelpText(
      'after',
      `
Examples:
  phoenat logs                          the last 24 hours
  phoenat logs --zone a --since 7d
  phoenat --json logs --since 2026-11-23T03:00:00Z | jq '.[].steps[].step'`,
    )
    .action(async ({ zone, since }: { readonly zone?: string; readonly since: Since }) => {
      await withSession((session) => showLogs(session, zone, since));
    });
}

/** @throws InvalidArgumentError where it is neither. */
export function parseSince(raw: string): Since {
  const [, amount, unit] = /^(\d{1,4})([mhd])$/.exec(raw) ?? [];
  const unitMs = { m: minuteMs, h: hourMs, d: dayMs }[unit ?? ''];
  if (amount !== undefined && unitMs !== undefined && Number(amount) > 0) {
    return { kind: 'ago', ms: Number(amount) * unitMs };
  }
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(raw)
    ? Date.parse(raw)
    : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('Give a time such as 90m, 24h, 7d, 2026-11-23 or 2026-11-23T03:00:00Z.');
  }
  return { kind: 'at', at };
}

async function showLogs(session: Session, zone: string | undefined, since: Since): Promise<ExitCode> {
  const { terminal, clock, json } = session;
  const stack = await findStack(session);
  const from = since.kind === 'at' ? since.at : clock.now() - since.ms;
  const parts = await session.spinner.during(
    'reading the log',
    Promise.all(
      timelinePatterns.map((pattern) => readLog(session, stack.logGroupName, { since: from, pattern })),
    ),
  );
  const entries = parts.flatMap((part) => part.entries).toSorted((one, other) => one.at - other.at);
  if (zone !== undefined) {
    await refuseUnknownZone(session, stack, zone, entries);
  }
  const timeline = buildTimeline(entries, zone);
  terminal.out(json ? `${JSON.stringify(timeline.runs)}\n` : renderTimeline(timeline, from, terminal));
  if (parts.some(({ isComplete }) => !isComplete)) {
    terminal.err('phoenat: the log is too long to read in full; narrow it with --since\n');
  }
  return 0;
}

/** The log names the zones; where it is silent about this one the controller knows, unless it is what is broken. */
async function refuseUnknownZone(
  session: Session,
  stack: PhoenatStack,
  zone: string,
  entries: readonly LogEntry[],
): Promise<void> {
  const isNamed = entries.some(
    (entry) =>
      (entry.kind === 'step' && entry.zone === zone) ||
      (entry.kind === 'report' && entry.report.zones.some(({ zone: name }) => name === zone)),
  );
  if (isNamed) {
    return;
  }
  try {
    await askController(session, stack.functionName, { action: 'status', zone });
  } catch (error) {
    if (error instanceof CliError && error.exitCode === 2) {
      throw error;
    }
    session.terminal.err(
      `phoenat: nothing in the log is about a zone ${zone}, and the controller does not answer\n`,
    );
  }
}

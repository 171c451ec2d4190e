import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Report, StepReport } from '../shared/core/report.ts';
import type { EpochMs } from '../shared/core/time.ts';
import { field, textField } from '../shared/events/fields.ts';
import { isReport } from './parse-report.ts';
import type { Session } from './session.ts';

/** What the controller wrote down: one step in a zone, or the report of a run. */
export type LogEntry =
  | {
      readonly kind: 'step';
      readonly at: EpochMs;
      readonly run: string;
      readonly zone: string;
      readonly step: StepReport;
    }
  | { readonly kind: 'report'; readonly at: EpochMs; readonly run: string; readonly report: Report };

/** CloudWatch Logs' filter patterns; what does not match is not sent. */
export const everyEntry = '{ $.message = "step" || $.message = "report" }';
export const runsWithSteps =
  '{ $.message = "step" || ($.message = "report" && $.report.calls.mutating > 0) }';
export const cutovers = '{ $.message = "step" && $.kind = "associate-address" && $.result.kind = "done" }';

/** More than a week of a busy stack; what lies beyond is said to be missing rather than read for minutes. */
const mostPages = 200;

export type LogEntries = { readonly entries: readonly LogEntry[]; readonly isComplete: boolean };

/** Reads the controller's log from a time on, oldest first. */
export async function readLog(
  { aws }: Pick<Session, 'aws'>,
  logGroupName: string,
  wanted: { readonly since: EpochMs; readonly pattern: string },
): Promise<LogEntries> {
  const entries: LogEntry[] = [];
  let nextToken: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const answer = await aws.logs.send(
      new FilterLogEventsCommand({
        logGroupName,
        startTime: wanted.since,
        filterPattern: wanted.pattern,
        nextToken,
      }),
    );
    entries.push(
      ...(answer.events ?? []).flatMap(({ message, timestamp }) => parseEntry(message, timestamp) ?? []),
    );
    nextToken = answer.nextToken;
    if (nextToken === undefined || nextToken === '') {
      return { entries: entries.toSorted((one, other) => one.at - other.at), isComplete: true };
    }
  }
  return { entries, isComplete: false };
}

/** Undefined for what is none of the controller's: Lambda's own lines, for example. */
export function parseEntry(message: string | undefined, at: EpochMs | undefined): LogEntry | undefined {
  const line = decode(message);
  const run = textField(line, 'function_request_id') ?? '';
  if (at === undefined) {
    return undefined;
  }
  switch (textField(line, 'message')) {
    case 'step': {
      const zone = textField(line, 'zone');
      return zone !== undefined && isStep(line) ? { kind: 'step', at, run, zone, step: line } : undefined;
    }
    case 'report': {
      const report = field(line, 'report');
      return isReport(report) ? { kind: 'report', at, run, report } : undefined;
    }
    default:
      return undefined;
  }
}

function decode(message: string | undefined): unknown {
  try {
    const line: unknown = JSON.parse(message ?? '');
    return line;
  } catch {
    return undefined;
  }
}

function isStep(line: unknown): line is StepReport {
  const kind = textField(field(line, 'result'), 'kind');
  return (
    textField(line, 'step') !== undefined &&
    textField(line, 'kind') !== undefined &&
    typeof field(line, 'tookMs') === 'number' &&
    (kind === 'done' || kind === 'planned' || kind === 'failed')
  );
}

import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { quote } from '../shared/core/model/quote.ts';
import type { EpochMs } from '../shared/core/model/time.ts';
import type { Report, StepReport } from '../shared/core/report/report.ts';
import { isReport } from './parse-report.ts';
import type { Session } from './session.ts';

/** An entry of the controller's log: one step in a zone, the report of a run, or the failure of a run. */
export type LogEntry =
  | {
      readonly kind: 'step';
      readonly at: EpochMs;
      readonly run: string;
      readonly zone: string;
      readonly step: StepReport;
    }
  | { readonly kind: 'report'; readonly at: EpochMs; readonly run: string; readonly report: Report }
  | {
      readonly kind: 'failure';
      readonly at: EpochMs;
      readonly run: string;
      /** `ended`: the run has no end but this one. `ended-somehow`: the same, in Lambda's words only. `said`: it went on. */
      readonly how: 'ended' | 'ended-somehow' | 'said';
      readonly text: string;
    };

/** CloudWatch Logs' filter patterns; what does not match is not sent. Events about foreign instances are no news. */
const lookedReport = '($.message = "report" && $.report.outcome != "ignored")';
export const everyEntry = `{ $.message = "step" || ${lookedReport} }`;
export const cutovers = '{ $.message = "step" && $.kind = "associate-address" && $.result.kind = "done" }';
export const failuresAndSchedule =
  '{ ($.message = "step" && $.result.kind = "failed") || ($.message = "report" && $.report.trigger.kind = "schedule") }';

/**
 * What `phoenat logs` needs. In JSON Lambda says of each run how it ended (Telemetry API, `platform.report`), and the
 * runtime what it ended with; a time-out may also be a line of text, which no pattern for JSON matches.
 */
export const timelinePatterns = [
  `{ $.message = "step" || ${lookedReport} || $.level = "ERROR" || $.level = "WARN" || ($.type = "platform.report" && $.record.status != "success") }`,
  '?"Task timed out" ?"Status: timeout" ?"Status: error"',
];

/** More than a week of a busy stack; what lies beyond is said to be missing rather than read for minutes. */
const maxPages = 200;

export type LogEntries = { readonly entries: readonly LogEntry[]; readonly isComplete: boolean };

/** Reads the controller's log from a time on, oldest first. */
export async function readLog(
  { aws }: Pick<Session, 'aws'>,
  logGroupName: string,
  wanted: { readonly since: EpochMs; readonly pattern: string },
): Promise<LogEntries> {
  const entries: LogEntry[] = [];
  let read = 0;
  for await (const { events = [], nextToken } of paginateFilterLogEvents(
    { client: aws.logs },
    { logGroupName, startTime: wanted.since, filterPattern: wanted.pattern },
  )) {
    entries.push(...events.flatMap(({ message, timestamp }) => parseEntry(message, timestamp) ?? []));
    read += 1;
    if (read === maxPages && nextToken !== undefined && nextToken !== '') {
      return { entries, isComplete: false };
    }
  }
  return { entries: entries.toSorted((one, other) => one.at - other.at), isComplete: true };
}

/** Undefined for a line that says nothing of a run: that it began, for example. */
export function parseEntry(message: string | undefined, at: EpochMs | undefined): LogEntry | undefined {
  if (message === undefined || at === undefined) {
    return undefined;
  }
  const line = decode(message);
  if (line === undefined) {
    return parseText(message, at);
  }
  const { message: word, function_request_id, requestId } = anyLine.parse(line);
  const run = function_request_id ?? requestId ?? '';
  switch (word) {
    case 'step':
      return isStepLine(line) ? { kind: 'step', at, run, zone: line.zone, step: line } : undefined;
    case 'report': {
      const { data } = reportLine.safeParse(line);
      return data === undefined ? undefined : { kind: 'report', at, run, report: data.report };
    }
    default:
      return parseFailure(line, run, at);
  }
}

/** Lambda's own lines, and the controller's lines other than steps and reports. */
function parseFailure(line: unknown, run: string, at: EpochMs): LogEntry | undefined {
  const end = endLine.safeParse(line);
  if (end.success && end.data.record.status !== 'success') {
    const { status, requestId } = end.data.record;
    return {
      kind: 'failure',
      at,
      run: requestId ?? run,
      ...(status === 'timeout'
        ? { how: 'ended', text: timedOut }
        : { how: 'ended-somehow', text: `the run ended with status ${quote(status)}` }),
    };
  }
  const thrown = thrownLine.safeParse(line);
  if (thrown.success) {
    const { errorType = 'Error', errorMessage } = thrown.data;
    const text = `the run ended with ${quote(errorType)}: ${quote(errorMessage)}`;
    return { kind: 'failure', at, run, how: 'ended', text };
  }
  const said = saidLine.safeParse(line);
  if (said.success) {
    const { message, error } = said.data;
    const text = quote(error === undefined ? message : `${message}: ${error}`);
    return { kind: 'failure', at, run, how: 'said', text };
  }
  return undefined;
}

/** What is told if it is there, and is not missed. */
const ifText = z.string().optional().catch(undefined);

const anyLine = z.object({ message: ifText, function_request_id: ifText, requestId: ifText }).catch({});
const stepLine = z.object({
  zone: z.string(),
  step: z.string(),
  kind: z.string(),
  tookMs: z.number(),
  result: z.object({ kind: z.enum(['done', 'planned', 'failed']) }),
});
const reportLine = z.object({ report: z.custom<Report>(isReport) });
const endLine = z.object({
  type: z.literal('platform.report'),
  record: z.object({ status: z.string(), requestId: ifText }),
});
const thrownFields = z.object({ errorMessage: z.string(), errorType: ifText });
/** In the line itself, or in what stands as its message. */
const thrownLine = z.union([
  thrownFields,
  z.object({ message: thrownFields }).transform(({ message }) => message),
]);
const saidLine = z.object({ level: z.enum(['ERROR', 'WARN']), message: z.string(), error: ifText });

/** What this command reads of a step is there, as in a report. */
function isStepLine(line: unknown): line is StepReport & { readonly zone: string } {
  return stepLine.safeParse(line).success;
}

const timedOut = 'the run timed out; the next one continues';

/** "2026-11-23T03:00:00.000Z 8d2b… Task timed out after 60.00 seconds", "REPORT RequestId: 8d2b… … Status: timeout". */
function parseText(message: string, at: EpochMs): LogEntry | undefined {
  const [, late] = /(\S+) Task timed out after/.exec(message) ?? [];
  const [, reported, status] = /^REPORT RequestId: (\S+)\s[\s\S]*Status: (timeout|error)/.exec(message) ?? [];
  if (late !== undefined || status === 'timeout') {
    return { kind: 'failure', at, run: late ?? reported ?? '', how: 'ended', text: timedOut };
  }
  return reported === undefined
    ? undefined
    : { kind: 'failure', at, run: reported, how: 'ended-somehow', text: 'the run ended with an error' };
}

function decode(message: string): unknown {
  try {
    const line: unknown = JSON.parse(message);
    return line;
  } catch {
    return undefined;
  }
}

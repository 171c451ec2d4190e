import { bootText } from '../shared/core/report/boot.ts';
import type { ZoneReport } from '../shared/core/report/report.ts';
import type { RecordedInvocation } from '../simulator/harness/harness.ts';
import type { LifecycleRun } from '../simulator/harness/stack-harness.ts';
import { fieldAt } from './field-at.ts';
import type { Recording } from './recording.ts';
import type { RecordedCall, RecordedRun, ReportedOutage } from './scenario-result.ts';

export function recordedRuns(recording: Recording): RecordedRun[] {
  return recording.runs().map((run, index) => ({
    run: index + 1,
    event: 'request' in run ? requestWords(run) : eventWords(run.event),
    startedAtMs: recording.since(run.startedAt),
    ...('request' in run ? answered(run, recording) : ending(run, recording)),
  }));
}

function requestWords({ request }: LifecycleRun): string {
  return `CloudFormation's ${request} request`;
}

/** The reason is all that CloudFormation shows of a failure. */
function answered({ endedAt, answer }: LifecycleRun, recording: Recording): Ending {
  return {
    ...nothingSaid,
    ...(endedAt === undefined ? {} : { endedAtMs: recording.since(endedAt) }),
    ...(answer === undefined ? {} : { outcome: answer.Status }),
    ...(answer?.Reason === undefined ? {} : { findings: [answer.Reason] }),
  };
}

type Ending = Omit<RecordedRun, 'run' | 'event' | 'startedAtMs'>;

function ending({ clientName, report, endedAt }: RecordedInvocation, recording: Recording): Ending {
  // The simulated crash kills the client. The code above it lives on here, which it would not in a process that died.
  const crash = recording
    .calls()
    .find((call) => call.clientName === clientName && call.outcome === 'crashed');
  if (crash !== undefined) {
    return { endedAtMs: recording.since(crash.sentAt), outcome: 'died', ...nothingSaid };
  }
  const zones = report?.zones ?? [];
  const words = {
    waitsFor: [...new Set(zones.flatMap(({ waitsFor }) => waitsFor))],
    findings: zones.flatMap(({ findings }) => findings.map(({ code, detail }) => `${code}: ${detail}`)),
    outages: zones.flatMap(({ zone, outage }) =>
      outage === undefined ? [] : [{ zone, outage: asReported(outage, recording) }],
    ),
    passing: zones.flatMap(({ zone, egress }) => (egress === 'passes' ? [zone] : [])),
    repairs: zones.flatMap(({ zone, primary }) =>
      primary?.repairs === undefined
        ? []
        : [{ zone, instanceId: primary.instanceId, count: primary.repairs }],
    ),
    boots: zones.flatMap(({ zone, boot }) => {
      const text = boot && bootText(boot);
      return boot === undefined || text === undefined ? [] : [{ zone, instanceId: boot.instanceId, text }];
    }),
  };
  return endedAt === undefined
    ? words
    : { ...words, endedAtMs: recording.since(endedAt), outcome: report?.outcome ?? 'failed' };
}

const nothingSaid = { waitsFor: [], findings: [], outages: [], passing: [], repairs: [], boots: [] } as const;

function asReported(
  { startedAt, startKnownFrom, endedAt, endKnownFrom = 'ec2' }: NonNullable<ZoneReport['outage']>,
  recording: Recording,
): ReportedOutage {
  const sinceMs = (time: string) => recording.since(Date.parse(time));
  return {
    fromMs: sinceMs(startedAt),
    knownFrom: startKnownFrom,
    ...(endedAt === undefined ? {} : { over: { atMs: sinceMs(endedAt), knownFrom: endKnownFrom } }),
  };
}

/** The effect of an event on its run, as far as is known: it acted on its first look, on a later one, or not at all. */
export type Activity = 'immediate' | 'late' | 'idle' | 'undecided';

export function activityOf(run: RecordedRun, calls: readonly RecordedCall[]): Activity {
  const own = calls.filter((call) => call.run === run.run);
  const firstAct = own.find(({ effect }) => effect !== 'look')?.sentAtMs;
  const secondLook = looksOf(own)[1]?.sentAtMs;
  if (firstAct !== undefined) {
    return secondLook === undefined || firstAct <= secondLook ? 'immediate' : 'late';
  }
  return run.endedAtMs === undefined && secondLook === undefined ? 'undecided' : 'idle';
}

/** Every look begins with the instances. */
export function looksOf(calls: readonly RecordedCall[]): RecordedCall[] {
  return calls.filter(({ call }) => call === 'DescribeInstances');
}

/** The EventBridge document, or the command, that woke a run, in words. */
function eventWords(event: RecordedInvocation['event']): string {
  const type = textAt(event, 'detail-type');
  const instanceId = textAt(event, 'detail', 'instance-id');
  switch (type) {
    case '':
      return `command ${JSON.stringify(event)}`;
    case 'Scheduled Event':
      return 'the schedule';
    case 'EC2 Instance State-change Notification':
      return `${instanceId} is ${textAt(event, 'detail', 'state')}`;
    case 'EC2 Spot Instance Interruption Warning':
      return `${instanceId} will be interrupted`;
    case 'AWS Health Event':
      return `${textAt(event, 'detail', 'eventTypeCode')}: ${textAt(event, 'resources', 0)}`;
    default:
      return `${type}: ${instanceId}`;
  }
}

function textAt(event: unknown, ...path: readonly (string | number)[]): string {
  const value = fieldAt(event, path);
  return typeof value === 'string' ? value : '';
}

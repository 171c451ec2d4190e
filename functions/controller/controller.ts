import type { Context } from 'aws-lambda';
import { type Ec2Api, ec2Commands } from '../../shared/aws/api.ts';
import { createEc2Caller } from '../../shared/aws/ec2-caller.ts';
import type { Ec2Context, LaunchConfiguration } from '../../shared/aws/ec2-context.ts';
import { type PutMetricData, putMetrics } from '../../shared/aws/put-metrics.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { quote } from '../../shared/core/model/quote.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import type { Clock, DurationMs, EpochMs } from '../../shared/core/model/time.ts';
import type { Trigger } from '../../shared/core/model/trigger.ts';
import { runLimits } from '../../shared/core/model/worst-day.ts';
import { type Refusal, refuse } from '../../shared/core/report/build-report.ts';
import { measure } from '../../shared/core/report/metrics.ts';
import type { Report } from '../../shared/core/report/report.ts';
import { parseTrigger } from '../../shared/events/parse-trigger.ts';
import { UnknownCommandError } from '../../shared/events/unknown-command-error.ts';
import { boundedLog } from '../../shared/loop/bounded-log.ts';
import type { AskProbe } from '../../shared/loop/context.ts';
import type { Log } from '../../shared/loop/log.ts';
import { runLoop } from '../../shared/loop/loop.ts';
import { digest, type Prepare } from '../../shared/loop/prepare.ts';
import { probesOf } from '../../shared/loop/probes-of.ts';
import { newProcessMemory } from '../../shared/loop/process-memory.ts';

/** Everything of the outside world that the controller touches. */
export type ControllerDeps = {
  readonly ec2: Ec2Api;
  readonly putMetricData: PutMetricData;
  /** Absent where there is no probe to ask. */
  readonly askProbe?: AskProbe;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly prepare: Prepare;
  /** The version that the reports state. */
  readonly version?: string;
  /** A number from 0 to 1. */
  readonly random: () => number;
};

/** What the controller needs to know of the Lambda invocation. */
export type Invocation = Pick<Context, 'getRemainingTimeInMillis'>;

/** Time kept at the end of an invocation for the answers to the last look's calls. */
const marginMs: DurationMs = 8_000;
/** Of that, the part kept for the report and the metrics, when no answer is awaited any more. */
const reportingMs: DurationMs = 4_000;

/**
 * The controller: one event in, one report out. Rejects with `SettingsError` when the environment is wrong and with
 * `UnknownEventError` when the event is of no known kind; both before anything was read or changed. An operator's command
 * that is not understood gets an answer: a typing mistake must not trigger the alarm on errors.
 */
export function createController(
  deps: ControllerDeps,
): (event: unknown, invocation: Invocation) => Promise<Report> {
  let configuration: LaunchConfiguration | undefined;
  const processMemory = newProcessMemory();
  return async (event, invocation) => {
    // Parsed once, and not at import, so that the caller gets the message of a mistake.
    configuration ??= deps.prepare(deps.env);
    const { settings } = configuration;
    const startedAt = deps.clock.now();
    const trigger = understand(event, settings, startedAt);
    if ('refusal' in trigger) {
      deps.log('warn', 'report', { report: trigger });
      return trigger;
    }
    const end = startedAt + invocation.getRemainingTimeInMillis();
    const deadline = end - marginMs;
    const ec2 = createEc2Caller({
      ec2: deps.ec2,
      commands: ec2Commands,
      role: 'ControllerRole',
      clock: deps.clock,
      random: deps.random,
      deadline,
      cutOff: end - reportingMs,
      maxCalls: runLimits.calls,
    });
    const ec2Context: Ec2Context = { ...configuration, ec2 };
    const { clock } = deps;
    const log = boundedLog(deps.log);
    const probes = probesOf(settings, deps);
    const given = { settings, ec2Context, clock, digest, deadline, log, processMemory, ...probes };
    const loop = await runLoop(trigger, given);
    const report = deps.version === undefined ? loop : { ...loop, version: deps.version };
    log(report.outcome === 'attention' ? 'error' : 'info', 'report', { report });
    await tellCloudWatch(trigger, report, { settings, runTimeMs: clock.now() - startedAt }, deps);
    return report;
  };
}

/** What the event asks for, or the answer to a command that asks for something that does not exist. */
function understand(event: unknown, settings: Settings, now: EpochMs): Trigger | Refusal {
  try {
    const trigger = parseTrigger(event, now);
    refuseUnknownZone(trigger, settings);
    return trigger;
  } catch (error) {
    if (error instanceof UnknownCommandError) {
      return refuse(error.message, JSON.stringify(event), now);
    }
    throw error;
  }
}

function refuseUnknownZone(trigger: Trigger, settings: Settings): void {
  const zone = trigger.kind === 'manual' ? trigger.command.zone : undefined;
  const names = settings.zones.map(({ name }) => name);
  if (zone !== undefined && !names.includes(zone)) {
    throw new UnknownCommandError(
      `there is no zone "${zone}"; the zones of ${settings.stack} are ${names.join(', ')}`,
    );
  }
}

/** An event whose owner is unknown says nothing about our zones; the schedule counts them every minute. */
function sawNothing(trigger: Trigger, { zones }: Report): boolean {
  return trigger.kind === 'instances' && zones.every(({ health }) => health === 'unknown');
}

/** Off the critical path, and a failure is only logged: a lost metric must not fail a failover. */
async function tellCloudWatch(
  trigger: Trigger,
  report: Report,
  { settings, runTimeMs }: { readonly settings: Settings; readonly runTimeMs: DurationMs },
  deps: ControllerDeps,
): Promise<void> {
  if (report.outcome === 'ignored' || sawNothing(trigger, report)) {
    return;
  }
  const where = {
    namespace: settings.metricNamespace,
    stack: settings.stack,
    at: Date.parse(report.times.ended),
  };
  try {
    await putMetrics(deps.putMetricData, measure(report, runTimeMs), where);
  } catch (error) {
    deps.log('warn', 'metrics not sent', {
      error: quote(errorMessage(error)),
    });
  }
}

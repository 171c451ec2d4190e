import type { Context } from 'aws-lambda';
import { type Ec2Api, ec2Commands, lifecycleEc2Commands } from '../../shared/aws/api.ts';
import { createEc2Caller } from '../../shared/aws/ec2-caller.ts';
import type { Ec2Context } from '../../shared/aws/ec2-context.ts';
import { within } from '../../shared/aws/time-limit.ts';
import { maxClientCidrs, maxClientSecurityGroups } from '../../shared/config/client-limits.ts';
import { SettingsError } from '../../shared/config/problems.ts';
import { launchesOfARollback } from '../../shared/core/launch/breaker.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { parseId } from '../../shared/core/model/ids.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import {
  type Clock,
  type DurationMs,
  type EpochMs,
  minuteMs,
  secondMs,
} from '../../shared/core/model/time.ts';
import { isObject } from '../../shared/events/fields.ts';
import type { AskProbe, LoopDeps } from '../../shared/loop/context.ts';
import type { Log } from '../../shared/loop/log.ts';
import { digest, type Prepare, prepareRemoval } from '../../shared/loop/prepare.ts';
import { probesOf } from '../../shared/loop/probes-of.ts';
import { type Former, type LifecycleResult, runDeployment } from './deployment.ts';
import { nameParameters } from './name-parameters.ts';
import { carriedOnKey, type LifecycleRequest, parseRequest } from './parse-request.ts';
import { runRemoval } from './removal.ts';
import { type Answer, isOfNothingBuilt, longestAnswerMs, type Put, respond } from './respond.ts';

/** Everything of the outside world that the lifecycle function touches. */
export type LifecycleDeps = {
  readonly ec2: Ec2Api;
  readonly put: Put;
  /** Absent where there is no probe to ask. */
  readonly askProbe?: AskProbe;
  /** Invokes this function once more, asynchronously, with this event. */
  readonly invokeAgain: (event: object, abortSignal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly prepare: Prepare;
  /** A number from 0 to 1. */
  readonly random: () => number;
};

type Invocation = Pick<Context, 'getRemainingTimeInMillis'>;

/** For the last calls to be answered. */
const lastCallsMs: DurationMs = 15 * secondMs;
/** For Lambda to take the next invocation; after that, CloudFormation is answered instead. */
const handOverMs: DurationMs = 15 * secondMs;
/** Time kept at the end of an invocation: all of these at their longest, one after the other, and the log. */
const marginMs: DurationMs = lastCallsMs + handOverMs + longestAnswerMs + 5 * secondMs;
/** Below the custom resource's ServiceTimeout of an hour, after which CloudFormation accepts no answer. */
const maxTimeoutMs: DurationMs = 55 * minuteMs;
/** In addition to the ready time-out: the launch, a second type, the cutover, the clean-up. */
const aroundReadyMs: DurationMs = 5 * minuteMs;
/** Continued more often than the timeout can need: something is wrong, and an answer is due. */
const maxInvocations = 8;

/**
 * The custom resource that stands for the zones: one CloudFormation request in, one answer out, whatever happens. Rejects
 * where nobody can be answered (`UnknownRequestError`) and where the answer could not be delivered: Lambda then repeats
 * the request, which carries on where this one stopped.
 */
export function createLifecycle(
  deps: LifecycleDeps,
): (event: unknown, invocation: Invocation) => Promise<void> {
  return async (event, invocation) => {
    const request = parseRequest(event);
    const startedAt = deps.clock.now();
    const { type, carriedOn } = request;
    deps.log('info', 'request', { type, stackId: request.stackId, requestId: request.requestId, carriedOn });
    const invocationEnd = startedAt + invocation.getRemainingTimeInMillis() - marginMs;
    const result = await outcomeOf(request, startedAt, invocationEnd, deps);
    deps.log(levelOf(result), 'result', { type, result });
    if (result.kind === 'unfinished' && (await continueInAnother(event, request, startedAt, deps))) {
      return;
    }
    await respond(request, answerFor(request, result), deps);
  };
}

function levelOf(result: LifecycleResult): 'error' | 'warn' | 'info' {
  if (result.kind === 'failed') return 'error';
  return result.kind === 'done' && result.warnings.length > 0 ? 'warn' : 'info';
}

/** Nothing that goes wrong may keep CloudFormation from its answer. */
async function outcomeOf(
  request: LifecycleRequest,
  startedAt: EpochMs,
  invocationEnd: EpochMs,
  deps: LifecycleDeps,
): Promise<LifecycleResult> {
  try {
    return await perform(request, startedAt, invocationEnd, deps);
  } catch (error) {
    if (error instanceof SettingsError) {
      return settingsFailure(request, nameParameters(error.message, deps.env));
    }
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    deps.log('error', 'unexpected', { message, stack: error instanceof Error ? error.stack : undefined });
    return { kind: 'failed', problems: [`unexpected: ${message}`] };
  }
}

/** Before the first call, so a creation has made nothing; a deletion cannot know what to remove. */
function settingsFailure({ type }: LifecycleRequest, problem: string): LifecycleResult {
  switch (type) {
    case 'Create':
      return { kind: 'failed', problems: [problem], nothingBuilt: true };
    case 'Update':
      return { kind: 'failed', problems: [problem] };
    case 'Delete':
      return {
        kind: 'failed',
        problems: [`nothing was removed, because it is not known what to remove: ${problem}`],
      };
  }
}

async function perform(
  request: LifecycleRequest,
  startedAt: EpochMs,
  invocationEnd: EpochMs,
  deps: LifecycleDeps,
): Promise<LifecycleResult> {
  if (request.type === 'Delete' && isOfNothingBuilt(request)) {
    return { kind: 'done', publicAddresses: [], warnings: [] };
  }
  const configuration = request.type === 'Delete' ? prepareRemoval(deps.env) : deps.prepare(deps.env);
  const { clock, log } = deps;
  const { settings } = configuration;
  const timeoutMs = timeoutFor(request, settings);
  const timeoutEnd = sinceOf(request, startedAt) + timeoutMs;
  const deadline = Math.min(invocationEnd, timeoutEnd);
  const ec2 = createEc2Caller({
    ec2: deps.ec2,
    commands: { ...ec2Commands, ...lifecycleEc2Commands },
    role: 'LifecycleRole',
    clock,
    random: deps.random,
    deadline,
    cutOff: deadline + lastCallsMs,
  });
  const ec2Context: Ec2Context = { ...configuration, ec2 };
  const loopDeps = {
    settings,
    ec2Context,
    clock,
    digest,
    deadline,
    log,
    deployingSince: sinceOf(request, startedAt),
    ...probesOf(settings, deps),
  };
  const result = await performFor(request, loopDeps);
  return result.kind === 'unfinished' && timeoutEnd <= invocationEnd
    ? {
        kind: 'failed',
        problems: [`not done within ${Math.round(timeoutMs / minuteMs)} minutes`, ...result.open],
        ...(result.isBuilt === true ? { isBuilt: true } : {}),
      }
    : result;
}

/** Zones are replaced one after the other, so an update may take as long as all of them, or until a low breaker closes. */
function timeoutFor({ type }: LifecycleRequest, settings: Settings): DurationMs {
  const { zones, readyTimeoutMs, maxLaunchesPerHour } = settings;
  switch (type) {
    case 'Create':
      return Math.min(maxTimeoutMs, readyTimeoutMs + aroundReadyMs);
    case 'Update':
      return maxLaunchesPerHour < launchesOfARollback
        ? maxTimeoutMs
        : Math.min(maxTimeoutMs, zones.length * (readyTimeoutMs + aroundReadyMs));
    case 'Delete':
      return maxTimeoutMs;
  }
}

function tooManyClients({ clients }: LifecycleRequest): string[] {
  const { cidrs, securityGroups } = clients;
  return [
    ...(cidrs.length > maxClientCidrs
      ? [`ClientCidrs has ${cidrs.length} ranges, at most ${maxClientCidrs} are allowed; use wider ones`]
      : []),
    ...(securityGroups.length > maxClientSecurityGroups
      ? [
          `ClientSecurityGroups has ${securityGroups.length} groups, at most ${maxClientSecurityGroups} are allowed; attach the stack's own client group to the others' members`,
        ]
      : []),
  ];
}

async function performFor(request: LifecycleRequest, deps: LoopDeps): Promise<LifecycleResult> {
  const problems = request.type === 'Delete' ? [] : tooManyClients(request);
  if (problems.length > 0) {
    return { kind: 'failed', problems };
  }
  switch (request.type) {
    case 'Create':
      return await runDeployment({ kind: 'create' }, deps);
    case 'Update':
      return await runDeployment({ kind: 'update', former: formerOf(request) }, deps);
    case 'Delete': {
      const removed = await runRemoval({ kind: 'everything' }, deps);
      return removed.kind === 'done' ? { ...removed, publicAddresses: [] } : removed;
    }
  }
}

function formerOf({ oldAddresses, oldPrivateSubnets }: LifecycleRequest): Former {
  return {
    allocationIds: oldAddresses.flatMap((raw) => parseId('allocation', raw) ?? []),
    privateSubnetIds: oldPrivateSubnets.flatMap((raw) => parseId('subnet', raw) ?? []),
  };
}

/** True if another invocation continues; false if there were too many, or none could be started. */
async function continueInAnother(
  event: unknown,
  request: LifecycleRequest,
  startedAt: EpochMs,
  deps: LifecycleDeps,
): Promise<boolean> {
  const invocations = (request.carriedOn?.invocations ?? 0) + 1;
  if (!isObject(event) || invocations >= maxInvocations) {
    return false;
  }
  const since = new Date(sinceOf(request, startedAt)).toISOString();
  try {
    const next = { ...event, [carriedOnKey]: { since, invocations } };
    await within(handOverMs, deps.clock, (signal) => deps.invokeAgain(next, signal));
    deps.log('info', 'carried on', { since, invocations });
    return true;
  } catch (error) {
    deps.log('error', 'not continued', { message: errorMessage(error) });
    return false;
  }
}

function sinceOf({ carriedOn }: LifecycleRequest, startedAt: EpochMs): EpochMs {
  return carriedOn === undefined ? startedAt : Date.parse(carriedOn.since);
}

function answerFor({ type }: LifecycleRequest, result: LifecycleResult): Answer {
  switch (result.kind) {
    case 'done':
      return successFor(result);
    case 'failed':
      return {
        status: 'FAILED',
        reason: reasonFor(type, result, result.problems),
        ...(result.nothingBuilt === true ? { nothingBuilt: true } : {}),
      };
    case 'unfinished':
      return { status: 'FAILED', reason: reasonFor(type, result, ['not done in time', ...result.open]) };
  }
}

/** CloudFormation does not show the reason of a success: it is in the answer, and in the log as a warning. */
function successFor({ publicAddresses, warnings }: Extract<LifecycleResult, { kind: 'done' }>): Answer {
  const data = { PublicAddresses: publicAddresses.join(', ') };
  return warnings.length === 0
    ? { status: 'SUCCESS', data }
    : {
        status: 'SUCCESS',
        data,
        reason: `Done, with warnings: ${warnings.join(' | ')}`,
      };
}

/** Says only what is known of all zones together; each zone that is not as wanted has a sentence of its own. */
const failedTo: Readonly<Record<LifecycleRequest['type'], string>> = {
  Create: 'Not every zone could be given its NAT instance',
  Update: 'Not every zone could be changed',
  Delete: 'Some resources are left; deleting the stack again continues with them',
};

const failedToRemove = 'The zones are changed, but not everything that they no longer need could be removed';

function reasonFor(
  type: LifecycleRequest['type'],
  { isBuilt }: { readonly isBuilt?: true },
  problems: readonly string[],
): string {
  return `${isBuilt === true ? failedToRemove : failedTo[type]}: ${problems.join(' | ')}`;
}

import type { Ec2Api } from '../../shared/aws/api.ts';
import type { DurationMs, EpochMs } from '../../shared/core/model/time.ts';
import type { AppliedFault, Faults } from '../faults.ts';
import type { Throttle } from '../throttle.ts';
import { abortError, awsError, ClientCrashed, NotSimulated, timeoutError } from './aws-error.ts';
import { callOf, type Ec2Call, isMutating } from './calls.ts';
import { perform } from './handlers/handlers.ts';
import type { Region } from './region.ts';

/** One call that a client made. `answeredAt` is absent while it is under way, and for good if the client crashed. */
export type CallRecord = Ec2Call & {
  readonly clientName: string;
  readonly sentAt: EpochMs;
  answeredAt?: EpochMs;
  /** `ok`, the error's code, `lost` (no answer came; it may have happened), `crashed`, or `under way`. */
  outcome: string;
  /** Where the simulator keeps answers. */
  answer?: object;
};

export type ClientOptions = {
  /** For the log and for faults that hit one client only. */
  readonly name?: string;
  /** As the SDK's request handler has it; absent: the client waits for ever. */
  readonly requestTimeoutMs?: DurationMs;
  /** The SDK asks so often before it gives an unanswered call up. Default 1. */
  readonly tries?: number;
};

/** An SDK client of one process, which may die. */
export type SimulatedClient = Ec2Api & {
  /** From now on its calls have no effect and fail with ClientCrashed. */
  crash(): void;
  /** By `crash`, or by a fault. */
  isCrashed(): boolean;
};

/** Looks on when a mutating call takes effect; what EC2 refuses leaves the account as it was. */
export type CallWatcher = {
  readonly before: (call: CallRecord) => void;
  readonly after: (call: CallRecord) => void;
};

export type Surroundings = {
  readonly region: Region;
  readonly watchers: readonly CallWatcher[];
  readonly faults: Faults;
  readonly calls: CallRecord[];
  readonly mutatingCalls: CallRecord[];
  readonly throttle: Throttle | undefined;
  readonly noteAnswer: (record: CallRecord, answer: object) => void;
};

type SendOptions = { readonly abortSignal?: AbortSignal; readonly requestTimeout?: number };

/** What happens to one call on its way to EC2 and back. */
type Journey = {
  readonly latencyMs: DurationMs;
  readonly effectAfterMs: DurationMs;
  readonly fault: AppliedFault | undefined;
};

export function createClient(surroundings: Surroundings, options: ClientOptions = {}): SimulatedClient {
  const clientName = options.name ?? 'controller';
  let crashed = false;
  const crash = () => {
    crashed = true;
  };

  async function send(command: { readonly input: object }, sendOptions: SendOptions = {}): Promise<object> {
    const call = callOf(command);
    const { name } = call;
    refuseUnknownOptions(sendOptions);
    if (crashed) throw new ClientCrashed(`${name}: the process of ${clientName} is dead`);
    const { clock } = surroundings.region;
    const record: CallRecord = { ...call, clientName, sentAt: clock.now(), outcome: 'under way' };
    surroundings.calls.push(record);
    if (isMutating(name)) surroundings.mutatingCalls.push(record);
    const requestMs = sendOptions.requestTimeout ?? options.requestTimeoutMs;
    const patienceMs = requestMs === undefined ? undefined : requestMs * (options.tries ?? 1);
    try {
      const answer = travel(surroundings, record, crash);
      const output = await aborting(
        name,
        sendOptions.abortSignal,
        limited(surroundings.region, name, patienceMs, answer),
      );
      if (crashed) throw new ClientCrashed(`${name}: the process of ${clientName} died`);
      record.outcome = 'ok';
      surroundings.noteAnswer(record, output);
      return { ...output, $metadata: { httpStatusCode: 200, attempts: 1, totalRetryDelay: 0 } };
    } catch (error) {
      record.outcome = outcomeOf(error);
      throw error;
    } finally {
      if (record.outcome !== 'crashed') record.answeredAt = clock.now();
    }
  }

  // `send` is overloaded for every command and for callbacks; what goes in and out here is checked by `perform`.
  return { send: send as unknown as Ec2Api['send'], crash, isCrashed: () => crashed };
}

/** The way to EC2 and back: the call takes effect on the way, whatever becomes of the answer. */
async function travel(surroundings: Surroundings, record: CallRecord, crash: () => void): Promise<object> {
  const { clock } = surroundings.region;
  const { name } = record;
  const journey = plan(surroundings, record);
  const { fault } = journey;
  if (fault?.kind === 'crash' && fault.when === 'before') {
    crash();
    throw new ClientCrashed(`${name}: the process died before sending`);
  }
  if (fault?.kind === 'lost-request') {
    await clock.sleep(fault.afterMs);
    throw timeoutError(name, fault.afterMs);
  }
  if (fault?.kind === 'silence' && !fault.happens) return await never();
  await clock.sleep(journey.effectAfterMs);
  const answer = arrive(surroundings, record, fault);
  if (fault?.kind === 'silence') return await never();
  if (fault?.kind === 'crash') {
    crash();
    throw new ClientCrashed(`${name}: the process died after the call took effect`);
  }
  if (fault?.kind === 'lost-answer') {
    await clock.sleep(Math.max(0, fault.afterMs - journey.effectAfterMs));
    throw timeoutError(name, fault.afterMs);
  }
  await clock.sleep(journey.latencyMs - journey.effectAfterMs);
  if (!answer.ok) throw answer.error;
  return fault?.kind === 'partial' ? fault.strip(answer.output) : answer.output;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function plan({ region, faults }: Surroundings, record: CallRecord): Journey {
  const { latency, effectShare } = region.behaviour;
  const { name, input } = record;
  const ordinary = isMutating(name) ? latency.mutate : latency.describe;
  const range = name === 'RunInstances' ? latency.launch : ordinary;
  const latencyMs = region.random.between(`latency ${name}`, range);
  const effectAfterMs = Math.round(latencyMs * effectShare);
  const fault = faults.take(record.clientName, name, input);
  return { latencyMs: latencyMs + (fault?.kind === 'slow' ? fault.ms : 0), effectAfterMs, fault };
}

type Answer =
  | { readonly ok: true; readonly output: object }
  | { readonly ok: false; readonly error: unknown };

/** What EC2 does with the call at the moment it arrives. */
function arrive(surroundings: Surroundings, call: CallRecord, fault: AppliedFault | undefined): Answer {
  const { region, throttle } = surroundings;
  const { name, input } = call;
  if (fault?.kind === 'throttle' || throttle?.admits(name, input, region.clock.now()) === false) {
    return { ok: false, error: awsError('RequestLimitExceeded', 'Request limit exceeded.') };
  }
  if (fault?.kind === 'error') {
    return { ok: false, error: awsError(fault.code, fault.message ?? fault.code, fault.httpStatus) };
  }
  const lookBackMs = fault?.kind === 'stale' ? fault.byMs : 0;
  const watchers = isMutating(name) ? surroundings.watchers : [];
  for (const watcher of watchers) watcher.before(call);
  try {
    if (fault?.kind === 'endless') {
      const first = { ...call, input: { ...input, NextToken: undefined } } as Ec2Call;
      return { ok: true, output: { ...perform(region, first), NextToken: 'the-next-of-no-end' } };
    }
    return { ok: true, output: region.store.lookingBack(lookBackMs, () => perform(region, call)) };
  } catch (error) {
    return { ok: false, error };
  } finally {
    for (const watcher of watchers) watcher.after(call);
  }
}

/** The caller stops waiting; what it asked for goes on. */
function limited(
  region: Region,
  name: string,
  timeoutMs: DurationMs | undefined,
  answer: Promise<object>,
): Promise<object> {
  if (timeoutMs === undefined) return answer;
  return new Promise((resolve, reject) => {
    const cancel = region.clock.at(region.clock.now() + timeoutMs, () =>
      reject(timeoutError(name, timeoutMs)),
    );
    answer.then(resolve, reject).finally(cancel);
  });
}

function aborting(name: string, signal: AbortSignal | undefined, answer: Promise<object>): Promise<object> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const abort = () => reject(abortError(name));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function refuseUnknownOptions(options: SendOptions): void {
  for (const option of Object.keys(options)) {
    if (option !== 'abortSignal' && option !== 'requestTimeout') {
      throw new NotSimulated(`send: the option ${option} is not simulated`);
    }
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof ClientCrashed) return 'crashed';
  const name = error instanceof Error ? error.name : String(error);
  return name === 'TimeoutError' || name === 'AbortError' ? 'lost' : name;
}

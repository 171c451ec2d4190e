import { InvariantViolation } from '../core/model/assert.ts';
import type { AwsFailure } from '../core/model/failure.ts';
import type { Clock, DurationMs, EpochMs } from '../core/model/time.ts';
import { leastClockOffsetMs, secondMs } from '../core/model/time.ts';
import type { Ec2Api, Ec2CallName, Ec2Commands, Ec2Input, Ec2Output } from './api.ts';
import { type CallingRole, classify } from './errors.ts';
import { isReading } from './is-reading.ts';
import { within } from './time-limit.ts';

/** Makes EC2 calls, repeats throttled ones, and counts. One per invocation. */
export interface Ec2Caller {
  /** Rejects with an `Ec2CallError` when EC2 refuses, cannot be reached, or throttles beyond the time left. */
  call<N extends Ec2CallName>(name: N, input: Ec2Input<N>, maxTries?: number): Promise<Ec2Output<N>>;
  counts(): CallCounts;
  /** What to add to this machine's time for EC2's, as far as the answers so far have told. */
  clockOffsetMs(): DurationMs;
}

export type CallCounts = { readonly describe: number; readonly mutating: number; readonly failed: number };

/** A failed EC2 call, classified, with what to do about it. */
export class Ec2CallError extends Error {
  override readonly name = 'Ec2CallError';
  readonly call: Ec2CallName;
  readonly failure: AwsFailure;

  constructor(call: Ec2CallName, failure: AwsFailure, cause: unknown) {
    super(`${call}: ${failure.code}: ${failure.message} (${failure.advice})`, { cause });
    this.call = call;
    this.failure = failure;
  }
}

/** For an answer that lacks what EC2 always sends: the call may have happened, so it counts as unanswered. */
export function malformedAnswer(call: Ec2CallName, missing: string): Ec2CallError {
  const failure: AwsFailure = {
    kind: 'no-answer',
    code: 'MalformedAnswer',
    message: `the answer came without ${missing}`,
    advice: 'EC2 is called again; if this repeats, update Phoenat',
  };
  return new Ec2CallError(call, failure, undefined);
}

export type Ec2CallerDeps = {
  readonly ec2: Ec2Api;
  /** All that may be called. Passed in, so that a function's artefact carries no call that its role may not make. */
  readonly commands: Partial<Ec2Commands>;
  readonly role: CallingRole;
  readonly clock: Clock;
  /** A number from 0 to 1, for the jitter of the back-off. */
  readonly random: () => number;
  /** No repetition starts after this. */
  readonly deadline: EpochMs;
  /** After this, nothing is sent and no answer is awaited: the remaining time is for the report. */
  readonly cutOff: EpochMs;
  /** Nothing is sent after so many calls, their repetitions counted; absent: the time alone is the limit. */
  readonly maxCalls?: number;
};

function clockOffsetMs({ config }: Ec2Api): DurationMs {
  const offset = config?.systemClockOffset ?? 0;
  return Math.abs(offset) < leastClockOffsetMs ? 0 : offset;
}

const firstBackOffMs: DurationMs = 500;
const maxBackOffMs: DurationMs = 5 * secondMs;
/**
 * One call with all of the SDK's tries: one that is not answered within the 10 s of its request handler, and half of the
 * next. A hanging connection must not use up a whole run.
 */
const maxCallMs: DurationMs = 15 * secondMs;
/** With the SDK's own three tries below each of these, about ten seconds of throttling are outlived. */
const throttledTries = 5;

export function createEc2Caller(deps: Ec2CallerDeps): Ec2Caller {
  const counts = { describe: 0, mutating: 0, failed: 0 };

  async function attempt<N extends Ec2CallName>(name: N, input: Ec2Input<N>): Promise<Ec2Output<N>> {
    const leftMs = deps.cutOff - deps.clock.now();
    if (leftMs <= 0) {
      throw notSent(name, 'OutOfTime', "the run's time was up before EC2 could be called");
    }
    if (counts.describe + counts.mutating >= (deps.maxCalls ?? Number.POSITIVE_INFINITY)) {
      throw notSent(name, 'OutOfCalls', `the run has made ${deps.maxCalls} calls, and may make no more`);
    }
    const send = sender(name, input, deps);
    counts[isReading(name) ? 'describe' : 'mutating'] += 1;
    try {
      return await within(Math.min(maxCallMs, leftMs), deps.clock, send);
    } catch (error) {
      counts.failed += 1;
      throw new Ec2CallError(name, classify(error, { call: name, role: deps.role }), error);
    }
  }

  async function call<N extends Ec2CallName>(
    name: N,
    input: Ec2Input<N>,
    maxTries = throttledTries,
  ): Promise<Ec2Output<N>> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(name, input);
      } catch (error) {
        const pauseMs = backOffMs(tries, deps.random());
        if (!isThrottled(error) || tries >= maxTries || deps.clock.now() + pauseMs >= deps.deadline) {
          throw error;
        }
        await deps.clock.sleep(pauseMs);
      }
    }
  }

  return { call, counts: () => ({ ...counts }), clockOffsetMs: () => clockOffsetMs(deps.ec2) };
}

function notSent(call: Ec2CallName, code: string, message: string): Ec2CallError {
  const failure: AwsFailure = {
    kind: 'no-answer',
    code,
    message,
    advice: 'nothing was sent; the next run continues',
  };
  return new Ec2CallError(call, failure, undefined);
}

/** Sends the call once; the signal ends it. */
function sender<N extends Ec2CallName>(
  name: N,
  input: Ec2Input<N>,
  { commands, ec2 }: Ec2CallerDeps,
): (abortSignal: AbortSignal) => Promise<Ec2Output<N>> {
  // Commands, inputs and answers belong together by name in the map of `api.ts`, which the SDK's overloads cannot follow.
  const Command = commands[name] as (new (given: Ec2Input<N>) => Parameters<Ec2Api['send']>[0]) | undefined;
  if (Command === undefined) {
    throw new InvariantViolation(`${name} is none of this function's calls`);
  }
  return (abortSignal) => ec2.send(new Command(input), { abortSignal }) as Promise<Ec2Output<N>>;
}

/** Half fixed, half jitter: two controllers that are throttled together part ways, and none comes back at once. */
function backOffMs(tries: number, random: number): DurationMs {
  const ceilingMs = Math.min(maxBackOffMs, firstBackOffMs * 2 ** (tries - 1));
  return Math.round(ceilingMs / 2 + (random * ceilingMs) / 2);
}

function isThrottled(error: unknown): boolean {
  return error instanceof Ec2CallError && error.failure.kind === 'throttled';
}

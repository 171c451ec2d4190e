import type { AwsFailure } from '../core/failure.ts';
import type { Clock, DurationMs, EpochMs } from '../core/time.ts';
import { secondMs } from '../core/time.ts';
import type { Ec2Api, Ec2CallName } from './api.ts';
import { type CallingRole, classify } from './errors.ts';

/** Makes EC2 calls, repeats throttled ones, and counts. One per invocation. */
export interface Ec2Caller {
  /** Rejects with an `Ec2CallError` when EC2 refuses, cannot be reached, or throttles beyond the time left. */
  call<T>(name: Ec2CallName, send: (ec2: Ec2Api) => Promise<T>): Promise<T>;
  counts(): CallCounts;
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
    advice: 'EC2 is asked again; if this repeats, update Phoenat',
  };
  return new Ec2CallError(call, failure, undefined);
}

export type Ec2CallerDeps = {
  readonly ec2: Ec2Api;
  readonly role: CallingRole;
  readonly clock: Clock;
  /** A number from 0 to 1, for the jitter of the back-off. */
  readonly random: () => number;
  /** No repetition starts that could not end before this. */
  readonly deadline: EpochMs;
};

const firstBackOffMs: DurationMs = 500;
const longestBackOffMs: DurationMs = 5 * secondMs;
/** With the SDK's own three tries below each of these, about ten seconds of throttling are outlived. */
const throttledTries = 5;

export function createEc2Caller(deps: Ec2CallerDeps): Ec2Caller {
  const counts = { describe: 0, mutating: 0, failed: 0 };

  async function attempt<T>(name: Ec2CallName, send: (ec2: Ec2Api) => Promise<T>): Promise<T> {
    counts[name.startsWith('Describe') ? 'describe' : 'mutating'] += 1;
    try {
      return await send(deps.ec2);
    } catch (error) {
      counts.failed += 1;
      throw new Ec2CallError(name, classify(error, { call: name, role: deps.role }), error);
    }
  }

  async function call<T>(name: Ec2CallName, send: (ec2: Ec2Api) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(name, send);
      } catch (error) {
        const pauseMs = backOffMs(tries, deps.random());
        if (!isThrottled(error) || tries >= throttledTries || deps.clock.now() + pauseMs >= deps.deadline) {
          throw error;
        }
        await deps.clock.sleep(pauseMs);
      }
    }
  }

  return { call, counts: () => ({ ...counts }) };
}

/** Half fixed, half jitter: two controllers that are throttled together part ways, and none comes back at once. */
function backOffMs(tries: number, random: number): DurationMs {
  const ceilingMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (tries - 1));
  return Math.round(ceilingMs / 2 + (random * ceilingMs) / 2);
}

function isThrottled(error: unknown): boolean {
  return error instanceof Ec2CallError && error.failure.kind === 'throttled';
}

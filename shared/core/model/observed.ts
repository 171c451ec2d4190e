import type { AwsFailure } from './failure.ts';

/**
 * What a read of AWS gave: a value, or the reason why there is none. *Unknown is not absent*: an empty list means that
 * AWS said "nothing there", an unknown means that AWS could not be asked, and nothing is launched, moved, stopped or
 * terminated on the strength of an unknown.
 */
export type Observed<T> = { readonly known: true; readonly value: T } | Unknown;

export type Unknown = {
  readonly known: false;
  /**
   * `not-read`: no call was made, so nothing is wrong. `failed`: the call failed. `partial`: the answer was incomplete.
   * `endless`: it had more pages than are read, and will have the next time.
   */
  readonly cause: 'not-read' | 'failed' | 'partial' | 'endless';
  /** One sentence for the report: which call, what AWS said, what to do. */
  readonly detail: string;
  /** What went wrong with the call. */
  readonly failure?: AwsFailure;
};

export function known<T>(value: T): Observed<T> {
  return { known: true, value };
}

export function unknown(cause: Unknown['cause'], detail: string, failure?: AwsFailure): Unknown {
  return { known: false, cause, detail, ...(failure === undefined ? {} : { failure }) };
}

/**
 * EC2 will refuse the same read again, until a person has changed the role: asking again within the run shows nothing.
 * Of any other failure that is not known: an odd TLS error counts as rejected, and passes in a second.
 */
export function isDenied(part: Observed<unknown>): boolean {
  return !part.known && part.failure?.kind === 'permission';
}

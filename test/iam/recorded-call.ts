import type { CallingRole } from '../../shared/aws/errors.ts';
import type { Parameters } from './policies.ts';

/** One decision that IAM makes on a call: every resource that the call makes, uses or names is one. */
export type Authorization = {
  readonly action: string;
  readonly resource: string;
  /** What AWS knows about the request and the resource, by condition key. */
  readonly context: Context;
  /** The resource is there. What AWS says about one that is gone is not documented, so that is not judged. */
  readonly isThere: boolean;
};

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A call as a function has made it, and as AWS would authorize it. */
export type RecordedCall = {
  readonly role: CallingRole;
  readonly service: 'ec2' | 'cloudwatch';
  readonly name: string;
  readonly input: object;
  /** The test that it was made in, for whoever looks for it. */
  readonly test: string;
  readonly authorizations: readonly Authorization[];
  /** The stack in whose name it was made. */
  readonly parameters: Parameters;
  /** The same for calls that no policy can tell apart. */
  readonly kind: string;
  /** How many of its kind the test made. */
  readonly count: number;
};

/** What went wrong with an EC2 call, as far as it matters for what to do next. */
export const failureKinds = [
  /** Too many calls; the same call later succeeds. */
  'throttled',
  /** No capacity for this instance type in this zone now. */
  'capacity',
  /** This instance type or configuration is not offered here. */
  'unsupported',
  /** The function's role may not do this. */
  'permission',
  /** A limit of the account is reached. */
  'quota',
  /** What the call names does not exist, or is so new that EC2 does not find it yet. */
  'not-found',
  /** The image cannot be launched from: deregistered, disabled or not allowed. */
  'image-unavailable',
  /** Right call, wrong moment: a state that passes. */
  'wrong-state',
  /** What the call makes is there already. */
  'already-exists',
  /** The client token was used for a request with other parameters. */
  'token-mismatch',
  /** What the client token once made has ended. */
  'token-spent',
  /** No answer came; the call may have happened. */
  'no-answer',
  /** EC2 failed. */
  'server',
  /** EC2 refused the request for good. */
  'rejected',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export type AwsFailure = {
  readonly kind: FailureKind;
  /** EC2's own error code, for example InsufficientInstanceCapacity. */
  readonly code: string;
  readonly message: string;
  /** What a person can do about it. */
  readonly advice: string;
};

/** A person is needed. Other failures pass within minutes: the same call succeeds later, or another choice does. */
export function needsPerson({ kind }: Pick<AwsFailure, 'kind'>): boolean {
  return kind === 'permission' || kind === 'quota' || kind === 'rejected';
}

/** A mistake of ours, not of AWS or of the user: it must never happen, and it must be loud when it does. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Closes a `switch` over a union: a member that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new InvariantViolation(`unexpected value ${JSON.stringify(value)}`);
}

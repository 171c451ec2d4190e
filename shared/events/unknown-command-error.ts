/** An operator's command that is not understood: a slip of the hand, which is answered. Nothing was read or changed. */
export class UnknownCommandError extends Error {
  override readonly name = 'UnknownCommandError';
}

/** The machine lacks something that these tests need; the message says what, and what to do about it. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError';
}

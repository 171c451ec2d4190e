/** Collects what is wrong, so that one error can name every bad field at once. */
export class Problems {
  readonly #found: string[] = [];

  add(field: string, received: unknown, expected: string): void {
    const shown = received === undefined || received === '' ? 'nothing' : JSON.stringify(received);
    this.#found.push(`${field}: expected ${expected}, got ${shown}`);
  }

  get found(): readonly string[] {
    return this.#found;
  }
}

/** The environment does not describe a stack that could run. The message names every bad field. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(problems: readonly string[]) {
    super(
      `${problems.length} setting(s) cannot be used; correct the stack's parameters:\n- ${problems.join('\n- ')}`,
    );
  }
}

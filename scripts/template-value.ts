/** The value at a path of keys. Throws when it is not there. */
export function read(value: unknown, path: readonly string[]): unknown {
  const found = readIfThere(value, path);
  if (found === undefined) {
    throw new Error(`the template has no ${path.join('.')}`);
  }
  return found;
}

/** The value at a path of keys, or undefined. */
export function readIfThere(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

export function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

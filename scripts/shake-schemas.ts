import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Lets esbuild drop the schemas of the hundreds of operations that are not called. The SDK writes its schema tables with
 * computed keys, `{ [_xN]: _BDM }`, and a computed key could run code of its own, so esbuild must keep all of them. Every
 * such key is a constant string of the same file; written as that string, the tables are plainly free of side effects.
 */
export const shakeSchemas: Plugin = {
  name: 'shake-schemas',
  setup(build) {
    build.onLoad(
      { filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => ({
        contents: withLiteralKeys(await readFile(path, 'utf8'), path),
        loader: 'js',
      }),
    );
  },
};

/** Throws when the SDK's tables no longer look as expected: a bundle that silently doubles is a slower failover. */
export function withLiteralKeys(source: string, path: string): string {
  const constants = new Map(
    [...source.matchAll(/^const (\w+) = ("[^"\\\n]*");$/gm)].map(([, name, literal]) => [name, literal]),
  );
  const literal = source.replaceAll(/\[(_\w+)\]:/g, (key, name: string) => {
    const value = constants.get(name);
    return value === undefined ? key : `${value}:`;
  });
  if (constants.size === 0 || /[{,]\s*\[_\w+\]:/.test(literal)) {
    throw new Error(`${path}: the schema tables are not written as expected; adapt scripts/shake-schemas.ts`);
  }
  return literal;
}

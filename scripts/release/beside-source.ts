import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * What a source finds by `import.meta.url`, the bundle finds too: it lies in a folder of the package's root, and the
 * files that are read at run time lie below that root as in the repository. `read` names them, for each source that
 * reads any. Any other source that asks where it lies does not build.
 */
export function besideSource(root: string, read: Readonly<Record<string, readonly string[]>>): Plugin {
  return {
    name: 'beside-source',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!/\bimport\.meta\b/.test(text)) return undefined;
        const source = relative(root, path).split(sep).join('/');
        if (read[source] === undefined) {
          return {
            errors: [{ text: `${source} reads files: scripts/release/command-package.ts has to know which` }],
          };
        }
        const contents = text.replaceAll('import.meta.url', `new URL('../${source}', import.meta.url)`);
        return { contents, loader: 'ts' };
      });
    },
  };
}

import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** The SDK's clients import the whole of their package.json for its version, which their requests name. */
export const packageVersions: Plugin = {
  name: 'package-versions',
  setup(build) {
    build.onLoad({ filter: /[\\/]client-[\w-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version }: { version: string } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

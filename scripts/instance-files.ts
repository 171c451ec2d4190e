import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { withoutComments } from '../infra/without-comments.ts';

/** The NAT instance's files as text, and as short as they are sent. */
export const instanceFiles: Plugin = {
  name: 'instance-files',
  setup(build) {
    build.onLoad({ filter: /[\\/]infra[\\/]nat-instance[\\/][^\\/]+$/ }, async ({ path }) => ({
      contents: withoutComments(await readFile(path, 'utf8')),
      loader: 'text',
    }));
  },
};

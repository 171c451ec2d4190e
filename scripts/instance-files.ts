import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { asSent } from '../infra/as-sent.ts';

/** The NAT instance's files as text, and as short as they are sent. */
export const instanceFiles: Plugin = {
  name: 'instance-files',
  setup(build) {
    build.onLoad({ filter: /[\\/]infra[\\/]nat-instance[\\/][^\\/]+$/ }, async ({ path }) => ({
      contents: asSent(await readFile(path, 'utf8')),
      loader: 'text',
    }));
  },
};

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pictures } from '../../scripts/pictures/pictures.ts';

it.each(pictures.filter(({ isRecorded }) => isRecorded))(
  '$name is what `npm run docs:pictures` draws from a recording',
  async ({ name, draw }) => {
    const drawn = readFileSync(new URL(`../../docs/pictures/${name}.svg`, import.meta.url), 'utf8');

    expect(await draw()).toBe(drawn);
  },
);

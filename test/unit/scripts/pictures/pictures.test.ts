import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { healths } from '../../../../scripts/pictures/healths.ts';
import { pictures } from '../../../../scripts/pictures/pictures.ts';
import { verdicts } from '../../../../scripts/pictures/verdict.ts';

const drawn = (name: string) =>
  readFileSync(new URL(`../../../../docs/pictures/${name}.svg`, import.meta.url), 'utf8');
const names = pictures.map(({ name }) => name);

describe('a picture of the docs', () => {
  it.each(pictures.filter(({ isRecorded }) => !isRecorded))(
    '$name is what `npm run docs:pictures` draws',
    async ({ name, draw }) => {
      expect(await draw()).toBe(drawn(name));
    },
  );

  it.each(names)('%s is told in words, small, and runs and fetches nothing', (name) => {
    const svg = drawn(name);

    expect(svg).toMatch(/<title id="title">.{10,}<\/title>\n<desc id="description">.{40,}<\/desc>/s);
    expect(svg.length).toBeLessThan(60_000);
    expect(svg).not.toMatch(/<script|<foreignObject|\son\w+=|href=|@import|url\((?!#)/);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('that moves stands still for whoever asks for that, and says that it is simulated', () => {
    expect(drawn('demo')).toContain('prefers-reduced-motion:reduce');
    expect(drawn('demo')).toContain('Simulated: ');
  });

  it('names every health and every verdict', () => {
    expect(Object.keys(healths).filter((name) => !drawn('healths').includes(`>${name}<`))).toEqual([]);
    expect(Object.keys(verdicts).filter((name) => !drawn('verdict').includes(`>${name}<`))).toEqual([]);
  });
});

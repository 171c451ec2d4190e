import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Incident, pointsOf } from '../../../../scripts/pictures/dashboard-incident.ts';
import { drawHealths, healths } from '../../../../scripts/pictures/healths.ts';
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

  it('draws the changes of health that were seen in several scenarios, and tells the others', () => {
    const svg = drawHealths([
      { from: 'healthy', to: 'down', scenarios: 9 },
      { from: 'down', to: 'starting', scenarios: 1 },
    ]);

    expect(svg.match(/marker-end/g)).toHaveLength(1);
    expect(svg).toContain('>9</text>');
    expect(svg).toContain('In one only: down → starting.');
    expect(drawn('healths')).toMatch(/healthy → down \(\d+\)/);
  });

  it('has the dashboard’s values from a simulated incident', () => {
    expect(drawn('dashboard')).toContain('Simulated: ');
    expect(drawn('dashboard')).not.toMatch(/NaN|Infinity/);
  });
});

describe('a line of the dashboard', () => {
  const minutes = (count: number) => count * 60_000;
  const of = (metric: string, zone: string | undefined, minute: number, value: number) => ({
    metric,
    at: minutes(minute),
    value,
    ...(zone === undefined ? {} : { zone }),
  });
  const incident: Incident = {
    from: 0,
    to: minutes(10),
    troubleAt: minutes(5),
    steps: [],
    rang: new Map(),
    data: [
      ...[4, 1, 3, 2].map((value, index) => of('Runs', undefined, index, value)),
      of('Runs', undefined, 6, 7),
      of('Runs', 'a', 1, 100),
    ],
  };
  const line = (stat: string) =>
    pointsOf({ name: 'Runs', stat, periodMs: minutes(5), axis: 'left' }, incident);

  it.each([
    ['Maximum', 4],
    ['Sum', 10],
    ['Average', 2.5],
    ['p90', 4],
  ])('has a %s for each period with values', (stat, first) => {
    expect(line(stat)).toEqual([
      { at: 0, value: first },
      { at: minutes(5), value: 7 },
    ]);
  });

  it('is not drawn by a statistic that it does not know', () => {
    expect(() => line('Minimum')).toThrow('Minimum');
  });
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createPaint } from '../../demo/palette.ts';
import { type DemoImage, demoImages } from '../../demo/scenario-result.ts';
import { findScenario, scenarios } from '../../demo/scenarios.ts';
import { seconds } from '../../demo/text.ts';
import { renderEntry } from '../../demo/timeline-view.ts';
import { everyCase } from '../every-case.ts';
import { recordOnce } from './record-once.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The rows between the two marks, as cells; the last names the scenario. */
function rows(): string[][] {
  const [, table = ''] = /<!-- outages.*?-->\n(.*?)<!-- \/outages -->/s.exec(readme) ?? [];
  return table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

async function outageOf(name: string, image: DemoImage): Promise<string> {
  const scenario = findScenario(name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const { outages } = await recordOnce(scenario, { seed: 1, image });
  const lost = outages.filter(({ outageMs }) => outageMs > 0).map(({ outageMs }) => seconds(outageMs));
  return lost.length === 0 ? '0.0 s' : lost.join(' and ');
}

it.each(rows().map((row) => [row.at(-1)?.replaceAll('`', '') ?? '', row] as const))(
  'the README says of %s what the demo shows',
  async (name, row) => {
    const images = everyCase(demoImages.slice(0, 1), demoImages.slice(1));
    const recorded = await Promise.all(images.map((image) => outageOf(name, image)));

    expect(row.slice(-3, -1).slice(0, images.length)).toEqual(recorded);
  },
);

it('quotes what `npm run demo` prints, as `npm run docs:demo` writes it', async () => {
  const [, quoted] = /<!-- demo: .*?-->\n\n```\n(.*?)\n```/s.exec(readme) ?? [];
  const { timeline } = await recordOnce(scenarios[0], { seed: 1 });
  const end = timeline.findIndex(({ kind }) => kind === 'settled');
  const lines = timeline.slice(0, end + 1).flatMap((entry) => renderEntry(entry, createPaint(false), 100));

  expect(quoted?.split('\n')).toEqual(lines);
});

it('has a row for every way that the table can be read', () => {
  expect(rows().length).toBeGreaterThan(15);
});

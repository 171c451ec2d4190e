import { readFileSync } from 'node:fs';
import { createPaint } from '../demo/palette.ts';
import { recordScenario } from '../demo/record-scenario.ts';
import { demoImages, type ScenarioResult } from '../demo/scenario-result.ts';
import { findScenario, scenarios } from '../demo/scenarios.ts';
import { seconds } from '../demo/text.ts';
import { renderEntry } from '../demo/timeline-view.ts';
import { writeOrCheck } from './write-or-check.ts';

const usage = `Writes into README.md what the demo prints with its default seed: npm run docs:demo -- [--check]

  --check   writes nothing; fails if README.md is not what would be written
  --help    this text`;

const readme = new URL('../README.md', import.meta.url);
const seed = 1;

/** Of every zone that was offline. */
function outageOf({ outages }: ScenarioResult): string {
  const lost = outages.filter(({ outageMs }) => outageMs > 0).map(({ outageMs }) => seconds(outageMs));
  return lost.length === 0 ? seconds(0) : lost.join(' and ');
}

/** The last three cells of a row are two figures, one for each image, and the scenario that they come from. */
async function withFigures(row: string): Promise<string> {
  const cells = row.split('|').map((cell) => cell.trim());
  const [name = ''] = cells.slice(-2);
  const scenario = findScenario(name.replaceAll('`', ''));
  if (scenario === undefined) return row;
  const figures = [];
  for (const image of demoImages) figures.push(outageOf(await recordScenario(scenario, { seed, image })));
  return [...cells.slice(0, -4), ...figures, name, ''].join(' | ').trim();
}

async function excerpt(): Promise<string> {
  const { timeline } = await recordScenario(scenarios[0], { seed });
  const end = timeline.findIndex(({ kind }) => kind === 'settled');
  const lines = timeline.slice(0, end + 1).flatMap((entry) => renderEntry(entry, createPaint(false), 100));
  return ['', '```', ...lines, '```', '', ''].join('\n');
}

/** The text between two marks, which are comments of Markdown. */
function between(
  text: string,
  name: string,
): { readonly before: string; readonly inside: string; readonly after: string } {
  const begin = text.indexOf('\n', text.indexOf(`<!-- ${name}:`)) + 1;
  const end = text.indexOf(`<!-- /${name} -->`);
  if (begin === 0 || end < begin) throw new Error(`README.md has no marks for ${name}`);
  return { before: text.slice(0, begin), inside: text.slice(begin, end), after: text.slice(end) };
}

async function withDemo(text: string): Promise<string> {
  const demo = between(text, 'demo');
  const { before, inside, after } = between(`${demo.before}${await excerpt()}${demo.after}`, 'outages');
  const rows = [];
  for (const row of inside.split('\n')) rows.push(await withFigures(row));
  return `${before}${rows.join('\n')}${after}`;
}

await writeOrCheck({ usage, madeFrom: 'the demo prints', script: 'docs:demo' }, async () => [
  { file: readme, text: await withDemo(readFileSync(readme, 'utf8')) },
]);

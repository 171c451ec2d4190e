import { readFileSync, writeFileSync } from 'node:fs';
import { markdownTable } from 'markdown-table';
import type { GoalOutcome } from '../goals/measure-goals.ts';
import { isKilled, type MutantOutcome } from '../mutants/mutant-outcome.ts';
import { goalRows, goalsHead, stepRows, stepsHead, withSteps } from './goals-table.ts';
import { drawOutages } from './outage-chart.ts';
import type { OutagesByImage } from './outage-statistics.ts';
import { inWords, renderMarkdownTable } from './outage-table.ts';

const page = new URL('../../../docs/reliability.md', import.meta.url);
const chart = new URL('../../../docs/outages.svg', import.meta.url);

/** Puts the figures and the chart into docs/. @throws Error if the page has lost the marks between which they belong. */
export function writeOutages(
  rows: OutagesByImage,
  { seed, perKind }: { readonly seed: number; readonly perKind: number },
): void {
  const how = `Seed ${seed}, ${perKind} schedules of each kind; those in which the fault met nothing are left out.`;
  writeSection('outages', `${how}\n\n${renderMarkdownTable(rows['rules-first'])}`);
  writeSection('outages-ready', `${how}\n\n${renderMarkdownTable(rows['has-everything'])}`);
  writeFileSync(
    chart,
    drawOutages(rows['rules-first'], {
      title: 'How long a private subnet is offline after one fault',
      subtitle: `Simulated EC2, image al2023, one fault on an ordinary day, no backup zone; up to ${perKind} schedules of each kind; logarithmic`,
    }),
  );
}

/** Puts what became of the mutants into docs/. @throws Error as above. */
export function writeMutants(outcomes: readonly MutantOutcome[]): void {
  const rows = outcomes.map((entry) => {
    const { mutant, tally } = entry;
    const { failure } = tally;
    const killed = isKilled(entry) && failure !== undefined;
    return [
      inWords(mutant.name),
      mutant.says,
      killed ? `\`${failure.violation.invariant}\`` : 'nothing',
      killed ? (mutant.isKept === true ? '1, kept' : String(failure.nth)) : `not in ${tally.schedules}`,
    ];
  });
  const head = ['mutant', 'what is wrong with it', 'killed by', 'schedules needed'];
  writeSection('mutants', `${markdownTable([head, ...rows])}\n`);
}

/** Puts what Phoenat reaches into docs/. @throws Error as above. */
export function writeGoals(outcomes: readonly GoalOutcome[]): void {
  writeSection('goals', `${markdownTable([goalsHead, ...goalRows(outcomes)])}\n`);
  const [hang] = withSteps(outcomes);
  if (hang !== undefined) {
    const how = `In ${hang.steps.length} of those ${hang.goal.days} nights the probes decided it:`;
    writeSection('hang', `${how}\n\n${markdownTable([stepsHead, ...stepRows(hang.steps)])}\n`);
  }
}

function writeSection(name: string, content: string): void {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/reliability.md has no part between ${begin} and ${end}`);
  }
  writeFileSync(page, `${before}${begin}\n\n${content}\n${end}${after}`);
}

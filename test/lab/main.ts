import { refuseCommandLine } from '../../scripts/command-line.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { cellNames, endCells, playCells, playHere } from './connections/play-cells.ts';
import { Lab } from './network/lab.ts';
import { closeLab, removeLeftovers, removeOwn } from './network/namespaces.ts';
import { type LabOptions, parseCommandLine, usage } from './options.ts';
import { LabReport } from './report.ts';
import { judgeMachine } from './requirements.ts';
import { labScenarios } from './scenarios/scenarios.ts';
import { playTable, rowNames } from './table/play-table.ts';

/** Exit codes: 0 all held or skipped; 1 a check failed or the machine lacks something; 2 the command line is wrong. */
async function main(): Promise<number> {
  const isCi = (process.env['CI'] ?? '') !== '';
  const names = labScenarios.map(({ name }) => name);
  const commandLine = parseCommandLine(
    process.argv.slice(2),
    { scenarios: names, rows: rowNames, cells: cellNames },
    isCi,
  );
  switch (commandLine.kind) {
    case 'help':
      process.stdout.write(usage(labScenarios, rowNames));
      return 0;
    case 'wrong':
      return refuseCommandLine('test:lab', commandLine.message);
    case 'run':
      return playIfFit(() => playAll(commandLine.options), isCi);
    case 'table':
      return playIfFit(async () => ((await playTable(commandLine.options, process.stderr)) ? 0 : 1), isCi);
    case 'survivors':
      return playIfFit(async () => ((await playCells(commandLine.options, process.stderr)) ? 0 : 1), isCi);
    case 'cell':
      return (await playHere(commandLine.name, commandLine.filesDir)) ? 0 : 1;
  }
}

async function playIfFit(play: () => Promise<number>, isCi: boolean): Promise<number> {
  const fitness = await judgeMachine();
  if (fitness.kind === 'fit') return play();
  process.stdout.write(`test:lab  skipped: ${fitness.why}\n`);
  return fitness.kind === 'missing' && isCi ? 1 : 0;
}

async function playAll(options: LabOptions): Promise<number> {
  const startedAt = performance.now();
  const report = new LabReport((text) => {
    if (!options.json) process.stdout.write(text);
  });
  await removeLeftovers();
  for (const { name, isLong, play } of labScenarios) {
    const isNamed = options.scenarios.includes(name);
    const isPlayed = isNamed || (options.scenarios.length === 0 && !(isLong && options.quick));
    if (!isPlayed) continue;
    const section = report.section(name);
    const beganAt = performance.now();
    try {
      await play(await Lab.build(options.filesDir), section, options);
    } catch (error) {
      section.check('the scenario comes to its end', false, errorMessage(error));
    } finally {
      await removeOwn();
      section.note(`${secondsSince(beganAt)} s`);
    }
  }
  const seconds = secondsSince(startedAt);
  const { ok, checks, tables } = report;
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ok, seconds, checks, tables }, undefined, 2)}\n`);
  else
    process.stdout.write(
      `\n${checks.filter((check) => check.ok).length} of ${checks.length} checks hold (${seconds} s)\n`,
    );
  return ok ? 0 : 1;
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1_000);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    closeLab();
    endCells();
    removeOwn().finally(() => process.exit(code));
  });
}

process.exit(await main());

import { fileURLToPath } from 'node:url';
import { parseOptions } from '../../scripts/command-line.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { hasWords } from './connections/cells.ts';

export type LabOptions = {
  /** Names of scenarios; empty: all. */
  readonly scenarios: readonly string[];
  readonly json: boolean;
  /** Instances boot in seconds and the schedule is denser, so that a run takes minutes and not a quarter of an hour. */
  readonly quick: boolean;
  /** Echo connections that are held at once. */
  readonly connections: number;
  readonly filesDir: string;
};

export type TableOptions = {
  /** Names of rows; empty: all. */
  readonly rows: readonly string[];
  readonly json: boolean;
  /** To see that it works: EC2 takes seconds for what takes it half a minute. */
  readonly quick: boolean;
  readonly connections: number;
  readonly filesDir: string;
  /** Into docs/. */
  readonly write: boolean;
};

export type SurvivorsOptions = {
  /** Words of the cells' names; empty: all. */
  readonly only: readonly string[];
  readonly json: boolean;
  readonly atOnce: number;
  readonly filesDir: string;
  /** Into docs/. */
  readonly write: boolean;
};

export type CommandLine =
  | { readonly kind: 'run'; readonly options: LabOptions }
  | { readonly kind: 'table'; readonly options: TableOptions }
  | { readonly kind: 'survivors'; readonly options: SurvivorsOptions }
  | { readonly kind: 'cell'; readonly name: string; readonly filesDir: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

const shippedFiles = fileURLToPath(new URL('../../infra/nat-instance', import.meta.url));

type Described = { readonly name: string; readonly about: string; readonly isLong?: true };

export function usage(scenarios: readonly Described[], rows: readonly string[]): string {
  const lines = scenarios.map(
    ({ name, about, isLong }) =>
      `  ${name.padEnd(12)} ${about}${isLong ? ' (with --quick only if named)' : ''}\n`,
  );
  return `A VPC in Linux network namespaces (root only): npm run test:lab -- [options]

  --scenario NAME     play this one; may be given several times (default: all)
  --quick             short boot times and a dense schedule (default where CI is set)
  --full              boot times and schedule as in production
  --connections N     echo connections that are held at once, 1 to 5000 (default 200; with --table of all kinds, 1000)
  --nat-files DIR     other files than infra/nat-instance, to compare with
  --json              the result for machines
  --table             what each event costs instead, at the real pace, some twenty-five minutes; each row in a lab of its own
  --row NAME          with --table: play this row; may be given several times (default: all)
  --survivors         which connections go on after a sudden death instead, in experiments whose names are words such as
                      neighbour/senders/27s/4/clients; some twenty minutes
  --only WORDS        with --survivors: only those whose name has all these words, for example copy,2s; several times
  --at-once N         with --survivors: so many side by side, 1 to 12 (default 6)
  --cell NAME         with --survivors: one of them in this process, its figures as JSON
  --write             with --table: write it into docs/reliability.md; with --survivors: into docs/nat-instance.md
  --help              this text

Scenarios:
${lines.join('')}
Rows of the table:
  ${rows.join(', ')}
`;
}

type Known = {
  readonly scenarios: readonly string[];
  readonly rows: readonly string[];
  readonly cells: readonly string[];
};

export function parseCommandLine(args: readonly string[], known: Known, isCi: boolean): CommandLine {
  try {
    const { values } = parse(args);
    if (values.help) return { kind: 'help' };
    if (values.survivors) return survivors(values, known);
    if (values.only.length > 0 || values['at-once'] !== undefined || values.cell !== undefined)
      return wrong('--only, --at-once and --cell go with --survivors');
    const problem = values.table ? problemOfTable(values, known) : problemOfScenarios(values, known);
    if (problem !== undefined) return wrong(problem);
    const connections = Number(values.connections ?? (values.table ? 1_000 : 200));
    if (!Number.isInteger(connections) || connections < 1 || connections > 5_000) {
      return wrong(`--connections is "${values.connections}": a whole number from 1 to 5000`);
    }
    const { scenario: scenarios, row: rows, json, write, 'nat-files': filesDir } = values;
    const shared = { json, connections, filesDir };
    if (values.table) return { kind: 'table', options: { ...shared, rows, quick: values.quick, write } };
    return {
      kind: 'run',
      options: { ...shared, scenarios, quick: values.quick || (isCi && !values.full) },
    };
  } catch (error) {
    return wrong(errorMessage(error));
  }
}

function parse(args: readonly string[]) {
  return parseOptions({
    args: [...args],
    options: {
      scenario: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      connections: { type: 'string' },
      'nat-files': { type: 'string', default: shippedFiles },
      table: { type: 'boolean', default: false },
      row: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
      survivors: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      'at-once': { type: 'string' },
      cell: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

function survivors(values: Values, { cells }: Known): CommandLine {
  const { only, cell, json, write, 'nat-files': filesDir } = values;
  const { scenario, row, quick, full, table, connections } = values;
  if (scenario.length > 0 || row.length > 0 || quick || full || table || connections !== undefined)
    return wrong('--survivors goes with --only, --at-once, --cell, --json, --write and --nat-files alone');
  if (cell !== undefined)
    return cells.includes(cell)
      ? { kind: 'cell', name: cell, filesDir }
      : wrong(`there is no cell "${cell}": they are named like ${cells[0]}`);
  const unknown = only.find((words) => !cells.some((name) => hasWords(name, words)));
  if (unknown !== undefined) return wrong(`no cell is "${unknown}": they are named like ${cells[0]}`);
  if (write && only.length > 0) return wrong('--write takes the whole table: without --only');
  const atOnce = Number(values['at-once'] ?? 6);
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > 12)
    return wrong(`--at-once is "${values['at-once']}": a whole number from 1 to 12`);
  return { kind: 'survivors', options: { only, json, atOnce, filesDir, write } };
}

function problemOfScenarios({ scenario, row, write, quick, full }: Values, { scenarios }: Known) {
  const unknown = scenario.find((name) => !scenarios.includes(name));
  if (unknown !== undefined) return `there is no scenario "${unknown}": ${scenarios.join(', ')}`;
  if (quick && full) return '--quick and --full exclude each other';
  return write || row.length > 0 ? '--row and --write go with --table' : undefined;
}

function problemOfTable({ scenario, row, write, quick, full }: Values, { rows }: Known) {
  const unknown = row.find((name) => !rows.includes(name));
  if (unknown !== undefined) return `there is no row "${unknown}": ${rows.join(', ')}`;
  if (scenario.length > 0 || full) return '--table goes with neither --scenario nor --full';
  const isPart = quick || row.length > 0;
  return write && isPart
    ? '--write takes the whole table, at the real pace: neither --quick nor --row'
    : undefined;
}

function wrong(message: string): CommandLine {
  return { kind: 'wrong', message };
}

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { errorMessage } from '../../shared/core/model/error-message.ts';

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

export type CommandLine =
  | { readonly kind: 'run'; readonly options: LabOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

const shippedFiles = fileURLToPath(new URL('../../infra/nat-instance', import.meta.url));

type Described = { readonly name: string; readonly about: string; readonly isLong?: true };

export function usage(scenarios: readonly Described[]): string {
  const lines = scenarios.map(
    ({ name, about, isLong }) =>
      `  ${name.padEnd(12)} ${about}${isLong ? ' (with --quick only if named)' : ''}\n`,
  );
  return `A VPC in Linux network namespaces (root only): npm run test:lab -- [options]

  --scenario NAME     play this one; may be given several times (default: all)
  --quick             short boot times and a dense schedule (default where CI is set)
  --full              boot times and schedule as in production
  --connections N     echo connections that are held at once, 1 to 5000 (default 200)
  --nat-files DIR     other files than infra/nat-instance, to compare with
  --json              the result for machines
  --help              this text

Scenarios:
${lines.join('')}`;
}

export function parseCommandLine(
  args: readonly string[],
  known: readonly string[],
  isCi: boolean,
): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        scenario: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        connections: { type: 'string', default: '200' },
        'nat-files': { type: 'string', default: shippedFiles },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const connections = Number(values.connections);
    const unknown = values.scenario.find((name) => !known.includes(name));
    if (unknown !== undefined) return wrong(`there is no scenario "${unknown}": ${known.join(', ')}`);
    if (values.quick && values.full) return wrong('--quick and --full exclude each other');
    if (!Number.isInteger(connections) || connections < 1 || connections > 5_000) {
      return wrong(`--connections is "${values.connections}": a whole number from 1 to 5000`);
    }
    const quick = values.quick || (isCi && !values.full);
    const { scenario: scenarios, json, 'nat-files': filesDir } = values;
    return { kind: 'run', options: { scenarios, json, quick, connections, filesDir } };
  } catch (error) {
    return wrong(errorMessage(error));
  }
}

function wrong(message: string): CommandLine {
  return { kind: 'wrong', message };
}

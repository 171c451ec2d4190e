import { parseOptions } from '../../scripts/command-line.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';

export type PlayOptions = {
  readonly kind: 'play';
  /** In an emulated machine with a kernel of its own; else in containers. */
  readonly isEmulated: boolean;
  /** Names of cases; empty: all. */
  readonly names: readonly string[];
  readonly json: boolean;
};

export type BootsOptions = {
  readonly kind: 'boots';
  readonly isEmulated: true;
  /** Of each version and image. */
  readonly boots: number;
  readonly json: boolean;
  /** Into docs/. */
  readonly write: boolean;
};

export type CostOptions = {
  readonly kind: 'cost';
  readonly isEmulated: true;
  readonly rounds: number;
  readonly json: boolean;
  /** Into docs/. */
  readonly write: boolean;
};

export type CommandLine =
  | PlayOptions
  | BootsOptions
  | CostOptions
  | { readonly kind: 'image'; readonly isEmulated: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

type Described = { readonly name: string; readonly about: string };
type Known = { readonly containers: readonly Described[]; readonly machines: readonly Described[] };

export function usage({ containers, machines }: Known): string {
  const lines = (cases: readonly Described[]) =>
    cases.map(({ name, about }) => `  ${name.padEnd(12)} ${about}\n`).join('');
  return `A NAT instance that boots as on EC2: systemd, cloud-init, its metadata service, the user data that a launch sends
(root on Linux): npm run test:vm -- [options]

  --qemu         in emulated machines with a distribution's kernel 6.1, which takes minutes; else in containers
  --case NAME    play this one; may be given several times (default: all)
  --boots N      with --qemu: time N boots of each version and image instead, in the emulated machine's own seconds
  --cost N       with --qemu: what a forwarded packet takes with and without the flow table, in N rounds
  --write        with --boots or --cost: write the table into docs/nat-instance.md
  --image        only make the image, where it is not in the cache
  --json         the result for machines
  --help         this text

Images are kept in PHOENAT_CACHE, or phoenat/ in XDG_CACHE_HOME or ~/.cache, and made anew when their recipe changes.

Cases in containers:
${lines(containers)}
Cases with --qemu:
${lines(machines)}`;
}

export function parseCommandLine(args: readonly string[], known: Known): CommandLine {
  try {
    const { values } = parse(args);
    if (values.help) return { kind: 'help' };
    const problem = problemOf(values, known);
    if (problem !== undefined) return wrong(problem);
    if (values.image) return { kind: 'image', isEmulated: values.qemu };
    const { json, write } = values;
    if (values.boots !== undefined)
      return { kind: 'boots', isEmulated: true, boots: Number(values.boots), json, write };
    if (values.cost !== undefined)
      return { kind: 'cost', isEmulated: true, rounds: Number(values.cost), json, write };
    return { kind: 'play', isEmulated: values.qemu, names: values.case, json };
  } catch (error) {
    return wrong(errorMessage(error));
  }
}

function parse(args: readonly string[]) {
  return parseOptions({
    args: [...args],
    options: {
      qemu: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true, default: [] },
      boots: { type: 'string' },
      cost: { type: 'string' },
      write: { type: 'boolean', default: false },
      image: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

function problemOf(values: Values, { containers, machines }: Known): string | undefined {
  const { boots, cost } = values;
  const names = (values.qemu ? machines : containers).map(({ name }) => name);
  const unknown = values.case.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return `there is no case "${unknown}"${values.qemu ? ' with --qemu' : ''}: ${names.join(', ')}`;
  }
  if (boots !== undefined && cost !== undefined) return '--boots goes without --cost';
  const [option, told] = boots === undefined ? ['--cost', cost] : ['--boots', boots];
  if (told === undefined) return values.write ? '--write goes with --boots or --cost' : undefined;
  if (!values.qemu) return `${option} goes with --qemu: only an emulated machine has seconds of its own`;
  if (values.case.length > 0) return `${option} goes without --case`;
  const count = Number(told);
  return Number.isInteger(count) && count >= 1 && count <= 20
    ? undefined
    : `${option} is "${told}": a whole number from 1 to 20`;
}

function wrong(message: string): CommandLine {
  return { kind: 'wrong', message };
}

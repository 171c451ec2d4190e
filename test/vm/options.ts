import { parseArgs } from 'node:util';
import { errorMessage } from '../../shared/core/model/error-message.ts';

export type PlayOptions = {
  readonly kind: 'play';
  /** Names of cases; empty: all. */
  readonly names: readonly string[];
  readonly json: boolean;
};

export type CommandLine =
  | PlayOptions
  | { readonly kind: 'image' }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

type Described = { readonly name: string; readonly about: string };

export function usage(cases: readonly Described[]): string {
  return `A NAT instance that boots as on EC2: systemd, cloud-init, its metadata service, the user data that a launch sends
(root on Linux): npm run test:vm -- [options]

  --case NAME    play this one; may be given several times (default: all)
  --image        only make the image, where it is not in the cache
  --json         the result for machines
  --help         this text

Images are kept in PHOENAT_CACHE, or phoenat/ in XDG_CACHE_HOME or ~/.cache, and made anew when their recipe changes.

Cases:
${cases.map(({ name, about }) => `  ${name.padEnd(12)} ${about}\n`).join('')}`;
}

export function parseCommandLine(args: readonly string[], names: readonly string[]): CommandLine {
  try {
    const { values } = parse(args);
    if (values.help) return { kind: 'help' };
    const unknown = values.case.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      return { kind: 'wrong', message: `there is no case "${unknown}": ${names.join(', ')}` };
    }
    return values.image ? { kind: 'image' } : { kind: 'play', names: values.case, json: values.json };
  } catch (error) {
    return { kind: 'wrong', message: errorMessage(error) };
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true, default: [] },
      image: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
}

import { readFile } from 'node:fs/promises';
import { type Input, inputGroups, type Naming } from './deploy-inputs.ts';
import { parseTemplate } from './parse-template.ts';
import { writeOrCheck } from './write-or-check.ts';

const usage = `Writes deploy/cdk/lib/options.ts from template.yaml and shared/config/parameters.ts: npm run cdk:options -- [--check]

  --check   writes nothing; fails if the file is not what would be written
  --help    this text`;

const root = new URL('../', import.meta.url);
const file = 'deploy/cdk/lib/options.ts';

export const cdkNaming: Naming = {
  nameOf: camelCase,
  outputOf: camelCase,
  assign: (name, value) => `${name}: ${value === 'true' || value === 'false' ? value : `'${value}'`}`,
  descriptions: {
    Tags: 'Tags of the NAT instances, their volumes and network interfaces. Up to 40; a value cannot contain a comma. Tags.of(…) of the CDK reaches the other resources, and not these, which the controller launches.',
    ClientCidrs:
      "IPv4 CIDR ranges whose traffic the NAT instances accept. Up to 5. If empty, only the traffic of client security groups is accepted. PhoenatProvider takes the VPC's primary range if this is absent.",
  },
  zones: 'zones',
};

/** What the constructs give by themselves. */
const ofTheVpc = ['VpcId'];

/** `VolumeGiB`: `volumeGiB`. */
function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

export function renderOptions(template: unknown): string {
  const inputs = inputGroups(template, cdkNaming)
    .flatMap((group) => group.inputs)
    .filter(({ parameter }) => !ofTheVpc.includes(parameter));
  return `// Written by npm run cdk:options from the stack's parameters. Change scripts/cdk-options.ts or template.yaml, not this.

import * as values from './values';

/** The stack's parameters, without those of VPC and zones. What is absent is as the template has it. */
export interface PhoenatOptions {
${inputs.map(renderField).join('\n')}
}

/** What an option comes to as a parameter of the stack; absent where the option is. */
export function parametersOf(options: PhoenatOptions): Record<string, string> {
  return values.present({
${inputs.map(({ parameter, name, kind }) => `    ${parameter}: values.${converters[kind]}(options.${name}),`).join('\n')}
  });
}
`;
}

/** Those of deploy/cdk/lib/values.ts. */
const converters: Readonly<Record<Input['kind'], string>> = {
  text: 'text',
  number: 'number',
  list: 'list',
  switch: 'onOrOff',
  tags: 'tags',
};

function renderField(input: Input): string {
  const lines = wrap(input.description.replaceAll('*/', '*\\/'), 110).map((line) => `   * ${line}`);
  const fallback =
    input.fallback === undefined || input.fallback === '' ? [] : ['   *', `   * @default ${literal(input)}`];
  return ['  /**', ...lines, ...fallback, '   */', `  readonly ${input.name}?: ${typeOf(input)};`].join('\n');
}

function literal({ kind, fallback = '' }: Input): string {
  switch (kind) {
    case 'text':
      return `'${fallback}'`;
    case 'number':
      return fallback;
    case 'switch':
      return String(fallback === 'on');
    case 'tags':
      return '{}';
    case 'list':
      return `[${fallback
        .split(',')
        .map((value) => `'${value}'`)
        .join(', ')}]`;
  }
}

function typeOf({ kind, allowed }: Input): string {
  switch (kind) {
    case 'text':
      return allowed === undefined ? 'string' : allowed.map((value) => `'${value}'`).join(' | ');
    case 'number':
      return allowed === undefined ? 'number' : allowed.join(' | ');
    case 'switch':
      return 'boolean';
    case 'tags':
      return 'Readonly<Record<string, string>>';
    case 'list':
      return 'readonly string[]';
  }
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = `${last} ${word}`;
    }
  }
  return lines;
}

if (import.meta.main) {
  await writeOrCheck({ usage, madeFrom: 'template.yaml says', script: 'cdk:options' }, async () => [
    {
      file: new URL(file, root),
      text: renderOptions(parseTemplate(await readFile(new URL('template.yaml', root), 'utf8'))),
    },
  ]);
}

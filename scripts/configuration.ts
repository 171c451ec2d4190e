import { readFile } from 'node:fs/promises';
import { markdownTable } from 'markdown-table';
import {
  type Change,
  type Parameter,
  type ParameterGroup,
  parameterGroups,
} from '../shared/config/parameters.ts';
import { parseTemplate } from './parse-template.ts';
import { entriesOf, read, readIfThere } from './template-value.ts';
import { writeOrCheck } from './write-or-check.ts';

const usage = `Writes docs/configuration.md from template.yaml and shared/config/parameters.ts: npm run docs:configuration -- [--check]

  --check   writes nothing; fails if the page is not what would be written
  --help    this text`;

const templateFile = new URL('../template.yaml', import.meta.url);
const pageFile = new URL('../docs/configuration.md', import.meta.url);

const preamble = `<!-- Written by \`npm run docs:configuration\` from template.yaml and shared/config/parameters.ts. Change these, or scripts/configuration.ts, not this. -->

# Configuration

Phoenat is set up by the parameters of its stack. \`sam deploy --guided\` asks for them one by one; the CloudFormation
console shows them in the groups below. What has a default may be left out. Which type, and how many zones:
[sizing](sizing.md).

CloudFormation refuses a value that is not of the kind in the second column. The controller checks again, and against
the account: a subnet of another VPC, a route table that two zones share or an Elastic IP that something else uses is
refused with a finding that names it, and that zone is left as it is. \`npx --no-install phoenat doctor\` shows the findings.`;

const changingLater = `## Changing a parameter later

\`\`\`sh
sam deploy --parameter-overrides MaxInstanceAgeDays=30
\`\`\`

Parameters that you do not name keep the values that the stack has. If your \`samconfig.toml\` holds
\`parameter_overrides\`, as \`sam deploy --guided\` writes them, change it there too: the next plain \`sam deploy\` sets what
it says. The controller reads the new values at its next run, within a minute or so, and \`npx --no-install phoenat status\` shows what
it makes of them.

| changed | what happens |
| --- | --- |`;

/** In the order of the page. */
const changes: Readonly<Record<Change, string>> = {
  'replaces instances':
    'the instances are replaced, make before break and one zone after the other: a new one is launched, passes its status checks, takes over routes and Elastic IP, and the old one is terminated',
  'changes client groups': 'the rules of the security group change in place; no instance is replaced',
  'changes filters':
    "the rules of the security groups change in place, and the instances, which have rules of their own, are replaced as above. Until a zone's instance is replaced, the narrower of the two holds",
  'changes probes':
    'with `off`, the probes are removed, and [what they see](operations.md#without-probes) is unknown from then on; CloudFormation waits for their network interfaces to go, up to some 20 minutes, during which everything works. With `on`, they are made, which takes a minute or two',
  'changes probe targets': 'the probes ask the new targets from their next request on',
  'moves address':
    'the Elastic IP moves to the running instance: the public address changes and open connections break. A pause is noted on the old address, so pause the zone again',
  'moves instance': 'the instance is replaced by one in the new subnet, make before break',
  'moves routes':
    'new subnets are taken over, as at the first deployment. The route table of a subnet that is no longer named gets back the default route that it was found with, or none',
  'tags new resources':
    'what is launched from then on has the new ones; what runs stays as it is. `npx --no-install phoenat rebuild` has them on everything at once. With `Watch=auto`, keys that have the instances no longer watch each other, or watch again, replace them as above',
  'changes roles':
    'the roles change in place. A boundary that lets too little through stops the healing: `npx --no-install phoenat status` right afterwards',
  'changes functions':
    'the functions go on with the same code on the other processor, from their next run on; nothing else changes',
  'limits age': 'instances that are older than the new limit are replaced, as above',
  'next run': 'count from the next run on; a higher `MaxLaunchesPerHour` closes an open breaker',
  'next launch':
    'the next launch of each zone asks for what it says; what runs stays as it is. `npx --no-install phoenat rebuild` launches anew, zone by zone',
  'moves metrics': 'the metrics go on in the new namespace; what you built on the old one has to follow',
  'allows key': 'the functions may launch with that key from now on; running instances stay as they are',
  'deletes logs': 'older log entries are deleted',
  'changes mail': 'AWS asks the new address for a confirmation; the old one gets no more mail',
  'changes alarm texts': 'the texts of the alarms change',
  refused:
    'cannot be changed: a stack serves one VPC. Deploy a second stack, under another name, for the other VPC',
};

const zoneLeftOut =
  '| a zone left out, its parameters empty | its route tables get back what they were found with, its instance is terminated. Where they had no default route, or the NAT gateway is gone, its private subnets are offline |';

const newVersion = `A new version replaces the instances too if it changes what they are launched with; see
[upgrades](operations.md#upgrades).`;

/**
 * The page, from a parsed template. Throws where template and table do not name the same parameters: the page would be
 * incomplete.
 */
export function renderConfiguration(
  template: unknown,
  groups: readonly ParameterGroup[] = parameterGroups(),
): string {
  const parameters = groups.flatMap((group) => group.parameters);
  const names = parameters.map(({ name }) => name);
  const missing = entriesOf(read(template, ['Parameters'])).filter(([name]) => !names.includes(name));
  if (missing.length > 0) {
    throw new Error(`shared/config/parameters.ts has no ${missing.map(([name]) => name).join(', ')}`);
  }
  const sections = groups.map((group) => renderGroup(template, group));
  return `${[preamble, ...sections, changingLater].join('\n\n')}\n${renderChanges(parameters)}\n\n${newVersion}\n`;
}

function renderGroup(template: unknown, { label, parameters }: ParameterGroup): string {
  const head = ['parameter', 'takes', 'default', 'what'];
  const rows = parameters.map(({ name }) => cellsOf(name, read(template, ['Parameters', name])));
  // No wider than the rule: long cells are not aligned.
  return [`## ${label}`, '', markdownTable([head, ...rows], { stringLength: () => 3 })].join('\n');
}

function renderChanges(parameters: readonly Parameter[]): string {
  return Object.entries(changes)
    .flatMap(([change, sentence]) => {
      // What is said of zone a goes for the others.
      const names = parameters.filter((one) => one.change === change).map(({ name }) => name);
      const said = names.filter((name) => !/^Zone[B-Z]/.test(name)).map(code);
      const others = said.length < names.length ? ' and the same of zones b to f' : '';
      const row = `| ${said.join(', ')}${others} | ${sentence} |`;
      return said.length === 0 ? [] : change === 'moves routes' ? [row, zoneLeftOut] : [row];
    })
    .join('\n');
}

function cellsOf(name: string, value: unknown): string[] {
  const description = text(readIfThere(value, ['Description'])) ?? '';
  return [code(name), takes(name, value), renderDefault(value), escapeCell(description)];
}

/** What a value has to be: the list of those allowed, what the template says itself, or the kind and its limits. */
function takes(name: string, parameter: unknown): string {
  const allowed = readIfThere(parameter, ['AllowedValues']);
  if (allowed !== undefined) {
    return listOf(allowed)
      .map((value) => code(String(value)))
      .join(', ');
  }
  const constraint = text(readIfThere(parameter, ['ConstraintDescription']));
  return constraint === undefined
    ? `${kindOf(name, text(readIfThere(parameter, ['Type'])) ?? '')}${limitsOf(parameter)}`
    : escapeCell(constraint);
}

const kinds: Readonly<Record<string, string>> = {
  String: 'text',
  Number: 'a number',
  CommaDelimitedList: 'a list, separated by commas',
  'AWS::EC2::VPC::Id': 'a VPC ID',
  'AWS::EC2::Subnet::Id': 'a subnet ID',
  'List<AWS::EC2::Subnet::Id>': 'subnet IDs, separated by commas',
};

function kindOf(name: string, type: string): string {
  const kind = kinds[type];
  if (kind === undefined) {
    throw new Error(
      `template.yaml: ${name} is of type ${type}; say in scripts/configuration.ts what that takes`,
    );
  }
  return kind;
}

function limitsOf(parameter: unknown): string {
  const [min, max] = ['MinValue', 'MaxValue'].map((key) => readIfThere(parameter, [key]));
  if (min === undefined && max === undefined) {
    return '';
  }
  if (max === undefined) {
    return `, ${min} or more`;
  }
  return min === undefined ? `, at most ${max}` : `, ${min} to ${max}`;
}

function renderDefault(parameter: unknown): string {
  const value = readIfThere(parameter, ['Default']);
  if (value === undefined) {
    return '**required**';
  }
  return value === '' ? 'empty' : code(String(value));
}

function code(value: string): string {
  return `\`${value.replaceAll('|', '\\|')}\``;
}

/** What a table or Markdown would take for its own. */
function escapeCell(value: string): string {
  return value.replaceAll(/[|*<]/g, (character) => `\\${character}`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim() : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new Error(`template.yaml: ${JSON.stringify(value)} stands where a list belongs`);
  }
  return value;
}

if (import.meta.main) {
  await writeOrCheck(
    {
      usage,
      madeFrom: 'template.yaml and shared/config/parameters.ts say',
      script: 'docs:configuration',
    },
    async () => [
      { file: pageFile, text: renderConfiguration(parseTemplate(await readFile(templateFile, 'utf8'))) },
    ],
  );
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { parseTemplate } from '../../scripts/parse-template.ts';
import { makeDeployables } from '../../scripts/release/make-release.ts';
import { entriesOf, read, readIfThere } from '../../scripts/template-value.ts';
import { installPackages } from '../npm/install-packages.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { loadParser, type ParseHcl } from './parse-hcl.ts';
import {
  conversions,
  findTerraform,
  parametersOf,
  prepareFolder,
  refusals,
  required,
  type Terraform,
} from './with-terraform.ts';

const usage = `Checks the Terraform module: npm run test:terraform

Every file by HashiCorp's parser, its variables and outputs against the packaged template and, where the command
terraform is installed, what Terraform makes of the variables. Nothing is deployed, and no provider is needed.

  --help   this text`;

const root = join(import.meta.dirname, '../..');
const moduleFolder = join(root, 'deploy/terraform');
const say = (line: string) => {
  console.log(`test:terraform  ${line}`);
};
const problems: string[] = [];
const expect = (isTrue: boolean, problem: string) => {
  if (!isTrue) problems.push(problem);
};

async function parseAll(parse: ParseHcl): Promise<ReadonlyMap<string, unknown>> {
  const files = readdirSync(moduleFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:tf|hcl)$/.test(name),
  );
  const parsed = new Map<string, unknown>();
  for (const file of files.toSorted()) {
    try {
      parsed.set(file, await parse(file, readFileSync(join(moduleFolder, file), 'utf8')));
    } catch (error) {
      problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return parsed;
}

async function packagedTemplate(): Promise<unknown> {
  const made = (await makeDeployables()).find(({ name }) => name === 'phoenat.template.yaml');
  return parseTemplate(String(made?.content));
}

/** The keys of the parameters that the stack gets, as the files have them: its own, and those of the code. */
function checkParameters(parsed: ReadonlyMap<string, unknown>, template: unknown): void {
  const given = [...parsed].flatMap(([file, content]) =>
    file === 'parameters.tf' || file === 'main.tf' ? [JSON.stringify(content)] : [],
  );
  for (const [name] of entriesOf(read(template, ['Parameters']))) {
    const [, suffix] = /^Zone[A-F](.+)$/.exec(name) ?? [];
    const key =
      suffix === undefined ? new RegExp(`\\b${name} *=`) : new RegExp(`Zone\\$\\{letter\\}${suffix}`);
    expect(
      given.some((text) => key.test(text) || text.includes(`"${name}"`)),
      `the module does not give the stack ${name}`,
    );
  }
}

/** Outputs of single zones are left out: `public_ips` has all addresses. */
function checkOutputs(parsed: ReadonlyMap<string, unknown>, template: unknown): void {
  const written = JSON.stringify(parsed.get('outputs.tf'));
  for (const [name] of entriesOf(read(template, ['Outputs']))) {
    expect(
      /^Address[A-F]$/.test(name) || written.includes(`\\"${name}\\"`),
      `outputs.tf does not give the output ${name}`,
    );
  }
  for (const [, name = ''] of written.matchAll(/\\"([A-Z]\w+)\\"/g)) {
    expect(readIfThere(template, ['Outputs', name]) !== undefined, `the stack has no output ${name}`);
  }
}

/** Every parameter is what the template has by default, where a variable has a default. */
function checkByTerraform(terraform: Terraform, template: unknown): void {
  const format = terraform(['fmt', '-check', '-recursive', '-diff'], moduleFolder);
  expect(format.code === 0, `terraform fmt: ${format.text}`);
  const folder = join(root, 'dist/terraform');
  prepareFolder(moduleFolder, folder);
  const initialised = terraform(['init', '-no-color', '-input=false'], folder);
  if (initialised.code !== 0) {
    problems.push(`terraform init: ${initialised.text}`);
    return;
  }
  const byDefault = parametersOf(terraform, folder, required);
  for (const [name, value] of Object.entries(byDefault)) {
    const wanted = readIfThere(template, ['Parameters', name, 'Default']);
    const isGiven = ['VpcId', 'ClientCidrs', 'ZoneAPublicSubnet', 'ZoneAPrivateSubnets'].includes(name);
    expect(isGiven || String(wanted) === value, `${name} is ${value}, and by default ${wanted}`);
  }
  for (const { given, expected } of conversions) {
    const parameters = parametersOf(terraform, folder, { ...required, ...given });
    for (const [name, value] of Object.entries(expected)) {
      expect(parameters[name] === value, `${name} is ${parameters[name]}, and should be ${value}`);
    }
  }
  for (const { given, words } of refusals) {
    checkRefusal(terraform, folder, given, words);
  }
}

function checkRefusal(terraform: Terraform, folder: string, given: object, words: string): void {
  try {
    parametersOf(terraform, folder, { ...required, ...given });
    problems.push(`${JSON.stringify(given)} is accepted`);
  } catch (error) {
    const text = String(error).replaceAll(/\s*│?\s+/g, ' ');
    expect(text.includes(words), `${JSON.stringify(given)} is refused with: ${text}`);
  }
}

async function main(): Promise<void> {
  readCommandLine({ script: 'test:terraform', usage }, (args) => parseOptions({ args }));
  installPackages(import.meta.dirname, say);
  const parsed = await parseAll(loadParser());
  say(`${parsed.size} files parsed`);
  const template = await packagedTemplate();
  checkParameters(parsed, template);
  checkOutputs(parsed, template);
  say('variables and outputs compared with the packaged template');
  const terraform = findTerraform();
  if (terraform === undefined) {
    say('SKIPPED here: what Terraform itself makes of the variables; the command terraform is not installed');
  } else {
    checkByTerraform(terraform, template);
    say(
      `by Terraform: the format, ${conversions.length + 1} sets of variables and ${refusals.length} that it refuses`,
    );
  }
  for (const problem of problems) {
    console.error(`test:terraform  ✘ ${problem}`);
  }
  if (problems.length > 0) {
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

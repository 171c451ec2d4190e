import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What Terraform itself can say without a provider: the format, and what it makes of the variables. The files that need
// the provider are left out of the folder it works in.

type Ended = { readonly code: number; readonly stdout: string; readonly text: string };

export type Terraform = (args: readonly string[], cwd: string) => Ended;

/** Undefined where the command is not installed. */
export function findTerraform(): Terraform | undefined {
  const run: Terraform = (args, cwd) => {
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_ARGS: '' };
    const { status, stdout, stderr } = spawnSync('terraform', [...args], { cwd, env, encoding: 'utf8' });
    return { code: status ?? 1, stdout, text: `${stdout}${stderr}`.trim() };
  };
  const { error } = spawnSync('terraform', ['version'], { encoding: 'utf8' });
  return error === undefined ? run : undefined;
}

const outputs = `output "parameters" {
  value = local.parameters
}
`;

/** The module's variables and what they are to the stack, as a configuration of their own. */
export function prepareFolder(module: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['variables.tf', 'parameters.tf']) {
    cpSync(join(module, name), join(folder, name));
  }
  writeFileSync(join(folder, 'outputs.tf'), outputs);
}

export type Given = Readonly<Record<string, unknown>>;

const zone = {
  public_subnet_id: 'subnet-0123456789abcdea0',
  private_subnet_ids: ['subnet-0123456789abcdea1'],
};

export const required: Given = {
  vpc_id: 'vpc-0123456789abcdef0',
  client_cidr_blocks: ['10.0.0.0/16'],
  zones: [zone],
};

/** The stack's parameters by Terraform, or why it refuses. */
export function parametersOf(terraform: Terraform, folder: string, given: Given): Record<string, string> {
  writeFileSync(join(folder, 'terraform.tfvars.json'), JSON.stringify(given));
  const applied = terraform(['apply', '-auto-approve', '-no-color', '-input=false'], folder);
  if (applied.code !== 0) {
    throw new Error(applied.text);
  }
  const parsed: unknown = JSON.parse(terraform(['output', '-json', 'parameters'], folder).stdout);
  return Object.fromEntries(
    Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}).map(([name, value]) => [
      name,
      String(value),
    ]),
  );
}

/** What is refused when the plan is made, and by which words. */
export const refusals: readonly { readonly given: Given; readonly words: string }[] = [
  { given: { zones: [] }, words: 'There must be 1 to 6 zones' },
  { given: { zones: Array.from({ length: 7 }, () => zone) }, words: 'There must be 1 to 6 zones' },
  { given: { zones: [{ ...zone, private_subnet_ids: [] }] }, words: 'at least one private subnet' },
  { given: { zones: [zone, zone] }, words: 'in one zone only' },
  { given: { traffic: 'everything' }, words: 'traffic must be one of https, web, all' },
  { given: { volume_size: 8.5 }, words: 'volume_size must be a whole number from 8 to 100' },
  { given: { log_retention_days: 31 }, words: 'log_retention_days must be one of 1, 3' },
  { given: { client_cidr_blocks: ['10.0.0.0'] }, words: 'client_cidr_blocks must be' },
  { given: { tags: { Team: 'one,two' } }, words: 'no key or value may contain a comma' },
  { given: { tags: { 'phoenat:stack': 'x' } }, words: 'no key may begin with aws: or phoenat:' },
  { given: { ami: 'amazon linux' }, words: 'ami must be al2023' },
  { given: { name: '1st' }, words: 'The name must begin with a letter' },
];

export type Conversion = { readonly given: Given; readonly expected: Readonly<Record<string, string>> };

/** What other values of each kind come to. */
export const conversions: readonly Conversion[] = [
  {
    given: {
      zones: [
        { ...zone, allocation_id: 'eipalloc-0123456789abcdef0' },
        { public_subnet_id: 'subnet-b0', private_subnet_ids: ['subnet-b1', 'subnet-b2'] },
      ],
      instance_types: ['t4g.small', 't4g.micro'],
      probe: false,
      standby: true,
      volume_size: 20,
      tags: { Team: 'network', CostCentre: '4711' },
      traffic: 'all',
    },
    expected: {
      ZoneAAllocationId: 'eipalloc-0123456789abcdef0',
      ZoneBPublicSubnet: 'subnet-b0',
      ZoneBPrivateSubnets: 'subnet-b1,subnet-b2',
      ZoneBAllocationId: '',
      InstanceTypes: 't4g.small,t4g.micro',
      Probe: 'off',
      Standby: 'on',
      VolumeGiB: '20',
      Tags: 'CostCentre=4711,Team=network',
      Traffic: 'all',
    },
  },
];

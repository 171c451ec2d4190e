import { readFile } from 'node:fs/promises';
import { type Input, inputGroups, type Naming } from './deploy-inputs.ts';
import { parseTemplate } from './parse-template.ts';
import { writeOrCheck } from './write-or-check.ts';

const usage = `Writes deploy/terraform/variables.tf and parameters.tf from template.yaml and shared/config/parameters.ts:
npm run terraform:variables -- [--check]

  --check   writes nothing; fails if the files are not what would be written
  --help    this text`;

const root = new URL('../', import.meta.url);

/** Where Terraform's AWS provider and the modules beside this one have a word for it. Else: the parameter's, in snake case. */
const customary: Readonly<Record<string, string>> = {
  ClientCidrs: 'client_cidr_blocks',
  ClientSecurityGroups: 'client_security_group_ids',
  AdminCidr: 'admin_cidr_block',
  AmiSelector: 'ami',
  VolumeGiB: 'volume_size',
  VolumeKeyArn: 'volume_kms_key_arn',
};

export const terraformNaming: Naming = {
  nameOf: (parameter) => customary[parameter] ?? snakeCase(parameter),
  outputOf: snakeCase,
  assign: (name, value) => `${name} = ${value === 'true' || value === 'false' ? value : `"${value}"`}`,
  descriptions: {
    Tags: 'Tags of everything that the stack creates, and of the NAT instances, their volumes and network interfaces, which it launches. Up to 40; a value cannot contain a comma.',
  },
  zones: 'zones',
};

export function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}

const written = (what: string) =>
  `# Written by npm run terraform:variables from the stack's parameters. Change scripts/terraform-variables.ts or template.yaml, not this: ${what}.`;

const byHand = `variable "name" {
  description = "Name of the CloudFormation stack, and the beginning of the names of what it creates."
  type        = string
  default     = "phoenat"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,127}$", var.name))
    error_message = "The name must begin with a letter and have up to 128 letters, digits and hyphens."
  }
}

variable "zones" {
  description = "One object for each NAT instance, 1 to 6: the public subnet that it is launched in, the private subnets whose default route leads to it, and, if you have one for it, the allocation ID of an unused Elastic IP. The route tables of its private subnets may serve no other zone and no public subnet. The order counts: the first is zone a."
  type = list(object({
    public_subnet_id   = string
    private_subnet_ids = list(string)
    allocation_id      = optional(string, "")
  }))
  nullable = false

  validation {
    condition     = length(var.zones) >= 1 && length(var.zones) <= 6
    error_message = "There must be 1 to 6 zones."
  }
  validation {
    condition     = alltrue([for zone in var.zones : length(zone.private_subnet_ids) > 0])
    error_message = "Each zone needs at least one private subnet: leave out a zone that serves nothing."
  }
  validation {
    condition     = length(distinct(flatten(var.zones[*].private_subnet_ids))) == length(flatten(var.zones[*].private_subnet_ids))
    error_message = "A private subnet can be in one zone only."
  }
}

variable "artifacts_directory" {
  description = "Folder with phoenat.template.yaml and the functions' archives. If null, the folder artifacts of this module, where a release has them."
  type        = string
  default     = null
}

variable "artifacts_bucket" {
  description = "Name of an S3 bucket in the stack's Region to upload the template and the functions' archives to. If null, the module creates one."
  type        = string
  default     = null
}

variable "artifacts_prefix" {
  description = "What the names of the uploaded objects begin with."
  type        = string
  default     = "phoenat/"
  nullable    = false
}`;

export function renderVariables(template: unknown): string {
  const groups = inputGroups(template, terraformNaming).map(({ label, inputs }) =>
    [`# ${label}`, ...inputs.map(renderVariable)].join('\n\n'),
  );
  return `${[written('the variables'), byHand, ...groups].join('\n\n')}\n`;
}

function renderVariable(input: Input): string {
  const lines = [
    ['description', quote(input.description)],
    ['type', types[input.kind]],
    ...(input.fallback === undefined ? [] : [['default', literal(input, input.fallback)]]),
    ['nullable', 'false'],
  ];
  const width = Math.max(...lines.map(([key]) => key?.length ?? 0));
  const body = lines.map(([key = '', value]) => `  ${key.padEnd(width)} = ${value}`);
  const checks = conditionOf(input);
  const validation =
    checks === undefined
      ? []
      : [
          '',
          '  validation {',
          `    condition     = ${checks.condition}`,
          `    error_message = ${quote(checks.message)}`,
          '  }',
        ];
  return [`variable "${input.name}" {`, ...body, ...validation, '}'].join('\n');
}

const types: Readonly<Record<Input['kind'], string>> = {
  text: 'string',
  number: 'number',
  list: 'list(string)',
  switch: 'bool',
  tags: 'map(string)',
};

function literal({ kind }: Input, fallback: string): string {
  switch (kind) {
    case 'text':
      return quote(fallback);
    case 'number':
      return fallback;
    case 'switch':
      return String(fallback === 'on');
    case 'tags':
      return '{}';
    case 'list':
      return `[${fallback === '' ? '' : fallback.split(',').map(quote).join(', ')}]`;
  }
}

/** What can be refused when the plan is made. CloudFormation refuses the rest, and the same again. */
function conditionOf(input: Input): { condition: string; message: string } | undefined {
  const { name, kind, allowed, min, max, pattern, constraint } = input;
  if (kind === 'tags') {
    return {
      condition: `alltrue([for key, value in var.${name} : !strcontains(key, "=") && !strcontains("\${key}\${value}", ",") && !startswith(lower(key), "aws:") && !startswith(lower(key), "phoenat:")])`,
      message: `${name}: no key or value may contain a comma, no key an equals sign, and no key may begin with aws: or phoenat:.`,
    };
  }
  if (allowed !== undefined) {
    const values = kind === 'number' ? allowed.join(', ') : allowed.map(quote).join(', ');
    return {
      condition: `contains([${values}], var.${name})`,
      message: `${name} must be one of ${allowed.join(', ')}.`,
    };
  }
  if (min !== undefined && max !== undefined) {
    return {
      condition: `var.${name} >= ${min} && var.${name} <= ${max} && floor(var.${name}) == var.${name}`,
      message: `${name} must be a whole number from ${min} to ${max}.`,
    };
  }
  if (pattern === undefined || !isForTerraform(pattern)) {
    return undefined;
  }
  const regex = quote(pattern);
  return {
    condition:
      kind === 'list'
        ? `alltrue([for value in var.${name} : can(regex(${regex}, value))])`
        : `can(regex(${regex}, var.${name}))`,
    message: `${name} must be ${(constraint ?? 'as described').replaceAll(/,? separated by commas/g, '')}.`,
  };
}

/** Terraform's regular expressions look neither ahead nor back, and repeat up to 1,000 times. */
function isForTerraform(pattern: string): boolean {
  return !/\(\?[!=<]/.test(pattern);
}

export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
}

const zones = `    merge([for index, letter in ["A", "B", "C", "D", "E", "F"] : {
      "Zone\${letter}PublicSubnet"   = try(var.zones[index].public_subnet_id, "")
      "Zone\${letter}PrivateSubnets" = try(join(",", var.zones[index].private_subnet_ids), "")
      "Zone\${letter}AllocationId"   = try(var.zones[index].allocation_id, "")
    }]...),`;

/** All are given, those of absent zones too: what an update does not name would be at the mercy of defaults. */
export function renderParameters(template: unknown): string {
  const inputs = inputGroups(template, terraformNaming).flatMap((group) => group.inputs);
  const width = Math.max(...inputs.map(({ parameter }) => parameter.length));
  const rows = inputs.map((input) => `      ${input.parameter.padEnd(width)} = ${toParameter(input)}`);
  return `${written('what the variables are to the stack')}

locals {
  parameters = merge(
${zones}
    {
${rows.join('\n')}
    },
  )
}
`;
}

function toParameter({ name, kind }: Input): string {
  switch (kind) {
    case 'text':
      return `var.${name}`;
    case 'number':
      return `tostring(var.${name})`;
    case 'list':
      return `join(",", var.${name})`;
    case 'switch':
      return `var.${name} ? "on" : "off"`;
    case 'tags':
      return `join(",", [for key, value in var.${name} : "\${key}=\${value}"])`;
  }
}

if (import.meta.main) {
  await writeOrCheck({ usage, madeFrom: 'template.yaml says', script: 'terraform:variables' }, async () => {
    const template = parseTemplate(await readFile(new URL('template.yaml', root), 'utf8'));
    return [
      { file: new URL('deploy/terraform/variables.tf', root), text: renderVariables(template) },
      { file: new URL('deploy/terraform/parameters.tf', root), text: renderParameters(template) },
    ];
  });
}

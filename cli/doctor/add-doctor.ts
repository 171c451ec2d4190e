import { type Command, InvalidArgumentError } from 'commander';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { idShape, parseId, type VpcId } from '../../shared/core/model/ids.ts';
import { CliError, type ExitCode, type Session, type WithSession } from '../session.ts';
import { examine } from './examine.ts';
import type { Diagnosis, Inventory } from './inventory.ts';
import { shellLine } from './printing/deploy-command.ts';
import { renderDoctor } from './printing/render-doctor.ts';
import { chooseVpc } from './reading/choose-vpc.ts';
import { readInventory } from './reading/read-inventory.ts';
import { readStack } from './reading/read-stack.ts';
import { parametersFileName, writeParameters } from './write-parameters.ts';

type DoctorOptions = {
  readonly vpc?: VpcId;
  readonly lanes?: number;
  readonly spot?: boolean;
  readonly split?: boolean;
  /** `true`: under the usual name. */
  readonly write?: string | true;
};

/** Adds `phoenat doctor`. It exits with 0 where there are no errors, and with 1 where there are. */
export function addDoctor(program: Command, withSession: WithSession): void {
  program
    .command('doctor')
    .description('find what prevents Phoenat from working in a VPC, and propose the command that deploys it')
    .option(
      '--vpc <id>',
      'the VPC to examine; default: the one that the stack serves, or the only one there is',
      parseVpcOption,
    )
    .option(
      '--lanes <n>',
      'propose up to n zones in each Availability Zone, where it has public subnets and private route tables for them; default: one',
      parseLanes,
    )
    .option(
      '--spot',
      'propose MarketType=spot, and look for the role that Spot needs; default: as the stack is deployed',
    )
    .option('--split', 'print only the script that gives each zone a route table of its own; it is not run')
    .option(
      '--write [file]',
      `keep the parameters in a file that sam deploy reads, ${parametersFileName} if it is not said; never overwrites one`,
    )
    .addHelpText(
      'after',
      `
Examples:
  phoenat doctor                       the VPC of the stack, or the only one
  phoenat doctor --vpc vpc-0abc…       before deploying
  phoenat doctor --lanes 2             two instances in each Availability Zone
  phoenat doctor --spot                before asking for Spot Instances
  phoenat doctor --split > split.sh    where zones share a route table
  phoenat doctor --write               its parameters in a file that it reads
  phoenat --json doctor | jq -r .command

Exits with 1 where something would not work.`,
    )
    .action(async (options: DoctorOptions) => {
      await withSession((session) => doctor(session, options));
    });
}

function parseLanes(raw: string): number {
  const lanes = zoneLetters.map((_, index) => index + 1).find((count) => String(count) === raw);
  if (lanes === undefined) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${zoneLetters.length}.`);
  }
  return lanes;
}

/** @throws InvalidArgumentError where it is no VPC's id. */
export function parseVpcOption(raw: string): VpcId {
  const id = parseId('vpc', raw);
  if (id === undefined) {
    throw new InvalidArgumentError(`This is not the id of a VPC, which looks like ${idShape('vpc')}.`);
  }
  return id;
}

async function look(session: Session, { vpc: named, spot = false }: DoctorOptions): Promise<Inventory> {
  const stack = await readStack(session);
  const vpc = await chooseVpc(session, named, stack?.vpcId);
  return await readInventory(session, vpc, stack, spot);
}

async function doctor(session: Session, options: DoctorOptions): Promise<ExitCode> {
  const inventory = await session.spinner.during('reading the VPC', look(session, options));
  const { terminal } = session;
  const examined = examine(inventory, options.lanes);
  if (options.split === true) {
    terminal.out(scriptOrThrow(examined));
    return 0;
  }
  const written = await keepParameters(examined, options);
  const diagnosis = { ...examined, ...(written === undefined ? {} : { command: written.command }) };
  const { findings, zones, command, splitScript } = diagnosis;
  if (session.json) {
    const answer = {
      inventory,
      findings,
      zones,
      ...(command.length === 0 ? {} : { command: shellLine(command) }),
      ...(splitScript === undefined ? {} : { splitScript }),
    };
    terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
  } else {
    terminal.out(renderDoctor(inventory, diagnosis, terminal));
  }
  if (written !== undefined) {
    terminal.err(`${written.sentence}\n`);
  }
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function scriptOrThrow({ splitScript }: Diagnosis): string {
  if (splitScript === undefined) {
    throw new CliError(
      'there is nothing to split: no route table that is not deployed yet serves the private subnets of several zones',
    );
  }
  return splitScript;
}

async function keepParameters({ command }: Diagnosis, { write }: DoctorOptions) {
  if (write === undefined) {
    return undefined;
  }
  if (command.length === 0) {
    throw new CliError(
      'there is nothing to write: no zone could be deployed; doctor without --write says why',
    );
  }
  return await writeParameters(command, write === true ? parametersFileName : write);
}

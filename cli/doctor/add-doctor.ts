import { type Command, InvalidArgumentError } from 'commander';
import { idShape, parseId, type VpcId } from '../../shared/core/model/ids.ts';
import type { ExitCode, Session, WithSession } from '../session.ts';
import { chooseVpc } from './choose-vpc.ts';
import { shellLine } from './deploy-command.ts';
import { examine } from './examine.ts';
import type { Inventory } from './inventory.ts';
import { readInventory } from './read-inventory.ts';
import { readStack } from './read-stack.ts';
import { renderDoctor } from './render-doctor.ts';

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
    .addHelpText(
      'after',
      `
Examples:
  phoenat doctor                       the VPC of the stack, or the only one
  phoenat doctor --vpc vpc-0abc…       before deploying
  phoenat --json doctor | jq -r .command

Exits with 1 where something would not work.`,
    )
    .action(async (options: { readonly vpc?: VpcId }) => {
      await withSession((session) => doctor(session, options.vpc));
    });
}

/** @throws InvalidArgumentError where it is no VPC's id. */
export function parseVpcOption(raw: string): VpcId {
  const id = parseId('vpc', raw);
  if (id === undefined) {
    throw new InvalidArgumentError(`This is not the id of a VPC, which looks like ${idShape('vpc')}.`);
  }
  return id;
}

async function look(session: Session, named: VpcId | undefined): Promise<Inventory> {
  const stack = await readStack(session);
  const vpc = await chooseVpc(session, named, stack?.vpcId);
  return await readInventory(session, vpc, stack);
}

async function doctor(session: Session, named: VpcId | undefined): Promise<ExitCode> {
  const inventory = await session.spinner.during('reading the VPC', look(session, named));
  const diagnosis = examine(inventory);
  const { findings, zones, command } = diagnosis;
  const { terminal } = session;
  if (session.json) {
    const answer = {
      inventory,
      findings,
      zones,
      ...(command.length === 0 ? {} : { command: shellLine(command) }),
    };
    terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
  } else {
    terminal.out(renderDoctor(inventory, diagnosis, terminal));
  }
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

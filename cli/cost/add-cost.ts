import { type Command, InvalidArgumentError, Option } from 'commander';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import type { VpcId } from '../../shared/core/model/ids.ts';
import { parseVpcOption } from '../doctor/add-doctor.ts';
import { chooseVpc } from '../doctor/reading/choose-vpc.ts';
import { readStack } from '../doctor/reading/read-stack.ts';
import { CliError, type ExitCode, type Session, type WithSession } from '../session.ts';
import { compareCosts } from './compare-costs.ts';
import { costJson } from './cost-json.ts';
import { lastDays, lastMonth } from './period.ts';
import { readGateways } from './read-gateways.ts';
import { readPrices } from './read-prices.ts';
import { renderCost } from './render-cost.ts';

type CostOptions = {
  readonly vpc?: VpcId;
  readonly days?: number;
  readonly zones?: number;
  readonly standby?: boolean;
  readonly instanceType: string;
};

/** CloudWatch keeps sums by the day for 455 days. */
const maxDays = 455;
/** A stack takes no more. */
const maxZones = zoneLetters.length;

/** Adds `phoenat cost`. */
export function addCost(program: Command, withSession: WithSession): void {
  program
    .command('cost')
    .description("compare the cost of a VPC's NAT gateways with what Phoenat would have cost")
    .option(
      '--vpc <id>',
      'the VPC to examine; default: the one that the stack serves, or the only one there is',
      parseVpcOption,
    )
    .option('--days <n>', 'the last n whole days (UTC) instead of the last calendar month', (raw) =>
      parseCount(raw, maxDays),
    )
    .option(
      '--zones <n>',
      'zones that Phoenat would serve; default: one for each Availability Zone with a NAT gateway',
      (raw) => parseCount(raw, maxZones),
    )
    .option('--standby', 'one zone has a standby instance (Standby=on), which costs as much as another zone')
    .addOption(
      new Option('--instance-type <type>', 'any that AWS sells on demand in the Region')
        .argParser(parseInstanceType)
        .default('t4g.nano', 't4g.nano'),
    )
    .addHelpText(
      'after',
      `
Examples:
  phoenat cost --vpc vpc-0abc…     last month's bill of its NAT gateways
  phoenat cost --days 7 --zones 2 --instance-type t4g.micro`,
    )
    .action(async (options: CostOptions) => {
      await withSession((session) => cost(session, options));
    });
}

function parseCount(raw: string, max: number): number {
  const count = /^\d{1,4}$/.test(raw) ? Number(raw) : 0;
  if (count < 1 || count > max) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${max}.`);
  }
  return count;
}

function parseInstanceType(raw: string): string {
  if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(raw)) {
    throw new InvalidArgumentError('An instance type looks like t4g.nano.');
  }
  return raw;
}

async function cost(session: Session, options: CostOptions): Promise<ExitCode> {
  const { terminal, aws, clock } = session;
  const vpc = await chooseVpc(session, options.vpc, await vpcOfStack(session, options));
  const period = options.days === undefined ? lastMonth(clock.now()) : lastDays(clock.now(), options.days);
  const { gateways, trafficUnknown } = await session.spinner.during(
    'reading the traffic of the NAT gateways',
    readGateways(session, vpc.id, period),
  );
  const zones = options.zones ?? Math.max(1, new Set(gateways.flatMap((gateway) => gateway.zones)).size);
  const { standby = false, instanceType } = options;
  if (standby && zones > 1) {
    throw new CliError(`a standby is for one zone, not for ${zones}; add --zones 1`, 2);
  }
  const { prices, source } = await session.spinner.during(
    'asking for prices',
    readPrices(session, instanceType),
  );
  const setup = { zones, standby, instanceType, prices, period };
  const comparison = compareCosts(gateways, setup);
  const answer = { region: aws.region, vpcId: vpc.id, gateways, trafficUnknown, setup, source, comparison };
  terminal.out(
    session.json ? `${JSON.stringify(costJson(answer), null, 2)}\n` : renderCost(answer, terminal),
  );
  return trafficUnknown === undefined ? 0 : 3;
}

/** The stack matters only where no VPC is named. */
async function vpcOfStack(session: Session, { vpc }: CostOptions): Promise<string | undefined> {
  return vpc === undefined ? (await readStack(session))?.vpcId : undefined;
}

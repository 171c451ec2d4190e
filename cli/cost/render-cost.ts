import { createColors } from 'picocolors';
import { assertNever } from '../../shared/core/model/assert.ts';
import { fittingTable, wrap } from '../plain-table.ts';
import type { Terminal } from '../session.ts';
import {
  type Amount,
  amountText,
  type Comparison,
  type CostLine,
  dataProcessed,
  type GatewayUse,
  gatewayCents,
  gigabytes,
  isTrafficKnown,
  made,
  type Setup,
  standbys,
  usd,
} from './compare-costs.ts';
import { hoursOf } from './period.ts';
import { type PriceSource, priceSources, pricesAsOf } from './prices.ts';
import { worstDayText } from './worst-day.ts';

type Look = Pick<Terminal, 'isColoured' | 'columns'>;

export type CostAnswer = {
  readonly region: string;
  readonly vpcId: string;
  readonly gateways: readonly GatewayUse[];
  readonly trafficUnknown: string | undefined;
  readonly setup: Setup;
  readonly source: PriceSource;
  readonly comparison: Comparison;
};

/** Both sides in one table, for a person. All figures are USD. */
export function renderCost(answer: CostAnswer, look: Look): string {
  const { vpcId, region, setup, gateways } = answer;
  const { bold, yellow } = createColors(look.isColoured);
  const hours = amountText(hoursOf(setup.period), 0);
  const warning = foreignPrices(answer);
  const parts = [
    bold(`${vpcId} in ${region}, ${setup.period.label} (${hours} hours), USD`),
    ...[warning, unknownTraffic(answer)].flatMap((said) =>
      said === undefined ? [] : [yellow(wrap(`WARNING: ${said}`, look.columns, ''))],
    ),
    gateways.length === 0
      ? `No NAT gateway of this VPC existed in that time, so only Phoenat's side is shown.`
      : gatewayTable(answer, look),
    comparisonTable(answer, look),
    ...(gateways.length === 0 ? [] : [bold(savingText(answer))]),
    ['Assumed:', ...assumptions(answer).map((line) => `- ${wrap(line, look.columns, '  ')}`)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The note for a Region whose own prices are not known here. */
export function foreignPrices({ region, setup }: CostAnswer): string | undefined {
  const known = setup.prices.region;
  return known === region
    ? undefined
    : `the prices of ${region} are not known here. All figures below use those of ${known}, and are wrong for ${region} by as much as the two differ.`;
}

/** The note for gateways of which CloudWatch did not tell what they processed. */
export function unknownTraffic({ trafficUnknown }: CostAnswer): string | undefined {
  return trafficUnknown === undefined
    ? undefined
    : `the traffic of the NAT gateways is unknown, and what they cost is shown without it: CloudWatch did not tell (${trafficUnknown}). Try again, with permission for cloudwatch:GetMetricData.`;
}

/** "alarmMonth" → "alarm month". */
function spoken(item: string): string {
  return item.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function priceWords(region: string, source: PriceSource): string {
  switch (source.kind) {
    case 'table':
      return `Prices of ${region} of ${pricesAsOf}, from a table in this command: AWS's price list could not be asked (${source.why}).`;
    case 'price-list':
      return `Prices of ${region} from AWS's price list, published ${source.asOf}.${
        source.missing.length === 0
          ? ''
          : ` Not found in it, and taken from a table of ${pricesAsOf} for ${source.missingOf}: ${source.missing.map(spoken).join(', ')}.`
      }`;
    default:
      return assertNever(source);
  }
}

function gatewayTable({ gateways, setup }: CostAnswer, look: Look): string {
  const rows = gateways.map((gateway) => [
    gateway.id,
    `${gateway.zones.join(', ')}${gateway.isRegional ? ' (regional)' : ''}`,
    amountText(gateway.hours, 0),
    gateway.bytes === undefined ? 'unknown' : amountText(gigabytes(gateway), 2),
    String(gateway.publicIps),
    `${gateway.bytes === undefined ? 'at least ' : ''}${usd(gatewayCents(gateway, setup.prices))}`,
  ]);
  return fittingTable(
    [
      { head: 'NAT gateway' },
      { head: 'where' },
      { head: 'hours', align: 'right' },
      { head: 'GB', align: 'right' },
      { head: 'addresses', align: 'right' },
      { head: 'USD', align: 'right' },
    ],
    rows,
    look,
    1,
  );
}

function comparisonTable({ gateways, setup, comparison }: CostAnswer, look: Look): string {
  const { bold, dim } = createColors(look.isColoured);
  const withGateways = gateways.length > 0;
  const cells = (amount: Amount | undefined) =>
    amount === undefined ? ['', ''] : [dim(amount.how), usd(amount.cents)];
  const theirCells = ({ item, gateways: theirs }: CostLine) =>
    item === dataProcessed && theirs === undefined ? [dim('traffic unknown'), 'unknown'] : cells(theirs);
  const total = (cents: number, how = '') => [how, bold(usd(cents))];
  const rows = [
    ...comparison.lines
      .filter((line) => withGateways || line.phoenat !== undefined)
      .map((line) => [line.item, ...(withGateways ? theirCells(line) : []), ...cells(line.phoenat)]),
    [
      bold('total'),
      ...(withGateways ? total(comparison.gatewaysCents, isTrafficKnown(gateways) ? '' : 'at least') : []),
      ...total(comparison.phoenatCents),
    ],
  ];
  const phoenat = `Phoenat, ${setup.zones + standbys(setup.standby)} x ${setup.instanceType}`;
  return fittingTable(
    [
      { head: '' },
      ...(withGateways ? [{ head: 'NAT gateways' }, { head: 'USD', align: 'right' as const }] : []),
      { head: phoenat },
      { head: 'USD', align: 'right' },
    ],
    rows,
    look,
    1,
  );
}

function savingText({ gateways, comparison }: CostAnswer): string {
  const cents = comparison.gatewaysCents - comparison.phoenatCents;
  if (!isTrafficKnown(gateways)) {
    return cents > 0
      ? `Phoenat would have saved at least ${usd(cents)} USD, more by what the gateways' traffic cost.`
      : `Whether Phoenat would have saved anything is unknown: without their traffic, the gateways cost ${usd(-cents)} USD less.`;
  }
  if (cents <= 0) {
    return `Phoenat would have cost ${usd(-cents)} USD more.`;
  }
  const share = Math.round((100 * cents) / comparison.gatewaysCents);
  return `Phoenat would have saved ${usd(cents)} USD, ${share} %.`;
}

/** The assumptions behind the figures, and what they leave out. */
export function assumptions({ setup, source }: CostAnswer): string[] {
  const { prices, zones, standby } = setup;
  const stacks = Math.ceil(zones / made.zonesPerStack);
  return [
    `${priceWords(prices.region, source)} On demand, without free tiers, discounts and tax. Check them: ${priceSources.join(' ')}`,
    `${zones} zone${zones === 1 ? '' : 's'}${standby === true ? ' and its standby' : ''}, served by ${stacks === 1 ? 'one stack' : `${stacks} stacks`}; monthly prices are for 730 hours. A GB is 2^30 bytes.`,
    'EC2 no longer lists NAT gateways that were deleted more than an hour ago; they are not counted.',
    `Lambda: a run every minute, ${made.secondsPerRun} second each with ${made.lambdaGb} GB on arm64; with Architecture=x86_64 a GB-second costs a quarter more. The first 400,000 GB-seconds of a month are free, as are 10 CloudWatch metrics, 10 alarms and 3 dashboards, unless something else uses them up.`,
    worstDayText(prices),
    'Not included: data transfer out to the internet and between zones, which is the same for both, and what crosses zones while the instance of one carries another, 0.01 USD per GB each way; logs; the minutes in which two instances run during a replacement.',
    'Not included: what MarketType=spot saves. Spot prices change, and differ from zone to zone: aws ec2 describe-spot-price-history shows them.',
    'Not included: surplus CPU credits. T instances run in unlimited mode, and CPU load beyond the credits is billed.',
    `A ${setup.instanceType} has far less bandwidth than a NAT gateway, which has up to 100 Gbps: compare your peaks with docs/migrating.md first.`,
  ];
}

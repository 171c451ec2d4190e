import { zoneLetters } from '../../shared/config/zone-letters.ts';
import { hoursOf, type Period } from './period.ts';
import { instanceHourOf, type PriceList } from './prices.ts';

/** The usage of a NAT gateway in a period. */
export type GatewayUse = {
  readonly id: string;
  /** The Availability Zones it is in: one, unless it is a regional gateway, which is billed for each. */
  readonly zones: readonly string[];
  readonly isRegional?: true;
  readonly hours: number;
  /** In both directions, as it is billed; none where CloudWatch did not tell. */
  readonly bytes?: number;
  readonly publicIps: number;
};

/** US cents, rounded: what is printed adds up to the printed total. */
export type Cents = number;

export type Amount = { readonly how: string; readonly cents: Cents };

/** The line that depends on traffic. */
export const dataProcessed = 'data processed';

/** `zone`: grows with the zones. `controller`: the same for one zone and for six. */
export type CostLine = {
  readonly item: string;
  readonly part: 'zone' | 'controller';
  readonly gateways?: Amount;
  readonly phoenat?: Amount;
};

export type Comparison = {
  readonly lines: readonly CostLine[];
  readonly gatewaysCents: Cents;
  readonly phoenatCents: Cents;
};

export type Setup = {
  readonly zones: number;
  /** A second instance beside that of the only zone. */
  readonly standby?: boolean;
  readonly instanceType: string;
  readonly prices: PriceList;
  readonly period: Period;
};

/** AWS's prices by the month are for this many hours. */
export const hoursPerMonth = 730;
/** Large enough for bills of "GB", which AWS counts in powers of two. */
const bytesPerGb = 2 ** 30;

/** What the template makes of each: see template.yaml and shared/core/report/metrics.ts. */
export const made = {
  volumeGb: 8,
  customMetrics: 9,
  /** With its instance's load, which no zone without a probe tells. */
  customMetricsPerZone: 4,
  alarms: 6,
  alarmsPerZone: 2,
  /** One that a stand-in lasts: where zones stand in for one another, or a standby for one. */
  alarmsOfStandIn: 1,
  /** One that there is none. */
  alarmsOfStandby: 1,
  compositeAlarms: 1,
  dashboards: 1,
  lambdaGb: 0.5,
  runsPerHour: 60,
  /** A run that finds all well takes about this long. */
  secondsPerRun: 1,
  /** A probe for each zone, asked by each run: as long as it takes where all is well, and some more. */
  probeGb: 0.25,
  secondsPerProbe: 0.5,
  zonesPerStack: zoneLetters.length,
} as const;

/** Both sides, line by line, for the same period. Pure. */
export function compareCosts(gateways: readonly GatewayUse[], setup: Setup): Comparison {
  const lines = [...zoneLines(gateways, setup), ...controllerLines(setup)];
  const sum = (side: 'gateways' | 'phoenat') =>
    lines.reduce((cents, line) => cents + (line[side]?.cents ?? 0), 0);
  return { lines, gatewaysCents: sum('gateways'), phoenatCents: sum('phoenat') };
}

function zoneLines(
  gateways: readonly GatewayUse[],
  { zones, standby, instanceType, prices, period }: Setup,
): CostLine[] {
  const hours = (zones + standbys(standby)) * hoursOf(period);
  const addressHours = total(gateways, (gateway) => gateway.hours * gateway.publicIps);
  const gbMonths = (made.volumeGb * hours) / hoursPerMonth;
  const some = gateways.length > 0;
  return [
    {
      item: 'by the hour',
      part: 'zone',
      ...(some
        ? {
            gateways: amountBy(
              gateways,
              'h',
              (gateway) => hourPrice(gateway, prices),
              (gateway) => gateway.hours * gateway.zones.length,
            ),
          }
        : {}),
      phoenat: product(hours, 'h', instanceHourOf(prices, instanceType)),
    },
    {
      item: dataProcessed,
      part: 'zone',
      ...(some && isTrafficKnown(gateways)
        ? { gateways: amountBy(gateways, 'GB', (gateway) => gbPrice(gateway, prices), gigabytes) }
        : {}),
      phoenat: { how: 'not billed', cents: 0 },
    },
    {
      item: 'public IPv4',
      part: 'zone',
      ...(some ? { gateways: product(addressHours, 'h', prices.publicIpv4Hour) } : {}),
      phoenat: product(hours, 'h', prices.publicIpv4Hour),
    },
    {
      item: `volumes, ${made.volumeGb} GB gp3`,
      part: 'zone',
      phoenat: product(gbMonths, 'GB-months', prices.gp3GbMonth),
    },
  ];
}

/** At list price: the free tiers are the account's, and others may have used them up. */
function controllerLines({ zones, standby, prices, period }: Setup): CostLine[] {
  const asked = zones + standbys(standby);
  const stacks = Math.ceil(zones / made.zonesPerStack);
  const months = hoursOf(period) / hoursPerMonth;
  const runs = stacks * hoursOf(period) * made.runsPerHour;
  const lambda =
    runs * made.secondsPerRun * made.lambdaGb * prices.lambdaGbSecond +
    (runs / 1_000_000) * prices.lambdaMillionRequests;
  const questions = asked * hoursOf(period) * made.runsPerHour;
  const probes =
    questions * made.secondsPerProbe * made.probeGb * prices.lambdaGbSecond +
    (questions / 1_000_000) * prices.lambdaMillionRequests;
  const monthly = (item: string, count: number, price: number): CostLine => ({
    item,
    part: 'controller',
    phoenat: {
      how: `${count} x ${amountText(months, 2)} months x ${price}`,
      cents: toCents(count * months * price),
    },
  });
  const metrics = stacks * made.customMetrics + asked * made.customMetricsPerZone;
  const alarms =
    stacks * made.alarms +
    zones * made.alarmsPerZone +
    stacksWithStandIns(asked) * made.alarmsOfStandIn +
    standbys(standby) * made.alarmsOfStandby;
  return [
    {
      item: 'Lambda',
      part: 'controller',
      phoenat: {
        how: `${amountText(runs, 0)} runs x ${made.secondsPerRun} s x ${made.lambdaGb} GB`,
        cents: toCents(lambda),
      },
    },
    {
      item: 'Lambda, probes',
      part: 'controller',
      phoenat: {
        how: `${amountText(questions, 0)} requests x ${made.secondsPerProbe} s x ${made.probeGb} GB`,
        cents: toCents(probes),
      },
    },
    monthly('CloudWatch metrics', metrics, prices.customMetricMonth),
    monthly('CloudWatch alarms', alarms, prices.alarmMonth),
    monthly('CloudWatch composite alarm', stacks * made.compositeAlarms, prices.compositeAlarmMonth),
    monthly('CloudWatch dashboard', stacks * made.dashboards, prices.dashboardMonth),
  ];
}

/** Those that have more than one zone, or one and its standby. */
function stacksWithStandIns(zones: number): number {
  const whole = Math.floor(zones / made.zonesPerStack);
  return whole + (zones % made.zonesPerStack > 1 ? 1 : 0);
}

/** Launched, watched and asked as a zone is. */
export function standbys(standby = false): number {
  return standby ? 1 : 0;
}

function total(gateways: readonly GatewayUse[], of: (gateway: GatewayUse) => number): number {
  return gateways.reduce((sum, gateway) => sum + of(gateway), 0);
}

function hourPrice({ isRegional }: GatewayUse, prices: PriceList): number {
  return (isRegional ? prices.regionalNatGatewayHour : undefined) ?? prices.natGatewayHour;
}

function gbPrice({ isRegional }: GatewayUse, prices: PriceList): number {
  return (isRegional ? prices.regionalNatGatewayGb : undefined) ?? prices.natGatewayGb;
}

/** By price: zonal and regional gateways may differ. */
function amountBy(
  gateways: readonly GatewayUse[],
  unit: string,
  priceOf: (gateway: GatewayUse) => number,
  amountOf: (gateway: GatewayUse) => number,
): Amount {
  const products = [...Map.groupBy(gateways, priceOf)].map(([price, some]) =>
    product(total(some, amountOf), unit, price),
  );
  return {
    how: products.map(({ how }) => how).join(' + '),
    cents: products.reduce((sum, { cents }) => sum + cents, 0),
  };
}

/** Where it is not, the gateways' cost is what is known of it: the least that they cost. */
export function isTrafficKnown(gateways: readonly GatewayUse[]): boolean {
  return gateways.every(({ bytes }) => bytes !== undefined);
}

/** The cost of one gateway by itself; without what it processed where that is not known. */
export function gatewayCents(gateway: GatewayUse, prices: PriceList): Cents {
  return (
    toCents(gateway.hours * gateway.zones.length * hourPrice(gateway, prices)) +
    toCents(gigabytes(gateway) * gbPrice(gateway, prices)) +
    toCents(gateway.hours * gateway.publicIps * prices.publicIpv4Hour)
  );
}

export function gigabytes({ bytes = 0 }: Pick<GatewayUse, 'bytes'>): number {
  return bytes / bytesPerGb;
}

function product(amount: number, unit: string, price: number): Amount {
  const digits = Number.isInteger(amount) ? 0 : 2;
  return { how: `${amountText(amount, digits)} ${unit} x ${price}`, cents: toCents(amount * price) };
}

/** "1,488.00": en, so that it reads the same on every machine. */
export function amountText(amount: number, digits: number): string {
  return new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    amount,
  );
}

export function usd(cents: Cents): string {
  return amountText(cents / 100, 2);
}

/** Prices have at most ten decimals; what is beyond is the machine's, and would turn a half cent the wrong way. */
function toCents(dollars: number): Cents {
  return Math.round(Number((dollars * 100).toFixed(8)));
}

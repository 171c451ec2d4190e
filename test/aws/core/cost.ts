import { hoursPerMonth, made } from '../../../cli/cost/compare-costs.ts';
import type { PriceList } from '../../../cli/cost/prices.ts';

export type CostLine = { readonly item: string; readonly how: string; readonly usd: number };

/** The zones of the example VPC. */
const zones = 2;
/** At once: in each zone an instance and the one that replaces it, the client, and what it sends to. */
const maxInstances = zones * 2 + 2;
/** Two Elastic IPs, an address of its own for each instance that is being replaced or replaces, and the far end's. */
const maxAddresses = zones + zones * 2 + 1;
/** Three runs of the controller at once and the lifecycle function, without a pause, and both probes. */
const functionGb = 4 * made.lambdaGb + zones * made.probeGb;
const requestsPerHour = 36_000;
const logsGb = 0.1;

/** What a run of so many hours costs at most, at list price, without the free tiers. Pure. */
export function upperBound(prices: PriceList, hours: number): readonly CostLine[] {
  const months = Math.ceil(hours) / hoursPerMonth;
  const metrics = made.customMetrics + zones * made.customMetricsPerZone;
  const alarms = made.alarms + zones * made.alarmsPerZone + made.alarmsOfStandIn;
  const gbSeconds = functionGb * 3_600 * hours;
  return [
    line(
      'instances, up to t4g.micro',
      `${maxInstances} x ${hours} h`,
      maxInstances * hours * prices.instanceHour['t4g.micro'],
    ),
    line(
      'public IPv4, two of them Elastic IPs',
      `${maxAddresses} x ${hours} h`,
      maxAddresses * hours * prices.publicIpv4Hour,
    ),
    line(
      `volumes, ${made.volumeGb} GB gp3`,
      `${maxInstances} x ${hours} h`,
      (maxInstances * made.volumeGb * hours * prices.gp3GbMonth) / hoursPerMonth,
    ),
    line(
      'Lambda',
      `${gbSeconds.toLocaleString('en')} GB-s`,
      gbSeconds * prices.lambdaGbSecond + (requestsPerHour * hours * prices.lambdaMillionRequests) / 1e6,
    ),
    line(
      'CloudWatch metrics, alarms, logs',
      `${metrics} metrics, ${alarms + made.compositeAlarms} alarms`,
      months *
        (metrics * prices.customMetricMonth +
          alarms * prices.alarmMonth +
          made.compositeAlarms * prices.compositeAlarmMonth) +
        logsGb * prices.logsGb,
    ),
    line('CloudWatch dashboard', 'a whole month; an account has three free', prices.dashboardMonth),
  ];
}

function line(item: string, how: string, usd: number): CostLine {
  return { item, how, usd };
}

/** Rounded up, so that the sum is none that is exceeded. */
export function totalUsd(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + Math.ceil(usd * 100), 0) / 100;
}

export function renderCost(lines: readonly CostLine[]): string {
  const rows = lines.map(
    ({ item, how, usd }) =>
      `  ${item.padEnd(38)}${how.padEnd(42)}${(Math.ceil(usd * 100) / 100).toFixed(2).padStart(6)}`,
  );
  return [...rows, `  ${'at most, in USD'.padEnd(80)}${totalUsd(lines).toFixed(2).padStart(6)}`].join('\n');
}

import { hoursPerMonth, made } from '../../../cli/cost/compare-costs.ts';
import { type InstanceType, instanceTypes, type TablePrices } from '../../../cli/cost/prices.ts';
import { measuringType } from './far-end-template.ts';

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
export function upperBound(
  prices: TablePrices,
  hours: number,
  parameters: ReadonlyMap<string, string> = new Map(),
): readonly CostLine[] {
  const types = [measuringType, ...typesOf(parameters)];
  const instanceHour = Math.max(...types.map((type) => prices.instanceHour[type]));
  const volumeGb = Math.max(made.volumeGb, Number(parameters.get('VolumeGiB') ?? 0));
  const processor = parameters.get('Architecture') === 'x86_64' ? x86Factor : 1;
  const months = Math.ceil(hours) / hoursPerMonth;
  const metrics = made.customMetrics + zones * made.customMetricsPerZone;
  const alarms = made.alarms + zones * made.alarmsPerZone + made.alarmsOfStandIn;
  const gbSeconds = functionGb * 3_600 * hours;
  return [
    line(
      `instances, ${[...new Set(types)].join(' or ')}`,
      `${maxInstances} x ${hours} h`,
      maxInstances * hours * instanceHour,
    ),
    line(
      'public IPv4, two of them Elastic IPs',
      `${maxAddresses} x ${hours} h`,
      maxAddresses * hours * prices.publicIpv4Hour,
    ),
    line(
      `volumes, ${volumeGb} GB gp3`,
      `${maxInstances} x ${hours} h`,
      (maxInstances * volumeGb * hours * prices.gp3GbMonth) / hoursPerMonth,
    ),
    line(
      'Lambda',
      `${gbSeconds.toLocaleString('en')} GB-s`,
      processor * gbSeconds * prices.lambdaGbSecond +
        (requestsPerHour * hours * prices.lambdaMillionRequests) / 1e6,
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

/** As the template has them by default. */
const defaultTypes: readonly InstanceType[] = ['t4g.nano', 't4g.micro'];
/** What the functions cost more on that processor (AWS Lambda pricing). */
const x86Factor = 1.25;

function typesOf(parameters: ReadonlyMap<string, string>): readonly InstanceType[] {
  const given = parameters.get('InstanceTypes');
  return given === undefined ? defaultTypes : parseTypes(given);
}

/** @throws Error that names a type without a price here: no upper bound could be said. */
export function parseTypes(text: string): readonly InstanceType[] {
  return text.split(',').map((name) => {
    const type = instanceTypes.find((known) => known === name.trim());
    if (type === undefined) {
      throw new Error(
        `--parameter InstanceTypes: what ${JSON.stringify(name)} costs is not known here; known: ${instanceTypes.join(', ')}`,
      );
    }
    return type;
  });
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

import { CliError } from '../session.ts';

/** On-demand list prices of one Region, in USD. */
export type PriceList = {
  readonly region: string;
  readonly natGatewayHour: number;
  readonly natGatewayGb: number;
  /** Of a regional gateway, for each Availability Zone; absent: as a zonal one. */
  readonly regionalNatGatewayHour?: number;
  readonly regionalNatGatewayGb?: number;
  /** In use or idle. */
  readonly publicIpv4Hour: number;
  readonly gp3GbMonth: number;
  /** arm64. */
  readonly lambdaGbSecond: number;
  readonly lambdaMillionRequests: number;
  readonly customMetricMonth: number;
  readonly alarmMonth: number;
  readonly compositeAlarmMonth: number;
  readonly dashboardMonth: number;
  /** Taken in, standard class. */
  readonly logsGb: number;
  readonly instanceHour: Readonly<Record<string, number>>;
};

/** Where the prices are from. `missing`: those that the list did not have, from the table of the Region `missingOf`. */
export type PriceSource =
  | { readonly kind: 'table'; readonly why: string }
  | {
      readonly kind: 'price-list';
      readonly asOf: string;
      readonly missing: readonly string[];
      readonly missingOf: string;
    };

export const instanceTypes = ['t4g.nano', 't4g.micro', 't4g.small', 't3.nano', 't3.micro'] as const;
export type InstanceType = (typeof instanceTypes)[number];
/** Of the few types that the table has. */
export type TablePrices = PriceList & { readonly instanceHour: Readonly<Record<InstanceType, number>> };

/** When the prices below were looked up, and where. They are a copy: AWS may change its prices at any time. */
export const pricesAsOf = 'September 2026';
export const priceSources: readonly string[] = [
  'https://aws.amazon.com/vpc/pricing/',
  'https://aws.amazon.com/ec2/pricing/on-demand/',
  'https://aws.amazon.com/ebs/pricing/',
  'https://aws.amazon.com/lambda/pricing/',
  'https://aws.amazon.com/cloudwatch/pricing/',
];

const virginia: TablePrices = {
  region: 'us-east-1',
  natGatewayHour: 0.045,
  natGatewayGb: 0.045,
  publicIpv4Hour: 0.005,
  gp3GbMonth: 0.08,
  lambdaGbSecond: 0.0000133334,
  lambdaMillionRequests: 0.2,
  customMetricMonth: 0.3,
  alarmMonth: 0.1,
  compositeAlarmMonth: 0.5,
  dashboardMonth: 3,
  logsGb: 0.5,
  instanceHour: {
    't4g.nano': 0.0042,
    't4g.micro': 0.0084,
    't4g.small': 0.0168,
    't3.nano': 0.0052,
    't3.micro': 0.0104,
  },
};

const tokyo: TablePrices = {
  region: 'ap-northeast-1',
  natGatewayHour: 0.062,
  natGatewayGb: 0.062,
  publicIpv4Hour: 0.005,
  gp3GbMonth: 0.096,
  lambdaGbSecond: 0.0000133334,
  lambdaMillionRequests: 0.2,
  customMetricMonth: 0.3,
  alarmMonth: 0.1,
  compositeAlarmMonth: 0.5,
  dashboardMonth: 3,
  logsGb: 0.76,
  instanceHour: {
    't4g.nano': 0.0054,
    't4g.micro': 0.0108,
    't4g.small': 0.0216,
    't3.nano': 0.0068,
    't3.micro': 0.0136,
  },
};

/** @throws CliError where it has no price here. */
export function instanceHourOf(prices: PriceList, instanceType: string): number {
  const price = prices.instanceHour[instanceType];
  if (price === undefined) {
    const known = Object.keys(prices.instanceHour).join(', ');
    throw new CliError(
      `there is no price of ${instanceType} without AWS's price list: allow yourself pricing:GetProducts, or take one of ${known}`,
      2,
    );
  }
  return price;
}

/** The Region's prices; those of us-east-1 where they are not known here, which the caller has to say. */
export function pricesFor(region: string): TablePrices {
  return region === tokyo.region ? tokyo : virginia;
}

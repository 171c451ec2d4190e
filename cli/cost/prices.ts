/** On-demand list prices of one Region, in USD. */
export type PriceList = {
  readonly region: string;
  readonly natGatewayHour: number;
  readonly natGatewayGb: number;
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
  readonly instanceHour: Readonly<Record<InstanceType, number>>;
};

export const instanceTypes = ['t4g.nano', 't4g.micro', 't4g.small', 't3.nano', 't3.micro'] as const;
export type InstanceType = (typeof instanceTypes)[number];

/** When the prices below were looked up, and where. They are a copy: AWS may change its prices at any time. */
export const pricesAsOf = 'September 2026';
export const priceSources: readonly string[] = [
  'https://aws.amazon.com/vpc/pricing/',
  'https://aws.amazon.com/ec2/pricing/on-demand/',
  'https://aws.amazon.com/ebs/pricing/',
  'https://aws.amazon.com/lambda/pricing/',
  'https://aws.amazon.com/cloudwatch/pricing/',
];

const virginia: PriceList = {
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

const tokyo: PriceList = {
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

/** The Region's prices; those of us-east-1 where they are not known here, which the caller has to say. */
export function pricesFor(region: string): PriceList {
  return region === tokyo.region ? tokyo : virginia;
}

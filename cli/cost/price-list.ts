import { z } from 'zod';
import type { PriceList } from './prices.ts';

// What AWS's Price List (GetProducts) says of one Region, one product a text of JSON.

const product = z.object({
  product: z.object({ attributes: z.record(z.string(), z.string()) }),
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(
            z.string(),
            z.object({ beginRange: z.string().optional(), pricePerUnit: z.record(z.string(), z.string()) }),
          ),
        }),
      )
      .optional(),
  }),
  publicationDate: z.string().optional(),
});
export type Product = z.infer<typeof product>;

type PricedItem = Exclude<keyof PriceList, 'region' | 'instanceHour'>;

export type Question = {
  readonly serviceCode: string;
  /** Beside the Region's: each has to match. */
  readonly filters: Readonly<Record<string, string>>;
};

/**
 * What to look for, by the end of its usage type: in front of it is a code of the Region, or nothing in us-east-1.
 * `times`: from the list's unit to ours.
 */
const looked: readonly {
  readonly item: PricedItem;
  readonly usage: RegExp;
  readonly times?: number;
}[] = [
  { item: 'natGatewayHour', usage: /(?:^|-)NatGateway-Hours$/ },
  { item: 'natGatewayGb', usage: /(?:^|-)NatGateway-Bytes$/ },
  { item: 'regionalNatGatewayHour', usage: /(?:^|-)RegionalNatGateway-Hours$/ },
  { item: 'regionalNatGatewayGb', usage: /(?:^|-)RegionalNatGateway-Bytes$/ },
  { item: 'publicIpv4Hour', usage: /(?:^|-)PublicIPv4:InUseAddress$/ },
  { item: 'gp3GbMonth', usage: /(?:^|-)EBS:VolumeUsage\.gp3$/ },
  { item: 'lambdaGbSecond', usage: /(?:^|-)Lambda-GB-Second-ARM$/ },
  { item: 'lambdaMillionRequests', usage: /(?:^|-)Request-ARM$/, times: 1_000_000 },
  { item: 'customMetricMonth', usage: /(?:^|-)CW:MetricMonitorUsage$/ },
  { item: 'alarmMonth', usage: /(?:^|-)CW:AlarmMonitorUsage$/ },
  { item: 'logsGb', usage: /(?:^|-)DataProcessing-Bytes$/ },
];

export function questionsFor(instanceType: string): readonly [Question, ...Question[]] {
  const lambda = (group: string) => ({ serviceCode: 'AWSLambda', filters: { group } });
  return [
    { serviceCode: 'AmazonEC2', filters: { productFamily: 'NAT Gateway' } },
    { serviceCode: 'AmazonEC2', filters: { productFamily: 'Storage', volumeApiName: 'gp3' } },
    {
      serviceCode: 'AmazonEC2',
      filters: {
        instanceType,
        operatingSystem: 'Linux',
        tenancy: 'Shared',
        preInstalledSw: 'NA',
        capacitystatus: 'Used',
      },
    },
    { serviceCode: 'AmazonVPC', filters: {} },
    lambda('AWS-Lambda-Duration-ARM'),
    lambda('AWS-Lambda-Requests-ARM'),
    { serviceCode: 'AmazonCloudWatch', filters: {} },
  ];
}

/** @throws where it is no product of a price list. */
export function parseProduct(text: string): Product {
  return product.parse(JSON.parse(text));
}

export type FoundPrices = {
  readonly items: Partial<Record<PricedItem, number>>;
  readonly instanceHour?: number;
  /** When AWS published the oldest of them: a day, "2026-11-20". */
  readonly asOf?: string;
};

export function findPrices(products: readonly Product[], instanceType: string): FoundPrices {
  const items = Object.fromEntries(
    looked.flatMap(({ item, usage, times = 1 }) => {
      const price = priceOf(products, usage);
      return price === undefined ? [] : [[item, Number((price * times).toPrecision(12))]];
    }),
  );
  const box = new RegExp(`(?:^|-)BoxUsage:${instanceType.replaceAll('.', '\\.')}$`);
  const instanceHour = priceOf(products, box);
  const [asOf] = products.flatMap(({ publicationDate }) => publicationDate?.slice(0, 10) ?? []).sort();
  return {
    items,
    ...(instanceHour === undefined ? {} : { instanceHour }),
    ...(asOf === undefined ? {} : { asOf }),
  };
}

/** Of the first tier, in USD; undefined where there is none, or where several products disagree. */
function priceOf(products: readonly Product[], usage: RegExp): number | undefined {
  const matching = products.filter(({ product: { attributes } }) =>
    usage.test(attributes['usagetype'] ?? ''),
  );
  const prices = matching.flatMap(({ terms }) =>
    Object.values(terms.OnDemand ?? {}).flatMap(({ priceDimensions }) =>
      Object.values(priceDimensions)
        .filter(({ beginRange = '0' }) => Number(beginRange) === 0)
        .map(({ pricePerUnit }) => Number(pricePerUnit['USD'] ?? Number.NaN)),
    ),
  );
  const [price, ...others] = new Set(prices.filter((each) => each > 0));
  return others.length > 0 ? undefined : price;
}

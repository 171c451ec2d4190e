import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeNatGatewaysCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addCost } from '../../../../cli/cost/add-cost.ts';
import { findPrices, parseProduct } from '../../../../cli/cost/price-list.ts';
import { priceListRegion } from '../../../../cli/cost/read-prices.ts';
import { id } from '../../core/a-snapshot.ts';
import { invoke, someClients } from '../doctor/a-session.ts';

const ec2 = mockClient(EC2Client);
const cloudWatch = mockClient(CloudWatchClient);
const pricing = mockClient(PricingClient);
afterAll(() => {
  for (const client of [ec2, cloudWatch, pricing]) client.restore();
});

/** A product in the format aws_v1, as GetProducts returns it: the fields that it has, with the Region's code in front. */
function aProduct(usagetype: string, usd: string, beginRange = '0'): string {
  const sku = 'ABCDEFGH12345678';
  const term = `${sku}.JRTCKXETXF`;
  return JSON.stringify({
    product: {
      productFamily: 'NAT Gateway',
      attributes: { regionCode: 'eu-west-3', usagetype, locationType: 'AWS Region', location: 'EU (Paris)' },
      sku,
    },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        [term]: {
          priceDimensions: {
            [`${term}.6YS6EN2CT7`]: {
              unit: 'Hrs',
              beginRange,
              endRange: 'Inf',
              description: `$${usd} each`,
              appliesTo: [],
              rateCode: `${term}.6YS6EN2CT7`,
              pricePerUnit: { USD: usd },
            },
          },
          sku,
          effectiveDate: '2026-11-01T00:00:00Z',
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '20261120000000',
    publicationDate: '2026-11-20T12:00:00Z',
  });
}

const paris = [
  aProduct('EUW3-NatGateway-Hours', '0.0500000000'),
  aProduct('EUW3-NatGateway-Bytes', '0.0510000000'),
  aProduct('EUW3-RegionalNatGateway-Hours', '0.0520000000'),
  aProduct('EUW3-RegionalNatGateway-Bytes', '0.0530000000'),
  aProduct('EUW3-PublicIPv4:InUseAddress', '0.0050000000'),
  aProduct('EUW3-BoxUsage:m7g.large', '0.0954000000'),
  aProduct('EUW3-Request-ARM', '0.0000002000'),
];

const aws = { ...someClients('eu-west-3'), pricing: new PricingClient({ region: 'eu-central-1' }) };

beforeEach(() => {
  for (const client of [ec2, cloudWatch, pricing]) client.reset();
  ec2.on(DescribeVpcsCommand).resolves({ Vpcs: [{ VpcId: id('vpc', '1'), CidrBlock: '10.0.0.0/16' }] });
  ec2.on(DescribeSubnetsCommand).resolves({ Subnets: [] });
  ec2.on(DescribeNatGatewaysCommand).resolves({
    NatGateways: [
      {
        NatGatewayId: id('natGateway', 'a'),
        State: 'available',
        AvailabilityMode: 'regional',
        CreateTime: new Date('2025-01-01T00:00:00Z'),
        NatGatewayAddresses: [
          { PublicIp: '203.0.113.1', AvailabilityZone: 'eu-west-3a' },
          { PublicIp: '203.0.113.2', AvailabilityZone: 'eu-west-3b' },
        ],
      },
    ],
  });
  cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
  pricing.on(GetProductsCommand).resolves({ PriceList: [] });
  pricing.on(GetProductsCommand, { ServiceCode: 'AmazonEC2' }).resolves({ PriceList: paris });
});

const cost = async (words: readonly string[], over = {}) =>
  (await invoke(addCost, ['cost', '--vpc', id('vpc', '1'), '--days', '1', ...words], { aws, ...over })).out;

describe('the price list', () => {
  it('is asked for the Region’s prices, and gives those of regional gateways', async () => {
    const out = await cost(['--instance-type', 'm7g.large']);

    expect(out).toMatch(/^by the hour +48 h x 0\.052 +2\.50 +48 h x 0\.0954 +4\.58$/m);
    expect(out).toContain('eu-west-3a, eu-west-3b (regional)');
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      "Prices of eu-west-3 from AWS's price list, published 2026-11-20. Not found in it",
    );
    expect(out).not.toContain('WARNING');
    const asked = pricing.commandCalls(GetProductsCommand).map(({ args: [{ input }] }) => input);
    expect(asked).toHaveLength(7);
    for (const { Filters } of asked) {
      expect(Filters).toContainEqual({ Type: 'TERM_MATCH', Field: 'regionCode', Value: 'eu-west-3' });
    }
  });

  it('makes up no price of a type that the Region does not have', async () => {
    await expect(cost(['--instance-type', 't9z.nano'])).rejects.toThrow('no on-demand price of t9z.nano');
  });

  it('is replaced by the table where it may not be asked, which says its date and why', async () => {
    const denied = Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' });
    pricing.on(GetProductsCommand).rejects(denied);
    pricing.on(GetProductsCommand, { ServiceCode: 'AmazonEC2' }).rejects(denied);
    const out = (await cost([])).replaceAll(/\s+/g, ' ');
    const asked = pricing.commandCalls(GetProductsCommand).length;
    const { prices } = JSON.parse(await cost([], { json: true }));

    expect(out).toContain('of September 2026, from a table in this command');
    expect(out.split('not permitted: User is not authorized')).toHaveLength(2);
    expect(asked).toBe(1);
    expect(out).toContain('WARNING: the prices of eu-west-3 are not known here');
    expect(prices).toMatchObject({ from: 'table', asOf: 'September 2026', areOfThisRegion: false });
    await expect(cost(['--instance-type', 'm7g.large'])).rejects.toThrow(
      'allow yourself pricing:GetProducts',
    );
  });

  it.each(['cn-north-1', 'us-gov-west-1'])('is none of %s', async (region) => {
    await expect(cost([], { aws: { ...aws, region } })).rejects.toThrow(`cost knows no prices for ${region}`);
    expect(pricing.calls()).toEqual([]);
  });

  it.each([
    ['eu-west-3', 'eu-central-1'],
    ['me-central-1', 'eu-central-1'],
    ['ap-southeast-5', 'ap-south-1'],
    ['ca-west-1', 'us-east-1'],
  ])('of %s is asked in %s', (region, where) => {
    expect(priceListRegion(region)).toBe(where);
  });
});

describe('a price', () => {
  const find = (...texts: string[]) => findPrices(texts.map(parseProduct), 't4g.nano');

  it('is that of the first tier, with or without a Region’s code in front', () => {
    expect(
      find(aProduct('NatGateway-Hours', '0.045'), aProduct('NatGateway-Hours', '0.01', '100')).items,
    ).toEqual({
      natGatewayHour: 0.045,
    });
    expect(find(aProduct('EUW3-Request-ARM', '0.0000002')).items).toEqual({ lambdaMillionRequests: 0.2 });
  });

  it('is none where products disagree, or where it is nothing', () => {
    expect(find(aProduct('NatGateway-Hours', '0.1'), aProduct('X-NatGateway-Hours', '0.2')).items).toEqual(
      {},
    );
    expect(find(aProduct('NatGateway-Hours', '0.0000000000')).items).toEqual({});
    expect(find(aProduct('ReservedBoxUsage:t4g.nano', '0.1')).instanceHour).toBeUndefined();
  });

  it('is not read from what is no product', () => {
    expect(() => parseProduct('{}')).toThrow();
  });
});

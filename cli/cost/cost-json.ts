import type { Amount, Cents } from './compare-costs.ts';
import { gatewayCents } from './compare-costs.ts';
import { hoursOf } from './period.ts';
import { priceSources, pricesAsOf } from './prices.ts';
import { assumptions, type CostAnswer, foreignPrices } from './render-cost.ts';
import { priceWorstDay } from './worst-day.ts';

/** The answer for machines. All amounts are USD with two decimals. */
export function costJson(answer: CostAnswer): object {
  const { region, vpcId, gateways, setup, source, comparison } = answer;
  const { period, prices, zones, standby = false, instanceType } = setup;
  const warning = foreignPrices(answer);
  return {
    region,
    vpcId,
    period: {
      from: new Date(period.startMs).toISOString(),
      to: new Date(period.endMs).toISOString(),
      hours: hoursOf(period),
    },
    prices: {
      ofRegion: prices.region,
      areOfThisRegion: warning === undefined,
      asOf: source.kind === 'table' ? pricesAsOf : source.asOf,
      from: source.kind,
      ...(source.kind === 'table' ? { why: source.why } : { fromTable: source.missing }),
      sources: priceSources,
    },
    ...(warning === undefined ? {} : { warning }),
    natGateways: gateways.map((gateway) => ({ ...gateway, usd: dollars(gatewayCents(gateway, prices)) })),
    zones,
    standby,
    instanceType,
    lines: comparison.lines.map(({ item, part, gateways: theirs, phoenat }) => ({
      item,
      part,
      natGateways: amount(theirs),
      phoenat: amount(phoenat),
    })),
    totals: {
      natGateways: gateways.length === 0 ? null : dollars(comparison.gatewaysCents),
      phoenat: dollars(comparison.phoenatCents),
      saving: gateways.length === 0 ? null : dollars(comparison.gatewaysCents - comparison.phoenatCents),
    },
    worstDay: priceWorstDay(prices),
    assumptions: assumptions(answer),
  };
}

function amount(of: Amount | undefined): { how: string; usd: number } | null {
  return of === undefined ? null : { how: of.how, usd: dollars(of.cents) };
}

function dollars(cents: Cents): number {
  return cents / 100;
}

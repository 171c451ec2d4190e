import type { Amount, Cents } from './compare-costs.ts';
import { gatewayCents, isTrafficKnown } from './compare-costs.ts';
import { hoursOf } from './period.ts';
import { priceSources, pricesAsOf } from './prices.ts';
import { assumptions, type CostAnswer, foreignPrices, unknownTraffic } from './render-cost.ts';
import { priceWorstDay } from './worst-day.ts';

/** The answer for machines. All amounts are USD with two decimals. */
export function costJson(answer: CostAnswer): object {
  const { region, vpcId, gateways, setup, source, comparison } = answer;
  const unknown = unknownTraffic(answer);
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
    ...(unknown === undefined ? {} : { unknown }),
    natGateways: gateways.map((gateway) => {
      const usd = dollars(gatewayCents(gateway, prices));
      return gateway.bytes === undefined
        ? { ...gateway, bytes: null, usd: null, usdAtLeast: usd }
        : { ...gateway, usd };
    }),
    zones,
    standby,
    instanceType,
    lines: comparison.lines.map(({ item, part, gateways: theirs, phoenat }) => ({
      item,
      part,
      natGateways: amount(theirs),
      phoenat: amount(phoenat),
    })),
    totals: totals(answer),
    worstDay: priceWorstDay(prices),
    assumptions: assumptions(answer),
  };
}

/** What is not known whole is null, and the least that it can be has a name of its own. */
function totals({ gateways, comparison }: CostAnswer): object {
  const phoenat = dollars(comparison.phoenatCents);
  if (gateways.length === 0) return { natGateways: null, phoenat, saving: null };
  const natGateways = dollars(comparison.gatewaysCents);
  const saving = dollars(comparison.gatewaysCents - comparison.phoenatCents);
  return isTrafficKnown(gateways)
    ? { natGateways, phoenat, saving }
    : { natGateways: null, natGatewaysAtLeast: natGateways, phoenat, saving: null, savingAtLeast: saving };
}

function amount(of: Amount | undefined): { how: string; usd: number } | null {
  return of === undefined ? null : { how: of.how, usd: dollars(of.cents) };
}

function dollars(cents: Cents): number {
  return cents / 100;
}

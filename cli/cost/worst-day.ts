import { type Bound, boundOf, runLimits, worstDay } from '../../shared/core/model/worst-day.ts';
import { amountText } from './compare-costs.ts';
import type { PriceList } from './prices.ts';

/** Large enough for bills of "GB". */
const bytesPerGb = 2 ** 30;
/** Changes of instances in the account and Region that the table counts a day's more for. */
const someEvents = 1_000;

export type WorstDay = Bound & { readonly usd: number };

/** The worst day of one stack's schedule, and what a thousand events more can add to it. */
export function priceWorstDay(prices: PriceList): { readonly schedule: WorstDay; readonly events: WorstDay } {
  return { schedule: priced(worstDay(0), prices), events: priced(boundOf(someEvents), prices) };
}

function priced(bound: Bound, prices: PriceList): WorstDay {
  const lambda =
    bound.lambdaSeconds * runLimits.memoryGb * prices.lambdaGbSecond +
    (bound.runs / 1_000_000) * prices.lambdaMillionRequests;
  const usd = lambda + (bound.logBytes / bytesPerGb) * prices.logsGb;
  return { ...bound, usd: Number(usd.toFixed(2)) };
}

/** In a sentence, for a person. */
export function worstDayText(prices: PriceList): string {
  const { schedule, events } = priceWorstDay(prices);
  const text = ({ runs, lambdaSeconds, logBytes, usd }: WorstDay) =>
    `${amountText(runs, 0)} runs, ${amountText(lambdaSeconds, 0)} Lambda seconds and ${amountText(logBytes / bytesPerGb, 2)} GB of log, ${amountText(usd, 2)} USD`;
  return `The controller's worst day, with every run at its limits: at most ${text(schedule)} for each stack; each ${amountText(someEvents, 0)} changes of instances in the account and Region add at most ${text(events)}.`;
}

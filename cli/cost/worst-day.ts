import { type Bound, boundOf, runLimits, worstDay } from '../../shared/core/model/worst-day.ts';
import { amountText } from './compare-costs.ts';
import type { PriceList } from './prices.ts';

/** Large enough for bills of "GB". */
const bytesPerGb = 2 ** 30;
/** Changes of instances in the account and Region that the table counts a day's more for. */
const someEvents = 1_000;

/** `usdForEachProbe`: beyond that, for each zone that has one. */
export type WorstDay = Bound & { readonly usd: number; readonly usdForEachProbe: number };

/** The worst day of one stack's schedule, and what a thousand events more can add to it. */
export function priceWorstDay(prices: PriceList): { readonly schedule: WorstDay; readonly events: WorstDay } {
  return { schedule: priced(worstDay(0), prices), events: priced(boundOf(someEvents), prices) };
}

function priced(bound: Bound, prices: PriceList): WorstDay {
  const lambda =
    bound.lambdaSeconds * runLimits.memoryGb * prices.lambdaGbSecond +
    (bound.runs / 1_000_000) * prices.lambdaMillionRequests;
  const usd = lambda + (bound.logBytes / bytesPerGb) * prices.logsGb;
  const probe =
    bound.questions * runLimits.secondsPerQuestion * runLimits.probeMemoryGb * prices.lambdaGbSecond +
    (bound.questions / 1_000_000) * prices.lambdaMillionRequests;
  return { ...bound, usd: rounded(usd), usdForEachProbe: rounded(probe) };
}

function rounded(usd: number): number {
  return Number(usd.toFixed(2));
}

/** In a sentence, for a person. */
export function worstDayText(prices: PriceList): string {
  const { schedule, events } = priceWorstDay(prices);
  const text = ({ runs, lambdaSeconds, logBytes, questions, usd, usdForEachProbe }: WorstDay) =>
    `${amountText(runs, 0)} runs, ${amountText(lambdaSeconds, 0)} Lambda seconds and ${amountText(logBytes / bytesPerGb, 2)} GB of log, ${amountText(usd, 2)} USD for each stack, and ${amountText(questions, 0)} questions to each zone's probe, ${amountText(usdForEachProbe, 2)} USD`;
  return `The controller's worst day, with every run at its limits: at most ${text(schedule)}; each ${amountText(someEvents, 0)} changes of instances in the account and Region add at most ${text(events)}.`;
}

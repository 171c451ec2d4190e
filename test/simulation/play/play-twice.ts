import { regressionOf } from '../replay/regressions.ts';
import { traceSchedule, type Verdict } from './play-schedule.ts';

export type PlayedTwice = {
  readonly verdict: Verdict;
  /** To the last byte, whatever was played in between. */
  readonly isRepeatable: boolean;
};

type Played = Awaited<ReturnType<typeof traceSchedule>>;

/** There and back again, so that each comes after different ones. */
export async function playTwice(names: readonly string[]): Promise<PlayedTwice[]> {
  const there: Played[] = [];
  for (const name of names) there.push(await traceSchedule(regressionOf(name)));
  const back: Played[] = [];
  for (const name of names.toReversed()) back.unshift(await traceSchedule(regressionOf(name)));
  return there.map(({ verdict, trace }, nth) => ({
    verdict,
    isRepeatable: trace.join('\n') === back[nth]?.trace.join('\n'),
  }));
}

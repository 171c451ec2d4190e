import { waitForNoWord } from '../core/memory/memory.ts';
import type { ZoneName } from '../core/model/ids.ts';
import { type DurationMs, secondMs } from '../core/model/time.ts';
import { standbyName } from '../core/neighbours/standby.ts';
import { anyOf } from './ask-probes.ts';
import type { RunContext } from './context.ts';

/** A probe that is warm answers in a fraction of that; a zone that is offline waits no longer for its neighbour's. */
const longestWordMs: DurationMs = 2 * secondMs;

/**
 * Whoever could take over at once is known to forward then; where the word does not come, its zone does without. True where
 * every word has come.
 */
export async function wordOfNeighbours(
  awaited: readonly { readonly zone: ZoneName; readonly by: ZoneName }[],
  { run, clock }: RunContext,
): Promise<boolean> {
  const until = clock.now() + longestWordMs;
  const unheard = () => awaited.filter(({ by }) => !run.memory.readings.has(by));
  // A standby's word may come with those of its zone.
  const pending = () =>
    unheard().flatMap(({ zone, by }) => [
      ...(run.asking.get(by === standbyName ? zone : by)?.pending ?? []),
      ...(run.asking.get(by)?.pending ?? []),
    ]);
  while (pending().length > 0 && clock.now() < until) {
    await anyOf(pending(), until - clock.now(), clock);
  }
  for (const { zone } of unheard()) {
    run.memory = waitForNoWord(run.memory, zone);
  }
  return unheard().length === 0;
}

/**
 * How long the word is waited for of what is going down. Where another run asks the probe too, Lambda has to make a second
 * process of it; and a probe that asks an instance which boots takes two seconds to answer.
 */
const wordOfEndingMs: DurationMs = 2.5 * secondMs;

/** True where there is something new to go by within that time. */
export async function wordsOfEnding(
  zones: readonly ZoneName[],
  { run, clock, deadline }: RunContext,
): Promise<boolean> {
  const until = Math.min(clock.now() + wordOfEndingMs, deadline);
  const pending = () =>
    zones.flatMap((zone) => (isBeingAsked(zone, run) ? [...(run.asking.get(zone)?.pending ?? [])] : []));
  while (pending().length > 0 && clock.now() < until) {
    await anyOf(pending(), until - clock.now(), clock);
  }
  return zones.some((zone) => hasAnswered(zone, run));
}

/** And has not answered yet. */
export function isBeingAsked(zone: ZoneName, run: RunContext['run']): boolean {
  return !hasAnswered(zone, run) && (run.asking.get(zone)?.pending.size ?? 0) > 0;
}

/** What was asked before its instance was seen to go down does not tell of that. */
function hasAnswered(zone: ZoneName, { memory, asking }: RunContext['run']): boolean {
  const since = asking.get(zone)?.sinceEnding;
  const readings = memory.readings.get(zone);
  return readings !== undefined && (since === undefined || readings.some(({ askedAt }) => askedAt >= since));
}

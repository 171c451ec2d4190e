import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';

/** What is seen of a zone's primary from the zones beside it. */
export type SeenBeside = {
  /** A neighbour no longer hears the primary, as it said a moment ago. */
  readonly isSuspected?: boolean;
  /** When the latest request was sent that passed in another zone; undefined: none is known of. */
  readonly passedElsewhereAt?: EpochMs | undefined;
  /** When an instance of another zone last answered; undefined: none is known of. */
  readonly answeredElsewhereAt?: EpochMs | undefined;
};

/** What the zone's own probe has come to: readings in a row in which nothing passed and the primary did not answer. */
export type Silence = {
  readonly silent: number;
  /** When the first of them was sent, and the last. */
  readonly silentSince: EpochMs;
  readonly lastAt: EpochMs;
};

/**
 * Where three see the same, seconds are enough: a neighbour no longer hears the instance and has said so; no request passes
 * through it, and it answers the probe no question; and in another zone a request passes meanwhile, so that the internet is
 * there. A probe that fails one time in three, and then with all that it asks, does so six times in a row once in 729, and
 * that counts only in a run that such an alarm has woken: twelve false ones an hour, all day long, make one false verdict
 * in 2.5 days, which costs a launch. Where no neighbour raises an alarm, it makes none. Each try alone lasts longer than a
 * second and sends its first packet twice.
 */
export const provenBySilence = { tries: 6, overMs: secondMs / 2 };

/** How often the probe of such a zone is asked, without waiting for its answers, and how many times at most. */
export const askOfSuspect: { readonly everyMs: DurationMs; readonly times: number } = {
  everyMs: secondMs / 10,
  times: 2 * provenBySilence.tries,
};

/** All three, over the same seconds. */
export function isProvenBySilence(
  { silent, silentSince, lastAt }: Silence,
  { isSuspected = false, passedElsewhereAt = 0 }: SeenBeside,
): boolean {
  const { tries, overMs } = provenBySilence;
  return isSuspected && silent >= tries && lastAt - silentSince >= overMs && passedElsewhereAt >= silentSince;
}

/** Of a standby that is all that tells. Nobody goes through it, so there is time. */
export const provenOfStandby = { tries: 10, overMs: 20 * secondMs };

/** It has answered none of these questions, and another instance has been heard meanwhile: questions do arrive. */
export function isSilentStandby(
  { silent, silentSince, lastAt }: Silence,
  { answeredElsewhereAt = 0 }: SeenBeside,
): boolean {
  const { tries, overMs } = provenOfStandby;
  return silent >= tries && lastAt - silentSince >= overMs && answeredElsewhereAt >= silentSince;
}

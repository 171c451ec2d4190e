import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';

/** What is seen of a zone's primary from the zones beside it. */
export type SeenBeside = {
  /** A neighbour no longer hears the primary, as it said a moment ago. */
  readonly isSuspected?: boolean;
  /** What became of the questions that other zones' probes were to put to the primary. */
  readonly soughtElsewhere?: readonly Sought[];
  /** When the latest request was sent that passed in a zone that the primary does not carry; undefined: none is known of. */
  readonly passedElsewhereAt?: EpochMs | undefined;
  /** When an instance of another zone last answered; undefined: none is known of. */
  readonly answeredElsewhereAt?: EpochMs | undefined;
};

/** A question of another zone's probe: it was answered; or it was not, while somebody else whom the probe asked answered. */
export type Sought = { readonly askedAt: EpochMs; readonly isHeard: boolean };

/** What the zone's own probe has come to: readings in a row in which nothing passed and the primary did not answer. */
export type Silence = {
  readonly silent: number;
  /** In so many of them another instance answered: the probe's questions leave it, and its answers come back. */
  readonly vouched: number;
  /** When the first of them was sent, and the last. */
  readonly silentSince: EpochMs;
  readonly lastAt: EpochMs;
};

/**
 * Where three see the same, seconds are enough: a neighbour no longer hears the instance and has said so; no request passes
 * through it, and it answers the probe no question; and in another zone, which it does not carry, a request passes meanwhile,
 * so that the internet is there. That counts only in a run that such an alarm has woken, and only while no other zone's
 * probe hears the instance.
 *
 * What a probe's own trouble looks like decides how many tries it takes. One that fails one time in three, and then with
 * all that it asks, does so six times in a row once in 729. So each question goes to the neighbour's instance as well. A
 * try in which that answers is none in which all failed: if the requests, the question to the primary and the one to the
 * neighbour each failed one time in three, whatever becomes of the others, it would come about once in 13.5, and four
 * times in a row once in 33,000. Two are enough where the neighbour's probe, a process in another zone, has not heard the
 * primary either in two tries in which it heard its own instance: of those, each comes about once in 4.5, and all four
 * together once in 3,700. Twelve false alarms an hour, all day long, then make one false verdict in two weeks, which costs
 * a launch. Where what the two zones say to each other is lost, so that a watch and a probe there err alike, the neighbour
 * does not answer the zone's own probe either, and it takes six.
 */
export const provenBySilence = {
  tries: 6,
  vouched: 4,
  beside: { vouched: 2, witnessed: 2 },
  overMs: secondMs / 2,
};

/** How a probe is asked of such an instance: how often, how many questions at a time, and how many in all. */
export type Haste = { readonly everyMs: DurationMs; readonly pending: number; readonly times: number };

/**
 * Without waiting for answers. A new account may run ten functions at once (Lambda quotas, "Concurrent executions"): with
 * the controller these are nine, and most of them need a process that is made first.
 */
export const hasteOfSuspect: Haste = { everyMs: secondMs / 10, pending: 5, times: 12 };
/** Of the neighbour's probe, which is to hear the instance or not. */
export const hasteOfWitness: Haste = { everyMs: secondMs / 5, pending: 3, times: 6 };
/** Of the probe of a zone that has a standby: nobody else is asked. */
export const hasteAlone: Haste = { everyMs: secondMs / 10, pending: 8, times: 12 };

/** All three, over the same seconds. */
export function isProvenBySilence(
  { silent, vouched, silentSince, lastAt }: Silence,
  { isSuspected = false, passedElsewhereAt = 0, soughtElsewhere = [] }: SeenBeside,
): boolean {
  const { tries, overMs, beside } = provenBySilence;
  const sought = soughtElsewhere.filter(({ askedAt }) => askedAt >= silentSince);
  const isHeard = sought.some((entry) => entry.isHeard);
  const isEnough =
    silent >= tries ||
    vouched >= provenBySilence.vouched ||
    (vouched >= beside.vouched && sought.length >= beside.witnessed);
  const hasLasted = lastAt - silentSince >= overMs;
  return isSuspected && isEnough && !isHeard && hasLasted && passedElsewhereAt >= silentSince;
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

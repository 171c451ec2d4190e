import type { InstanceId } from '../model/ids.ts';
import {
  complaintOf,
  firstFailure,
  hasOtherAnsweredIn,
  hasPassedIn,
  type InstanceAnswer,
  isUnresolved,
  type NatHealth,
  type ProbeAnswer,
  type Reading,
  type Word,
  wordOf,
} from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../model/time.ts';
import { isProvenBySilence, isSilentStandby, type SeenBeside } from '../neighbours/silence.ts';

/** Whether packets pass, as the zone's readings tell. */
export type Verdict =
  | { readonly kind: 'forwards' }
  /** `told`: the instance says so itself. `requests`: all that is known is that none passes. */
  | { readonly kind: 'does-not-forward'; readonly proof: 'told' | 'requests'; readonly row: FailedRow }
  /** The instance forwards, and has no way out itself: the trouble is beyond it. */
  | { readonly kind: 'upstream'; readonly row: FailedRow }
  /** More is to be asked. `boots`: a new instance that is given the time to. */
  | { readonly kind: 'undecided'; readonly row: FailedRow; readonly boots: boolean }
  | { readonly kind: 'unknown'; readonly why: string };

/** The readings in which no request passed, back to the last in which one did. */
export type FailedRow = {
  readonly tries: number;
  /** When the first of them was asked. */
  readonly since: EpochMs;
  /** Until when the last of them was asked. */
  readonly lastAt: EpochMs;
  /** Of the latest, in its own words. */
  readonly why: string;
  /** In how many of the latest in a row it says that it cannot forward, and, of those with a word of it, has no way out. */
  readonly cannotForward: number;
  readonly noWayOut: number;
  /** In so many of the latest in a row it was asked and nothing came back; when the first of those was sent. */
  readonly silent: number;
  /** In so many of those another instance answered. */
  readonly vouched: number;
  readonly silentSince: EpochMs;
  /** In the latest that brought its word it says that it forwards, and has a way out. */
  readonly saysItIsWell: boolean;
  /** In the latest it does so, and no name was resolved: no request was even sent. */
  readonly isUnresolved: boolean;
};

export type Egress = 'passes' | 'fails' | 'unknown';

/** A reading that is older says nothing about now. */
export const readingMaxAgeMs: DurationMs = 45 * secondMs;

/**
 * How many readings in a row prove it, and over which time. A probe that fails one time in three, by chance, does so
 * fifteen times in a row once in 3^15 = 14 million. It gives some 2,300 answers a day (each run of the schedule asks until
 * one passes, and some while another zone's fail), of which two in three may be followed by a row: 2,300 × 2/3 / 3^15 =
 * 0.0001 false verdicts a day and zone, one in 26 years. Twelve would be one a year.
 *
 * Answers come at most one a second, and two are under way at a time: where each takes the 5 s that it may, fifteen take
 * 40 s, and a run has 52. What the instance says itself is no chance; but it is given the seconds in which it repairs
 * itself.
 */
export const provenByRequests = { tries: 15, overMs: 14 * secondMs };
/**
 * An instance that has lost its way out says until it is sure of it that all is well. Whoever asks it has it look outside
 * at most 10 s later, and the third miss is known 11 s after the first (look_outside of infra/nat-instance/look.sh).
 */
export const provenAgainstItsWord = { tries: 15, overMs: 30 * secondMs };
/** Its guard looks once a second, and has put right what it can within two. */
export const provenByWord = { tries: 3, overMs: 2.5 * secondMs };
/** Nothing is done about it, so there is time: the last seconds of a boot look the same. */
export const upstreamByWord = { tries: 3, overMs: 10 * secondMs };
/** From so many on egress is said to fail. */
export const failsFromTries = 3;

/**
 * How long after its launch an instance that has not said yet that it forwards may be booting: one that installs packages
 * on a small type takes a minute and a half.
 */
export const bootingMaxMs: DurationMs = 3 * minuteMs;

/**
 * What a verdict becomes if the requests go on failing. Undefined: that is for the next seconds to tell, or what decides it
 * is what the instance says of itself.
 */
export function ifItGoesOn(verdict: Verdict): Verdict | undefined {
  if (verdict.kind !== 'undecided' || verdict.boots) {
    return undefined;
  }
  const { row } = verdict;
  const isWordless = row.cannotForward === 0 && row.noWayOut === 0;
  return isWordless && row.tries >= failsFromTries
    ? { kind: 'does-not-forward', proof: 'requests', row: { ...row, tries: provenByRequests.tries } }
    : undefined;
}

/** A request has passed since the zone's traffic was moved, or since the run began: what was heard before is forgotten. */
export function hasPassed(readings: readonly Reading[] | undefined): boolean {
  return (readings ?? []).some(({ outcome }) => outcome.kind === 'answered' && hasPassedIn(outcome.answer));
}

export type Evidenced = SeenBeside & {
  /** Undefined: the zone has no probe. */
  readonly readings: readonly Reading[] | undefined;
  readonly primary: NatInstance | undefined;
  /** No request goes through it: its own word alone tells of it. */
  readonly isStandby?: boolean;
  /** All that leads the zone's traffic leads through the primary: only then its requests tell of it. */
  readonly isAimed: boolean;
};

export function verdictOf(evidenced: Evidenced, now: EpochMs): Verdict {
  const { readings, primary, isStandby = false, isAimed } = evidenced;
  if (readings === undefined) {
    return { kind: 'unknown', why: 'the zone has no probe' };
  }
  const evidence = evidenceOf((isStandby ? answersIn : toldIn)(readings, now), primary?.id);
  const latest = evidence.at(-1);
  if (latest === undefined) {
    return { kind: 'unknown', why: whyNothing(readings.at(-1)) };
  }
  if (primary?.state === 'running' && !isAimed && !isBooting(evidence, primary, now)) {
    const told = ownWord(evidence) ?? (isStandby ? silenceOf(evidence, evidenced) : undefined);
    if (told !== undefined) {
      return told;
    }
  }
  if (latest.passed) {
    return { kind: 'forwards' };
  }
  if (primary === undefined || !isAimed) {
    return { kind: 'unknown', why: 'requests fail, and do not go through the instance' };
  }
  const failed = evidence.slice(evidence.findLastIndex(({ passed }) => passed) + 1);
  const row = rowOf(failed);
  const booting = isBooting(evidence, primary, now);
  return !booting && isProvenBySilence(row, evidenced)
    ? { kind: 'does-not-forward', proof: 'requests', row }
    : verdictFrom(row, booting);
}

/** Where requests do not go through the instance, they say nothing of it, but it may. */
function ownWord(evidence: readonly Evidence[]): Verdict | undefined {
  const said = evidence.slice(evidence.findLastIndex(({ word }) => word !== 'cannot-forward') + 1);
  const row = rowOf(said);
  return isToldEnough(row) ? { kind: 'does-not-forward', proof: 'told', row } : undefined;
}

/** An instance that answers nobody can no more be told to stand in than one that says that it cannot. */
function silenceOf(evidence: readonly Evidence[], seen: SeenBeside): Verdict | undefined {
  const row = rowOf(evidence.slice(evidence.findLastIndex(({ isSilent }) => !isSilent) + 1));
  return isSilentStandby(row, seen) ? { kind: 'does-not-forward', proof: 'told', row } : undefined;
}

function isToldEnough({ cannotForward, since, lastAt }: FailedRow): boolean {
  return cannotForward >= provenByWord.tries && lastAt - since >= provenByWord.overMs;
}

function verdictFrom(row: FailedRow, booting: boolean): Verdict {
  const lastedMs = row.lastAt - row.since;
  if (row.noWayOut > 0) {
    const isProven = row.noWayOut >= upstreamByWord.tries && lastedMs >= upstreamByWord.overMs;
    return isProven ? { kind: 'upstream', row } : { kind: 'undecided', row, boots: booting };
  }
  if (booting) {
    return { kind: 'undecided', row, boots: true };
  }
  if (isToldEnough(row)) {
    return { kind: 'does-not-forward', proof: 'told', row };
  }
  const { tries, overMs } = row.saysItIsWell ? provenAgainstItsWord : provenByRequests;
  return row.tries >= tries && lastedMs >= overMs
    ? { kind: 'does-not-forward', proof: 'requests', row }
    : { kind: 'undecided', row, boots: false };
}

/** Whether clients of the zone get out, whatever leads them. Undefined: the zone has no probe. */
export function egressOf(readings: readonly Reading[] | undefined, now: EpochMs): Egress | undefined {
  if (readings === undefined) {
    return undefined;
  }
  const latest = toldIn(readings, now)
    .slice(-failsFromTries)
    .map(({ answer }) => hasPassedIn(answer));
  if (latest.at(-1) === true) {
    return 'passes';
  }
  return latest.length === failsFromTries && !latest.includes(true) ? 'fails' : 'unknown';
}

/** What an instance has last said of itself. Undefined: it was not asked, or has not answered. */
export function natHealthOf(
  readings: readonly Reading[] | undefined,
  instanceId: InstanceId,
  now: EpochMs,
): NatHealth | undefined {
  const result = answersIn(readings ?? [], now)
    .map(({ answer }) => answerOf(answer, instanceId))
    .findLast((answer) => answer !== undefined)?.result;
  return result?.kind === 'answered' ? result.health : undefined;
}

/** The same, though it has not answered since. */
export function lastWordOf(
  readings: readonly Reading[] | undefined,
  instanceId: InstanceId,
  now: EpochMs,
): NatHealth | undefined {
  const results = answersIn(readings ?? [], now).map(({ answer }) => answerOf(answer, instanceId)?.result);
  return results.findLast((result) => result?.kind === 'answered')?.health;
}

type Evidence = {
  readonly at: EpochMs;
  readonly passed: boolean;
  readonly isUnresolved: boolean;
  readonly word: Word;
  readonly isSilent: boolean;
  readonly isVouched: boolean;
  readonly hasForwarded: boolean;
  readonly why: () => string;
};

type Answered = { readonly askedAt: EpochMs; readonly answer: ProbeAnswer };

export function answersIn(readings: readonly Reading[], now: EpochMs): Answered[] {
  return readings
    .filter(({ answeredAt }) => now - answeredAt <= readingMaxAgeMs)
    .flatMap(({ askedAt, outcome }) =>
      outcome.kind === 'answered' ? [{ askedAt, answer: outcome.answer }] : [],
    )
    .toSorted((one, other) => one.askedAt - other.askedAt);
}

/** What was unknown is no evidence: neither that packets pass nor that they do not. */
function toldIn(readings: readonly Reading[], now: EpochMs): Answered[] {
  return answersIn(readings, now).filter(({ answer }) => answer.targets.length > 0);
}

function evidenceOf(answers: readonly Answered[], primary: InstanceId | undefined): Evidence[] {
  return answers.map(({ askedAt, answer }) => {
    const result = primary === undefined ? undefined : answerOf(answer, primary)?.result;
    const health = result?.kind === 'answered' ? result.health : undefined;
    return {
      at: askedAt,
      passed: hasPassedIn(answer),
      isUnresolved: answer.targets.every(isUnresolved),
      word: health === undefined ? 'none' : wordOf(health),
      isSilent: result?.kind === 'no-answer',
      isVouched: hasOtherAnsweredIn(answer, primary),
      hasForwarded: health?.ready === true || health?.milestones.forwarding !== undefined,
      why: () => whyOf(answer, result),
    };
  });
}

export function answerOf({ instances }: ProbeAnswer, id: InstanceId): InstanceAnswer | undefined {
  return instances.find(({ instanceId }) => instanceId === id);
}

/** Its own words say more than a request that came to nothing. */
function whyOf(answer: ProbeAnswer, result: InstanceAnswer['result'] | undefined): string {
  const own = result?.kind === 'answered' ? complaintOf(result.health) : result?.why;
  return own ?? firstFailure(answer);
}

/** A probe that errs loses the word of an instance now and then: what that has said before still holds. */
const muteFromTries = 3;

function rowOf(failed: readonly Evidence[]): FailedRow {
  const [first] = failed;
  const last = failed.at(-1);
  const unanswered = failed.slice(failed.findLastIndex(({ isSilent }) => !isSilent) + 1);
  const isMute = trailing(failed, ({ word }) => word === 'none') >= muteFromTries;
  const heard = isMute ? [] : failed.filter(({ word }) => word !== 'none');
  return {
    tries: failed.length,
    since: first?.at ?? 0,
    lastAt: last?.at ?? 0,
    why: last?.why() ?? '',
    cannotForward: trailing(failed, ({ word }) => word === 'cannot-forward'),
    noWayOut: trailing(heard, (entry) => entry.word === 'no-way-out' || isBeyond(entry)),
    silent: unanswered.length,
    vouched: unanswered.filter(({ isVouched }) => isVouched).length,
    silentSince: unanswered[0]?.at ?? 0,
    saysItIsWell: heard.at(-1)?.word === 'can-forward',
    isUnresolved: last !== undefined && isBeyond(last),
  };
}

function trailing(evidence: readonly Evidence[], holds: (entry: Evidence) => boolean): number {
  return evidence.length - 1 - evidence.findLastIndex((entry) => !holds(entry));
}

/** A VPC's own resolver is asked past the NAT: that names have no address says nothing of an instance that gets out. */
function isBeyond({ isUnresolved: unresolved, word }: Evidence): boolean {
  return unresolved && word === 'can-forward';
}

/** An instance that has said that it forwards, or is past its boot, has no such excuse. */
function isBooting(evidence: readonly Evidence[], { launchedAt }: NatInstance, now: EpochMs): boolean {
  return now - launchedAt < bootingMaxMs && !evidence.some(({ hasForwarded }) => hasForwarded);
}

function whyNothing(latest: Reading | undefined): string {
  if (latest === undefined) {
    return 'the probe has not answered yet';
  }
  return latest.outcome.kind === 'unknown'
    ? `the probe did not tell: ${latest.outcome.why}`
    : 'what the probe said is too old, or tells of no request';
}

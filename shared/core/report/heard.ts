import type { InstanceId } from '../model/ids.ts';
import type { NatHealth, ProbeAnswer, Reading } from '../model/reading.ts';
import type { EpochMs } from '../model/time.ts';

type Heard = {
  readonly askedAt: EpochMs;
  readonly answeredAt: EpochMs;
  readonly answer: ProbeAnswer;
  readonly passed: boolean;
};

/** What is unknown is neither a request that passed nor one that failed. */
function heardIn(readings: readonly Reading[] | undefined): Heard[] {
  return (readings ?? []).flatMap(({ askedAt, answeredAt, outcome }) =>
    outcome.kind === 'unknown' || outcome.answer.targets.length === 0
      ? []
      : [{ askedAt, answeredAt, answer: outcome.answer, passed: hasPassed(outcome.answer) }],
  );
}

function hasPassed({ targets }: ProbeAnswer): boolean {
  return targets.some(({ result }) => result.kind === 'answered');
}

/** `nothing`: there is no probe, or it has not answered. */
export function latestHeard(readings: readonly Reading[] | undefined): 'passed' | 'failed' | 'nothing' {
  const latest = heardIn(readings).at(-1);
  if (latest === undefined) {
    return 'nothing';
  }
  return latest.passed ? 'passed' : 'failed';
}

/** One of them failed. */
export function hasFailed(readings: readonly Reading[] | undefined): boolean {
  return heardIn(readings).some(({ passed }) => !passed);
}

/** The most that failed in a row, wherever that row is. */
export function maxFailedInARow(readings: readonly Reading[] | undefined): number {
  let row = 0;
  let most = 0;
  for (const { passed } of heardIn(readings)) {
    row = passed ? 0 : row + 1;
    most = Math.max(most, row);
  }
  return most;
}

/** When the probe was asked first, of those that failed in a row up to now. */
export function firstFailed(readings: readonly Reading[] | undefined): EpochMs | undefined {
  const heard = heardIn(readings);
  return heard.at(-1)?.passed === false
    ? heard[heard.findLastIndex(({ passed }) => passed) + 1]?.askedAt
    : undefined;
}

/** Of the last row of requests that passed: when the first had, and when the last was asked. */
export function lastPassed(
  readings: readonly Reading[] | undefined,
): { readonly firstAt: EpochMs; readonly lastAt: EpochMs } | undefined {
  const heard = heardIn(readings);
  const upTo = heard.slice(0, heard.findLastIndex(({ passed }) => passed) + 1);
  const row = upTo.slice(upTo.findLastIndex(({ passed }) => !passed) + 1);
  const [first] = row;
  const last = row.at(-1);
  return first === undefined || last === undefined
    ? undefined
    : { firstAt: first.answeredAt, lastAt: last.askedAt };
}

/**
 * What an instance says of itself that keeps every packet from passing (infra/nat-instance/health.sh). What else it may
 * have to complain of can be older than the trouble.
 */
export const stopsPackets: readonly string[] = [
  'forwarding is off',
  'nothing is translated: the ruleset is not loaded',
  'the name filter does not answer',
  'this instance has no way to the internet',
];

/** Since when, by its own clock, the instance has been unable to forward. */
export function toldByInstance(
  readings: readonly Reading[] | undefined,
  id: InstanceId | undefined,
): EpochMs | undefined {
  const words = heardIn(readings).flatMap((heard) => wordOf(heard, id) ?? []);
  const latest = words.at(-1);
  const sinces = (latest?.health.problems ?? [])
    .filter(({ what }) => stopsPackets.includes(what))
    .map(({ forMs }) => (latest?.at ?? 0) - forMs);
  return sinces.length === 0 ? undefined : Math.min(...sinces);
}

type Word = { readonly at: EpochMs; readonly health: NatHealth };

/** The probe asks all at once and waits for the slowest: what the instance said is older than the answer by that. */
function wordOf({ answeredAt, answer }: Heard, id: InstanceId | undefined): Word | undefined {
  const { targets, instances } = answer;
  const own = instances.find(({ instanceId }) => instanceId === id);
  const slowestMs = Math.max(...[...targets, ...instances].map(({ tookMs }) => tookMs));
  return own?.result.kind === 'answered'
    ? { at: answeredAt - slowestMs + own.tookMs, health: own.result.health }
    : undefined;
}

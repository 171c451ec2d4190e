import type { DurationMs, EpochMs } from '../../../shared/core/model/time.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { wakeOf } from '../checker/moment.ts';

/** Where the seconds of a hang go, in the order in which they go by. */
export const hangSteps = [
  'a neighbour falls silent, its watch tells EventBridge, EventBridge wakes the controller',
  'the controller asks the probes',
  'their answers prove it',
  'a look at what is to be moved, which began before',
  'the moves',
] as const;

export type HangSteps = readonly DurationMs[];

/**
 * From the calls and questions since then; `endedAt`: when the traffic was back. Undefined where the probes did not decide
 * it: another run or EC2's own checks had found it before.
 */
export function stepsOf(
  { sim, probes, invocations }: Harness,
  hungAt: EpochMs,
  endedAt: EpochMs,
): HangSteps | undefined {
  const run = invocations.find((entry) => entry.startedAt >= hungAt && wakeOf(entry) === 'alarm');
  const calls = sim.calls.filter(
    ({ sentAt, clientName }) => sentAt >= hungAt && clientName === run?.clientName,
  );
  const move = calls.find(({ name }) => name === 'AssociateAddress');
  const look = calls.findLast(
    ({ name, sentAt }) => name === 'DescribeInstances' && sentAt < (move?.sentAt ?? 0),
  );
  const asked = probes.invocations.find(({ at }) => at >= (run?.startedAt ?? Number.POSITIVE_INFINITY));
  if (run === undefined || move === undefined || look === undefined || asked === undefined) {
    return undefined;
  }
  const times = [hungAt, run.startedAt, asked.at, look.sentAt, move.sentAt, endedAt];
  const steps = times.slice(1).map((at, nth) => at - (times[nth] ?? at));
  return look.sentAt - asked.at < secondMs / 2 || move.sentAt > endedAt ? undefined : steps;
}

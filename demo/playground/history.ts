import type { DurationMs } from '../../shared/core/model/time.ts';
import type { RecordedCall, RecordedRun } from '../scenario-result.ts';
import type { Line } from '../timeline-view.ts';
import type { VpcState } from './vpc-state.ts';

/** Everything that a page shows, up to `endMs`; times are milliseconds since the beginning. */
export type History = {
  readonly title: string;
  readonly zones: readonly string[];
  readonly endMs: DurationMs;
  /** At each change, in order; the first at 0. */
  readonly states: readonly StateAt[];
  readonly runs: readonly RecordedRun[];
  readonly calls: readonly PlayedCall[];
  readonly outages: readonly PlayedOutage[];
  readonly lines: readonly LineAt[];
};

export type StateAt = { readonly atMs: DurationMs; readonly state: VpcState };

/** With what was asked and answered, as the SDK has it. */
export type PlayedCall = RecordedCall & { readonly request: object; readonly answer?: object };

/** Of one private subnet, measured in the simulated data plane. */
export type PlayedOutage = {
  readonly zone: string;
  readonly subnetId: string;
  readonly fromMs: DurationMs;
  /** Absent while it lasts. */
  readonly toMs?: DurationMs;
  readonly why: string;
};

/** A line of the log; one that goes on from the line above has that one's time. */
export type LineAt = Line & { readonly atMs: DurationMs };

/** What was there at that moment. @throws Error where the history has no state: each begins with one. */
export function stateAt({ states }: Pick<History, 'states'>, atMs: DurationMs): VpcState {
  const found = states.findLast((state) => state.atMs <= atMs) ?? states[0];
  if (found === undefined) {
    throw new Error('the history has no state');
  }
  return found.state;
}

/** What was known then: what came later is not there yet, and what was under way has no end. */
export function knownAt(history: History, atMs: DurationMs): History {
  const { calls, runs, outages } = history;
  return {
    ...history,
    endMs: atMs,
    calls: calls.filter(({ sentAtMs }) => sentAtMs <= atMs).map((call) => callAt(call, atMs)),
    runs: runs.filter(({ startedAtMs }) => startedAtMs <= atMs).map((run) => runAt(run, atMs)),
    outages: outages
      .filter(({ fromMs }) => fromMs <= atMs)
      .map(({ toMs, ...outage }) => (toMs === undefined || toMs > atMs ? outage : { ...outage, toMs })),
  };
}

function callAt(call: PlayedCall, atMs: DurationMs): PlayedCall {
  const { answeredAtMs, answer: _answer, ...sent } = call;
  // What is lost has no answer, and stays so.
  return answeredAtMs !== undefined && answeredAtMs > atMs ? { ...sent, outcome: 'under way' } : call;
}

function runAt(run: RecordedRun, atMs: DurationMs): RecordedRun {
  const { endedAtMs, outcome: _outcome, ...begun } = run;
  return endedAtMs !== undefined && endedAtMs > atMs ? begun : run;
}

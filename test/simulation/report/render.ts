import Table from 'cli-table3';
import { plainTable } from '../../../cli/plain-table.ts';
import { type DurationMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { type GoalOutcome, isGoalReached } from '../goals/measure-goals.ts';
import { isKilled, type MutantOutcome } from '../mutants/mutant-outcome.ts';
import type { Verdict } from '../play/play-schedule.ts';
import { settlesAtLastMs, settlesWithinMs } from '../play/settled.ts';
import { faultsOf, type Replayed } from '../replay/replay-regressions.ts';
import type { Fault, Schedule } from '../schedule/schedule.ts';
import type { Failure, Tally } from '../search.ts';
import { formatDuration } from './format-duration.ts';
import { goalRows, goalsHead, stepRows, stepsHead, withSteps } from './goals-table.ts';
import { type OutageRow, type OutagesByImage, percentiles } from './outage-statistics.ts';

/** What a search came to, in sentences. */
export function renderTally(
  tally: Tally,
  { seed, seconds, workers }: { readonly seed: number; readonly seconds: number; readonly workers: number },
): string {
  const { schedules, faults, hit, calls, changes, virtualMs } = tally;
  const days = (virtualMs / (24 * 60 * minuteMs)).toFixed(0);
  const lines = [
    `${count(schedules)} schedules of seed ${seed} in ${seconds.toFixed(0)} s on ${workers} threads: ${days} days of EC2's time`,
    `${count(faults)} faults, of which ${count(hit)} met something to do harm to`,
    `${count(calls)} EC2 calls, of which ${count(changes)} would change the account`,
    tally.failure === undefined
      ? 'every invariant held after every one of them'
      : `an invariant did not hold: ${tally.failure.violation.invariant}`,
    ...settled(tally.settledAfterMs),
  ];
  return `${lines.join('\n')}\n`;
}

function settled(times: readonly DurationMs[]): string[] {
  const [median, p99, worst] = percentiles(times, [0.5, 0.99, 1]).map((ms) => formatDuration(ms ?? 0));
  return times.length === 0
    ? []
    : [
        `from the last fault until every zone was settled: median ${median}, 99th percentile ${p99}, worst ${worst} (allowed: ${formatDuration(settlesAtLastMs)}; ${formatDuration(settlesWithinMs)} where every zone had few launches)`,
      ];
}

type Found = {
  readonly seed: number;
  readonly schedules: number;
  readonly file: string;
  /** The options that draw other schedules with the same seed. */
  readonly drawn?: readonly string[];
};

/** What broke, the shrunk schedule as a story, and how to play it again. */
export function renderFailure(failure: Failure, { seed, schedules, file, drawn = [] }: Found): string {
  const { violation, schedule, shrinks } = failure;
  const again = [`--seed ${seed}`, `--schedules ${schedules}`, ...drawn].join(' ');
  return [
    '',
    `${violation.invariant}: ${violation.detail}`,
    `at ${new Date(violation.at).toISOString()}, shrunk ${shrinks} times to:`,
    ...story(schedule),
    '',
    `play it again:    npm run test:simulation -- --replay ${file} --trace`,
    `find it again:    npm run test:simulation -- ${again}`,
    '',
  ].join('\n');
}

/** A schedule for people: the world, the day, and one line for each fault. */
export function story({ seed, world, day, faults, deletion }: Schedule): string[] {
  return [
    `  seed ${seed}; ${fields(world)}`,
    `  ${fields(day)}`,
    ...faults.map(
      ({ afterMs, fault }, nth) => `  ${nth + 1}. after ${formatDuration(afterMs)}: ${sentence(fault)}`,
    ),
    ...(deletion === 'none' ? [] : [`  then the stack is deleted, ${deletion}`]),
  ];
}

function sentence({ kind, ...rest }: Fault): string {
  const details = fields(rest);
  return details === '' ? kind : `${kind} (${details})`;
}

function fields(record: object): string {
  return Object.entries(record)
    .map(([key, value]) =>
      key.endsWith('Ms')
        ? `${key.slice(0, -2)} ${Number(value) / secondMs} s`
        : `${key} ${typeof value === 'object' ? range(value) : String(value)}`,
    )
    .join(', ');
}

function range({ minMs, maxMs }: { readonly minMs: DurationMs; readonly maxMs: DurationMs }): string {
  return `${minMs / secondMs} to ${maxMs / secondMs} s`;
}

export function renderReplay(schedule: Schedule, verdict: Verdict): string {
  const { violation, settledAfterMs } = verdict;
  return [
    ...story(schedule),
    violation === undefined
      ? `every invariant held; settled ${formatDuration(settledAfterMs ?? 0)} after the last fault`
      : `${violation.invariant}: ${violation.detail}, at ${new Date(violation.at).toISOString()}`,
    '',
  ].join('\n');
}

/** What former searches have found, and is not as it was left; each with how to look into it. */
export function renderRegressions(failed: readonly Replayed[]): string {
  const lines = failed.flatMap((replayed) => [
    `regression ${replayed.name}:`,
    ...faultsOf(replayed).map((fault) => `  ${fault}`),
    `  play it again:    npm run test:simulation -- --replay test/simulation/regressions/${replayed.name}.json --trace`,
  ]);
  return `${lines.join('\n')}\n`;
}

export function renderMutants(outcomes: readonly MutantOutcome[]): string {
  const table = new Table({
    head: ['mutant', 'what is wrong with it', 'killed by', 'schedules needed'],
    style: { head: [], border: [] },
    colWidths: [24, 44, 26, 12],
    wordWrap: true,
  });
  for (const entry of outcomes) {
    const { mutant, tally } = entry;
    const by = tally.failure?.violation.invariant;
    const killed = isKilled(entry) ? by : `${by ?? 'nothing'}, not ${mutant.killedBy.join(' or ')}`;
    table.push([mutant.name, mutant.says, killed, tally.failure?.nth ?? `> ${tally.schedules}`]);
  }
  const survivors = outcomes.filter((entry) => !isKilled(entry)).length;
  const verdict =
    survivors === 0
      ? `all ${outcomes.length} mutants were killed`
      : `${survivors} of ${outcomes.length} survived`;
  return `${table.toString()}\n${verdict}\n`;
}

export function renderOutages(rows: OutagesByImage): string {
  return [
    'From al2023, whose rules are loaded before its packages:',
    outageTable(rows['rules-first']),
    'From an image that has everything:',
    outageTable(rows['has-everything']),
  ].join('\n');
}

function outageTable(rows: readonly OutageRow[]): string {
  const heads = ['schedules', 'offline in', 'median', '99th', 'worst', 'seed of the worst'];
  const table = plainTable(
    [{ head: 'fault' }, ...heads.map((head) => ({ head, align: 'right' }) as const)],
    rows.map(({ kind, schedules, offline, medianMs, p99Ms, worstMs, worstSeed }) => [
      kind,
      ...[schedules, offline].map(count),
      ...[medianMs, p99Ms, worstMs].map(formatDuration),
      String(worstSeed),
    ]),
    { isColoured: false },
  );
  return `${table}\n`;
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** What Phoenat is to reach, and what it reaches. */
export function renderGoals(outcomes: readonly GoalOutcome[]): string {
  const columns = goalsHead.map((head) => ({ head }));
  const missed = outcomes.filter((outcome) => !isGoalReached(outcome)).length;
  const verdict = missed === 0 ? 'every goal is reached' : `${missed} of ${outcomes.length} are not reached`;
  const table = plainTable(columns, goalRows(outcomes), { isColoured: false });
  return [`${table}\n${verdict}\n`, ...withSteps(outcomes).map(renderSteps)].join('\n');
}

function renderSteps({ goal, steps }: GoalOutcome): string {
  const columns = stepsHead.map((head) => ({ head }));
  return `${goal.what}, in ${steps.length} of ${goal.days} runs:\n${plainTable(columns, stepRows(steps), { isColoured: false })}\n`;
}

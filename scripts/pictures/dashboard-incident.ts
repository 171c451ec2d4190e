import { alarmEntries, type Datum, dataIn, evaluatedAlarms } from '../../demo/alarms.ts';
import { Recording } from '../../demo/recording.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../../shared/core/model/time.ts';
import { byDefault } from '../../simulator/harness/by-default.ts';
import { CommandHarness } from '../../simulator/harness/command-harness.ts';
import { aliveIn } from '../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../simulator/harness/stack-harness.ts';
import type { ShownMetric } from './dashboard-definition.ts';

/** What CloudWatch would have got from the functions while one zone's instance was terminated. */
export type Incident = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly troubleAt: EpochMs;
  readonly data: readonly Datum[];
  /** The fields of the log's lines that are about steps; the latest first. */
  readonly steps: readonly StepLine[];
  /** By the alarms that rest on the controller's own metrics: whether it rang meanwhile. */
  readonly rang: ReadonlyMap<string, boolean>;
};

type StepLine = {
  readonly at: EpochMs;
  readonly zone: string;
  readonly step: string;
  readonly result: string;
  readonly tookMs: number;
};

const settlesMs = 20 * minuteMs;
const beforeMs = 15 * minuteMs;
const afterMs = 25 * minuteMs;
/** The longest period of a chart: its first one shall be whole. */
const wholeMs = 5 * minuteMs;

/** The real controller in front of the simulated EC2, probes on, with the log that it writes. */
export async function recordIncident(): Promise<Incident> {
  const options = { seed: 1, probe: 'on', hearsPending: false } as const;
  const command = new CommandHarness({ ...options, settings: byDefault(options) });
  const { harness } = command;
  const { clock } = harness;
  harness.goLive();
  await harness.until('the first launch is settled', () => harness.isSettled());
  await clock.runUntil(Math.ceil((clock.now() + settlesMs) / wholeMs) * wholeMs);
  const recording = new Recording(harness, new StackHarness(harness));
  await clock.runFor(beforeMs);
  const troubleAt = clock.now();
  harness.sim.terminateInstance(aliveIn(harness, 'a')[0] ?? '');
  await clock.runFor(afterMs);
  const rings = new Set(alarmEntries(recording).flatMap(({ alarm, to }) => (to === 'ALARM' ? alarm : [])));
  return {
    from: recording.startedAt,
    to: clock.now(),
    troubleAt,
    data: [...dataIn(recording), ...ofLambda(recording)],
    steps: command.lines
      .flatMap(stepIn)
      .filter(({ at }) => at >= troubleAt)
      .toReversed(),
    rang: new Map(evaluatedAlarms.map((name) => [name.replace(/^phoenat-/, ''), rings.has(name)])),
  };
}

/** What Lambda itself counts of each run. */
function ofLambda(recording: Recording): Datum[] {
  const runs = recording.harness.invocations.filter(({ startedAt }) => startedAt >= recording.startedAt);
  return runs.flatMap(({ startedAt: at, error }) => [
    { metric: 'Invocations', at, value: 1 },
    { metric: 'Errors', at, value: error === undefined ? 0 : 1 },
  ]);
}

function stepIn({
  timestamp,
  message,
}: {
  readonly timestamp: number;
  readonly message: string;
}): StepLine[] {
  const line: unknown = JSON.parse(message);
  const of = (field: string): unknown => Reflect.get(Object(line), field);
  if (of('message') !== 'step') return [];
  return [
    {
      at: timestamp,
      zone: String(of('zone')),
      step: String(of('step')),
      result: String(Reflect.get(Object(of('result')), 'kind')),
      tookMs: Number(of('tookMs')),
    },
  ];
}

export type ChartPoint = { readonly at: EpochMs; readonly value: number };

/** A point for each period that has values, as CloudWatch draws it: at the period's beginning. */
export function pointsOf({ name, zone, stat, periodMs }: ShownMetric, incident: Incident): ChartPoint[] {
  const own = incident.data.filter((datum) => datum.metric === name && datum.zone === zone);
  const periods = Map.groupBy(own, ({ at }) => Math.floor(at / periodMs) * periodMs);
  return [...periods]
    .map(([at, data]) => ({
      at,
      value: statistic(
        stat,
        data.map(({ value }) => value),
      ),
    }))
    .toSorted((a, b) => a.at - b.at);
}

/** @throws Error for a statistic that no chart of the dashboard has had. */
function statistic(stat: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (stat) {
    case 'Maximum':
      return Math.max(...values);
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'p90':
      return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.9) - 1] ?? 0;
    default:
      throw new Error(
        `template.yaml: the dashboard has the statistic ${stat}, which this picture cannot draw`,
      );
  }
}

export function minutesAfter(at: EpochMs, { troubleAt }: Incident): DurationMs {
  return (at - troubleAt) / minuteMs;
}

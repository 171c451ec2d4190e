import { readFileSync } from 'node:fs';
import { parseTemplate } from '../scripts/parse-template.ts';
import { entriesOf, read, readIfThere } from '../scripts/template-value.ts';
import { type EpochMs, minuteMs } from '../shared/core/model/time.ts';
import { fieldAt } from './field-at.ts';
import type { Recording } from './recording.ts';
import type { TimelineEntry } from './scenario-result.ts';

/** An alarm of the template that rests on what the controller sends CloudWatch. */
type Alarm = {
  readonly name: string;
  readonly metric: string;
  /** Absent where it is about the whole stack. */
  readonly zone?: string;
  /** It rings where so many of the last so many minutes reach the threshold. */
  readonly minutes: number;
  readonly reached: number;
  readonly threshold: number;
  readonly isUrgent: boolean;
};

const template = parseTemplate(readFileSync(new URL('../template.yaml', import.meta.url), 'utf8'));
const alarms = entriesOf(read(template, ['Resources'])).flatMap(([, resource]) => alarmOf(resource));

function alarmOf(resource: unknown): Alarm[] {
  const at = (...path: readonly (string | number)[]) => fieldAt(resource, ['Properties', ...path]);
  if (readIfThere(resource, ['Type']) !== 'AWS::CloudWatch::Alarm') return [];
  if (at('Namespace', 'Ref') !== 'MetricNamespace') return [];
  const zone = at('Dimensions', 1, 'Value');
  return [
    {
      // The stack's name comes in front, as a variable.
      name: String(at('AlarmName', 'Fn::Sub')).replace(/^\$\{.*\}/, 'phoenat'),
      metric: String(at('MetricName')),
      ...(zone === undefined ? {} : { zone: String(zone) }),
      minutes: Number(at('EvaluationPeriods')),
      reached: Number(at('DatapointsToAlarm')),
      threshold: Number(at('Threshold')),
      isUrgent: at('AlarmActions', 0, 'Ref') === 'AlarmTopic',
    },
  ];
}

/** Those that `alarmEntries` tells of. */
export const evaluatedAlarms: readonly string[] = alarms.map(({ name }) => name);

type AlarmEntry = Extract<TimelineEntry, { kind: 'alarm' }>;

/**
 * When the template's alarms ring and stop, as CloudWatch evaluates them at the end of each minute. Left out is what nobody
 * can know beforehand: how late CloudWatch is. All was well before the recording began.
 */
export function alarmEntries(recording: Recording): AlarmEntry[] {
  const { harness, startedAt } = recording;
  const first = Math.ceil(startedAt / minuteMs) * minuteMs;
  const ends: EpochMs[] = [];
  for (let end = first; end <= harness.clock.now(); end += minuteMs) ends.push(end);
  const data = dataIn(recording);
  return alarms.flatMap((alarm) => {
    const own = ownData(alarm, data);
    const rings = ends.map((end) => isReached(alarm, own, end));
    return ends.flatMap((end, index) => {
      const [now = false, before = false] = [rings[index], rings[index - 1]];
      if (now === before) return [];
      const { name, isUrgent } = alarm;
      const to = now ? 'ALARM' : 'OK';
      return [{ kind: 'alarm' as const, atMs: recording.since(end), alarm: name, isUrgent, to }];
    });
  });
}

/** Those that ring now: as the last minute's end has left them. */
export function ringing(recording: Recording): string[] {
  const { harness, startedAt } = recording;
  const end = Math.floor(harness.clock.now() / minuteMs) * minuteMs;
  if (end < startedAt) return [];
  const data = dataIn(recording);
  return alarms.filter((alarm) => isReached(alarm, ownData(alarm, data), end)).map(({ name }) => name);
}

function ownData({ metric, zone }: Alarm, data: readonly Datum[]): Datum[] {
  return data.filter((datum) => datum.metric === metric && datum.zone === zone);
}

/** A value that the controller has sent. */
export type Datum = {
  readonly metric: string;
  readonly zone?: string;
  readonly at: EpochMs;
  readonly value: number;
};

export function dataIn(recording: Recording): Datum[] {
  return recording.metrics().flatMap((sent) => {
    const data = fieldAt(sent, ['MetricData']);
    return (Array.isArray(data) ? data : []).map((datum: unknown) => {
      const zone = fieldAt(datum, ['Dimensions', 1, 'Value']);
      return {
        metric: String(fieldAt(datum, ['MetricName'])),
        ...(zone === undefined ? {} : { zone: String(zone) }),
        at: Number(fieldAt(datum, ['Timestamp'])),
        value: Number(fieldAt(datum, ['Value'])),
      };
    });
  });
}

/** The highest value of a minute counts; a minute without any counts for nothing. */
function isReached({ minutes, reached, threshold }: Alarm, data: readonly Datum[], end: EpochMs): boolean {
  const high = data.filter(
    ({ at, value }) => value >= threshold && at >= end - minutes * minuteMs && at < end,
  );
  return new Set(high.map(({ at }) => Math.floor(at / minuteMs))).size >= reached;
}

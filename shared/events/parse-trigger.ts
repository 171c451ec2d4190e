import { type InstanceId, parseId } from '../core/model/ids.ts';
import type { EpochMs } from '../core/model/time.ts';
import type { Trigger } from '../core/model/trigger.ts';
import { field, isObject, textField } from './fields.ts';
import { parseManualCommand } from './parse-manual-command.ts';
import { parseWatchAlarm } from './parse-watch-alarm.ts';
import { UnknownEventError } from './unknown-event-error.ts';
import { watchEvent } from './watch-event.ts';

/**
 * Why the controller was invoked, from the event as Lambda hands it over: an EventBridge document or a manual
 * `{"action": …}`. Throws `UnknownEventError` for everything else. Document shapes: EventBridge events reference.
 */
export function parseTrigger(event: unknown, nowMs: EpochMs): Trigger {
  if (!isObject(event)) {
    throw new UnknownEventError(`the event is ${JSON.stringify(event) ?? 'undefined'}, not an object`);
  }
  if (field(event, 'action') !== undefined) {
    return { kind: 'manual', command: parseManualCommand(event), at: nowMs };
  }
  const source = textField(event, 'source');
  const detailType = textField(event, 'detail-type');
  const parse = parsers.get(`${source} ${detailType}`);
  if (parse === undefined) {
    throw new UnknownEventError(describeUnknown(event, source, detailType));
  }
  return parse(event, parseTime(event));
}

type Parser = (event: object, at: EpochMs) => Trigger;

const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['aws.events Scheduled Event', (_event, at) => ({ kind: 'look', source: 'schedule', at })],
  ['aws.ec2 EC2 Instance State-change Notification', parseStateChange],
  [
    'aws.ec2 EC2 Spot Instance Interruption Warning',
    (event, at) => ({
      kind: 'instances',
      source: 'spot-interruption',
      instanceIds: [readInstanceId(event)],
      detail: textField(detailOf(event), 'instance-action') ?? 'unknown action',
      mark: 'spot-interruption',
      at,
    }),
  ],
  [
    'aws.ec2 EC2 Instance Rebalance Recommendation',
    (event, at) => ({
      kind: 'instances',
      source: 'rebalance',
      instanceIds: [readInstanceId(event)],
      detail: 'rebalance recommendation',
      mark: 'rebalance-recommendation',
      at,
    }),
  ],
  ['aws.health AWS Health Event', parseHealth],
  ['aws.cloudwatch CloudWatch Alarm State Change', parseAlarm],
  [`${watchEvent.source} ${watchEvent.detailType}`, parseWatchAlarm],
]);

function parseStateChange(event: object, at: EpochMs): Trigger {
  const state = textField(detailOf(event), 'state');
  if (state === undefined) {
    throw new UnknownEventError('the state change has no detail.state');
  }
  return {
    kind: 'instances',
    source: 'state-change',
    instanceIds: [readInstanceId(event)],
    detail: state,
    at,
  };
}

/** The id comes from the detail: the ARN of the spot events has the zone where the Region belongs, and no account. */
function readInstanceId(event: object): InstanceId {
  const raw = field(detailOf(event), 'instance-id');
  const id = parseId('instance', raw);
  if (id === undefined) {
    throw new UnknownEventError(`detail["instance-id"] is ${JSON.stringify(raw) ?? 'missing'}, not i-…`);
  }
  return id;
}

/** Health names its instances as affected entities, and again as bare ids among the resources. */
function parseHealth(event: object, at: EpochMs): Trigger {
  const detail = detailOf(event);
  const service = textField(detail, 'service');
  const code = textField(detail, 'eventTypeCode');
  if (service !== 'EC2' || code === undefined) {
    throw new UnknownEventError(
      `an AWS Health Event of service ${service ?? 'unknown'}, type ${code ?? 'unknown'}; only those of EC2 are understood`,
    );
  }
  const entities = listField(detail, 'affectedEntities').map((entity) => field(entity, 'entityValue'));
  const named = entities.length > 0 ? entities : listField(event, 'resources');
  const instanceIds = distinct(named.flatMap((value) => parseId('instance', value) ?? []));
  if (instanceIds.length === 0) {
    // Trouble of a whole zone names no instance; the schedule would look within a minute anyway.
    return { kind: 'look', source: 'health', at };
  }
  const isRetirement =
    code.includes('RETIREMENT') &&
    textField(detail, 'eventTypeCategory') === 'scheduledChange' &&
    textField(detail, 'statusCode') !== 'closed';
  return {
    kind: 'instances',
    source: 'health',
    instanceIds,
    detail: code,
    at,
    ...(isRetirement ? { mark: 'retirement' as const } : {}),
  };
}

/** An alarm on one instance is about that instance; any other says that something is worth a look. */
function parseAlarm(event: object, at: EpochMs): Trigger {
  const detail = detailOf(event);
  const name = textField(detail, 'alarmName');
  if (name === undefined) {
    throw new UnknownEventError('the alarm has no detail.alarmName');
  }
  const metrics = listField(field(detail, 'configuration'), 'metrics');
  const named = metrics.flatMap((entry) => {
    const dimensions = field(field(field(entry, 'metricStat'), 'metric'), 'dimensions');
    return parseId('instance', field(dimensions, 'InstanceId')) ?? [];
  });
  const instanceIds = distinct(named);
  const state = textField(field(detail, 'state'), 'value') ?? 'unknown';
  return instanceIds.length === 0
    ? { kind: 'look', source: 'alarm', at }
    : { kind: 'instances', source: 'alarm', instanceIds, detail: `${name} is ${state}`, at };
}

/** An alarm on a metric expression names its instance once for each metric. */
function distinct(ids: readonly InstanceId[]): InstanceId[] {
  return [...new Set(ids)];
}

function detailOf(event: object): unknown {
  return field(event, 'detail');
}

function listField(value: unknown, key: string): readonly unknown[] {
  const list = field(value, key);
  return Array.isArray(list) ? list : [];
}

/** `Date.parse` alone would take "1" for the year 2001. */
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function parseTime(event: object): EpochMs {
  const raw = textField(event, 'time') ?? '';
  const at = timePattern.test(raw) ? Date.parse(raw) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new UnknownEventError(
      `the event's time is ${raw === '' ? 'missing' : JSON.stringify(raw)}, not like 2026-11-11T21:29:54Z`,
    );
  }
  return at;
}

function describeUnknown(event: object, source: string | undefined, detailType: string | undefined): string {
  const keys = Object.keys(event).slice(0, 10).join(', ');
  return source === undefined && detailType === undefined
    ? `an object with ${keys === '' ? 'no fields' : `the fields ${keys}`}`
    : `source ${JSON.stringify(source)}, detail-type ${JSON.stringify(detailType)}`;
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTrigger } from '../../../shared/events/parse-trigger.ts';

const nowMs = Date.UTC(2026, 10, 23);

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../fixtures/events/${name}.json`, import.meta.url), 'utf8'));
}

function at(name: string): number {
  return Date.parse(String(fixture(name)['time']));
}

describe('AWS’s documents', () => {
  it.each([
    ['scheduled', { kind: 'look', source: 'schedule' }],
    ['composite-alarm', { kind: 'look', source: 'alarm' }],
    [
      'state-change',
      { kind: 'instances', source: 'state-change', instanceIds: ['i-abcd1111'], detail: 'pending' },
    ],
    [
      'spot-interruption',
      {
        kind: 'instances',
        source: 'spot-interruption',
        instanceIds: ['i-1234567890abcdef0'],
        detail: 'terminate',
        mark: 'spot-interruption',
      },
    ],
    [
      'rebalance',
      {
        kind: 'instances',
        source: 'rebalance',
        instanceIds: ['i-1234567890abcdef0'],
        detail: 'rebalance recommendation',
        mark: 'rebalance-recommendation',
      },
    ],
    [
      'alarm-of-one-instance',
      { kind: 'instances', source: 'alarm', instanceIds: ['i-1234567890abcdef0'], detail: 'nat-a is ALARM' },
    ],
    [
      'health-retirement',
      {
        kind: 'instances',
        source: 'health',
        instanceIds: ['i-abcd1111'],
        detail: 'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
        mark: 'retirement',
      },
    ],
  ])('%s', (name, trigger) => {
    expect(parseTrigger(fixture(name), nowMs)).toEqual({ ...trigger, at: at(name) });
  });

  function health(changes: Record<string, unknown>, resources: unknown = ['i-abcd1111']) {
    const event = fixture('health-retirement');
    const detail = { ...(event['detail'] as object), ...changes };
    return parseTrigger({ ...event, resources, detail }, nowMs);
  }

  it('of AWS Health: instances from the resources where no entity is named, and a mark for retirements to come only', () => {
    expect(health({ affectedEntities: undefined })).toMatchObject({
      instanceIds: ['i-abcd1111'],
      mark: 'retirement',
    });
    for (const changes of [
      { statusCode: 'closed' },
      { eventTypeCategory: undefined },
      { eventTypeCategory: 'issue' },
      { eventTypeCode: 'AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED' },
    ]) {
      expect(health(changes)).not.toHaveProperty('mark');
    }
    expect(health({ affectedEntities: [] }, [])).toMatchObject({ kind: 'look', source: 'health' });
  });
});

describe('an alarm on several metrics', () => {
  it('names its instance once', () => {
    const of = (name: string, instanceId: string) => ({
      metricStat: { metric: { name, dimensions: { InstanceId: instanceId } } },
    });
    const metrics = [
      of('CPUUtilization', 'i-00000001'),
      of('NetworkIn', 'i-00000001'),
      of('x', 'i-00000002'),
    ];
    const detail = { alarmName: 'nat', state: { value: 'ALARM' }, configuration: { metrics } };

    expect(parseTrigger({ ...fixture('composite-alarm'), detail }, nowMs)).toMatchObject({
      instanceIds: ['i-00000001', 'i-00000002'],
    });
  });
});

describe('anything else is refused: what was received, and what is understood', () => {
  const stateChange = fixture('state-change');
  const alarm = fixture('composite-alarm');

  it.each([
    [undefined, /received the event is undefined, not an object/],
    [null, /the event is null/],
    ['terminate', /the event is "terminate"/],
    [7, /the event is 7/],
    [true, /the event is true/],
    [[{ action: 'status' }], /the event is \[\{"action":"status"\}\], not an object/],
    [{ Action: 'status' }, /an object with the fields Action/],
    [
      Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, 0])),
      /the fields f0, f1, f2, f3, f4, f5, f6, f7, f8, f9\./,
    ],
    [[], /the event is \[\]/],
    [{}, /an object with no fields/],
    [{ Records: [] }, /an object with the fields Records/],
    [{ source: 'aws.s3', 'detail-type': 'Object Created' }, /source "aws.s3", detail-type "Object Created"/],
    [{ ...stateChange, 'detail-type': 'EBS Volume Notification' }, /EBS Volume Notification/],
    [{ ...stateChange, detail: { state: 'running' } }, /detail\["instance-id"\] is missing/],
    [{ ...stateChange, detail: { 'instance-id': 'x', state: 'running' } }, /is "x", not i-…/],
    [{ ...stateChange, detail: { 'instance-id': 'i-abcd1111' } }, /no detail.state/],
    [{ ...stateChange, time: undefined }, /time is missing/],
    [{ ...stateChange, time: 'today' }, /time is "today", not like 2026-11-11T21:29:54Z/],
    [{ ...stateChange, time: '1' }, /time is "1"/],
    [{ ...stateChange, time: 'Nov 11 2026' }, /time is "Nov 11 2026"/],
    [{ ...stateChange, time: '2026-13-11T21:29:54Z' }, /time is "2026-13-11T21:29:54Z"/],
    [{ ...alarm, detail: {} }, /no detail.alarmName/],
    [
      { ...fixture('health-retirement'), detail: { service: 'RDS', eventTypeCode: 'X' } },
      /service RDS, type X; only those of EC2/,
    ],
    [{ ...fixture('health-retirement'), detail: {} }, /service unknown, type unknown/],
  ])('%j', (event, message) => {
    expect(() => parseTrigger(event, nowMs)).toThrow(message);
    expect(() => parseTrigger(event, nowMs)).toThrow(/Understood are:\n- Scheduled Event/);
  });
});

describe('a manual command', () => {
  it('is a trigger at the time of its receipt', () => {
    expect(parseTrigger({ action: 'resume' }, nowMs)).toEqual({
      kind: 'manual',
      command: { action: 'resume', immediate: false, dryRun: false },
      at: nowMs,
    });
  });
});

describe('a megabyte in', () => {
  const megabyte = 'x'.repeat(1_000_000);

  it.each<[string, unknown]>([
    ['an action', { action: megabyte }],
    ["a field's name", { action: 'status', [megabyte]: 1 }],
    ['a source', { source: megabyte, 'detail-type': 'x' }],
    ['a zone', { action: 'status', zone: megabyte }],
    ['a flag', { action: 'status', dryRun: megabyte }],
  ])('as %s is a few lines out, in a refusal', (_what, event) => {
    expect(() => parseTrigger(event, 0)).toThrow(/^.{1,600}$|^received .{1,600}\. Understood/s);
    expect(() => parseTrigger(event, 0)).not.toThrow(/x{600}/);
  });
});

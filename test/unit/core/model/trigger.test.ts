import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../../shared/core/model/time.ts';
import { believedEventTime, suspectsOf, type Trigger } from '../../../../shared/core/model/trigger.ts';
import { id } from '../a-snapshot.ts';

const now = Date.UTC(2026, 9, 31, 12);

describe("an event's time", () => {
  it('is believed for a day, as long as EventBridge delivers', () => {
    expect(believedEventTime(now - dayMs, now)).toBe(now - dayMs);
    expect(believedEventTime(Date.UTC(2020, 0, 1), now)).toBe(now);
    expect(believedEventTime(now + 1, now)).toBe(now);
  });
});

describe('whom a run suspects', () => {
  const instanceIds = [id('instance', 'a1')];
  const alarm: Trigger = { kind: 'instances', source: 'watch-alarm', instanceIds, detail: '', at: now };

  it('is what a neighbour no longer hears, for half a minute', () => {
    expect(suspectsOf(alarm, now + 1_000)).toEqual(instanceIds);
    expect(suspectsOf(alarm, now + 30_000)).toEqual(instanceIds);
    expect(suspectsOf(alarm, now + 30_001)).toEqual([]);
  });

  it('is nobody for any other event', () => {
    expect(suspectsOf({ ...alarm, source: 'state-change' }, now)).toEqual([]);
    expect(suspectsOf({ kind: 'look', source: 'schedule', at: now }, now)).toEqual([]);
  });
});

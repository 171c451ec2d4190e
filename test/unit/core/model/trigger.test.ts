import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../../shared/core/model/time.ts';
import { believedEventTime } from '../../../../shared/core/model/trigger.ts';

const now = Date.UTC(2026, 9, 31, 12);

describe("an event's time", () => {
  it('is believed for a day, as long as EventBridge delivers', () => {
    expect(believedEventTime(now - dayMs, now)).toBe(now - dayMs);
    expect(believedEventTime(Date.UTC(2020, 0, 1), now)).toBe(now);
    expect(believedEventTime(now + 1, now)).toBe(now);
  });
});

import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import { noteTakeover, withheld } from '../../../../shared/core/plan/takeovers.ts';
import { aTable, now } from '../a-snapshot.ts';

const noted = (...agoMs: number[]) =>
  aTable('a', 1, { takenOver: { by: 'phoenat', at: agoMs.map((ago) => now - ago) } });
const codeFor = (...agoMs: number[]) => withheld(noted(...agoMs), 'phoenat', now)?.code;

describe('a route that is taken over again and again', () => {
  it('is left after the third time within an hour', () => {
    expect(codeFor(10 * minuteMs, 20 * minuteMs)).toBeUndefined();
    expect(codeFor(10 * minuteMs, 20 * minuteMs, 30 * minuteMs)).toBe('route-contended');
    expect(codeFor(10 * minuteMs, 20 * minuteMs, hourMs)).toBeUndefined();
  });

  it('is not left for notes of times that are yet to come', () => {
    expect(codeFor(-minuteMs, -2 * minuteMs, -hourMs)).toBeUndefined();
  });

  it('is noted with the latest three times', () => {
    expect(noteTakeover(noted(minuteMs, 2 * minuteMs, 3 * minuteMs), now)).toMatchObject({
      kind: 'note-takeover',
      at: [now, now - minuteMs, now - 2 * minuteMs],
    });
    expect(noteTakeover(noted(-minuteMs), now)).toMatchObject({ at: [now] });
  });
});

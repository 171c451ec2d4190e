import { describe, expect, it } from 'vitest';
import { type EpochMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { Egress } from '../../../../simulator/data-plane.ts';
import type { Moment } from '../../../simulation/checker/moment.ts';
import { workingZonesStayOnline } from '../../../simulation/checker/working-zones-stay-online.ts';
import { aMoment, describeLagMs, now } from './a-moment.ts';

const offline: Egress = { ok: false, why: 'the source/destination check of eni-0a is on' };

/** A route has just been led to an instance whose check somebody had switched on. */
function takenOver(change: Partial<Moment>): Moment {
  return aMoment({ egressNow: () => offline, ...change });
}

const switchedOn = (at: EpochMs, id = 'eni-0a') => ({ checkSwitchedOnAt: new Map([[id, at]]) });

describe('a route led to an instance whose source/destination check is on', () => {
  it.each<[string, Partial<Moment>]>([
    ['between the look and the call', switchedOn(now - 100)],
    ['so shortly before the look that it need not show', switchedOn(now - 250 - describeLagMs + 1)],
  ])('is no mistake where that was switched on %s', (_, change) => {
    expect(workingZonesStayOnline(takenOver(change))).toBeUndefined();
  });

  it.each<[string, Partial<Moment>]>([
    ['nobody has switched it on', {}],
    ['it was switched on so long before the look that it showed', switchedOn(now - 250 - describeLagMs)],
    [
      'the caller goes by an old look',
      { ...switchedOn(now - 20 * secondMs), interfacesAskedAt: now - 30 * secondMs },
    ],
    [
      'the caller has not looked at all',
      { ...switchedOn(now - describeLagMs), interfacesAskedAt: undefined },
    ],
    ['that of another interface was switched on', switchedOn(now - 100, 'eni-0b')],
    [
      'something else is wrong',
      { ...switchedOn(now - 100), egressNow: () => ({ ok: false, why: 'no route' }) },
    ],
  ])('is one where %s', (_, change) => {
    expect(workingZonesStayOnline(takenOver(change))).toMatch(/^subnet-0a was online and is not any more/);
  });
});

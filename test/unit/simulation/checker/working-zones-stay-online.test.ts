import { describe, expect, it } from 'vitest';
import { type EpochMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { Egress } from '../../../../simulator/data-plane.ts';
import type { Moment, NamedZone } from '../../../simulation/checker/moment.ts';
import type { Picture } from '../../../simulation/checker/picture.ts';
import { workingZonesStayOnline } from '../../../simulation/checker/working-zones-stay-online.ts';

const now: EpochMs = 1_000 * secondMs;
const describeLagMs = 1_574;
const online: Egress = { ok: true };
const offline: Egress = { ok: false, why: 'the source/destination check of eni-0a is on' };

const zone: NamedZone = {
  letter: 'a',
  home: 'a',
  allocationId: 'eipalloc-0a',
  tableIds: new Set(['rtb-0a']),
  pausedSince: undefined,
  abroadSince: undefined,
  awaySince: undefined,
  quiescentSince: undefined,
  inOrderSince: undefined,
  heardAt: undefined,
  egress: new Map([['subnet-0a', online]]),
  shown: new Map(),
  stoodInSince: undefined,
  lastAtHome: undefined,
  wasLedThereUnhindered: true,
  upstreamLostSince: undefined,
  cutOverByOtherAt: undefined,
  toldToWatchAt: undefined,
  hasUpstreamTrouble: false,
  warnedOfSpot: false,
};

const nothing: Picture = {
  instances: new Map(),
  interfaces: new Map(),
  addresses: new Map(),
  routeTables: new Map(),
  rest: new Map(),
};

/** A route has just been led to an instance whose check somebody had switched on. */
function takenOver(change: Partial<Moment>): Moment {
  return {
    now,
    call: {
      name: 'ReplaceRoute',
      input: { RouteTableId: 'rtb-0a' },
      clientName: 'run 1',
      sentAt: now - 65,
      outcome: 'under way',
    },
    before: nothing,
    after: nothing,
    stack: 'phoenat',
    zones: [zone],
    servedUntil: new Map(),
    untouchableSince: new Map(),
    maxLaunchesPerHour: 5,
    run: undefined,
    commands: [],
    rebootedAt: new Map(),
    heardToHold: new Set(),
    routePointedAt: new Map(),
    checkSwitchedOnAt: new Map(),
    interfacesAskedAt: now - 250,
    describeLagMs,
    publicAccessChangedAt: Number.NEGATIVE_INFINITY,
    egressNow: () => offline,
    addressNow: () => undefined,
    hadNoCapacity: false,
    hasProbes: true,
    deleting: false,
    ...change,
  };
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

import { type EpochMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { Moment, NamedZone } from '../../../simulation/checker/moment.ts';
import type { Picture } from '../../../simulation/checker/picture.ts';

export const now: EpochMs = 1_000 * secondMs;
export const describeLagMs = 1_574;

/** It works, and nothing has happened to it. */
export function aNamedZone(changes: Partial<NamedZone> = {}): NamedZone {
  return {
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
    egress: new Map([['subnet-0a', { ok: true }]]),
    shown: new Map(),
    stoodInSince: undefined,
    lastAtHome: undefined,
    wasLedThereUnhindered: true,
    upstreamLostSince: undefined,
    cutOverByOtherAt: undefined,
    lookedAfterBy: undefined,
    toldToWatchAt: undefined,
    hasUpstreamTrouble: false,
    warnedOfSpot: false,
    ...changes,
  };
}

const nothing: Picture = {
  instances: new Map(),
  interfaces: new Map(),
  addresses: new Map(),
  routeTables: new Map(),
  rest: new Map(),
};

/** A route of zone a has just been led elsewhere. */
export function aMoment(changes: Partial<Moment> = {}): Moment {
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
    zones: [aNamedZone()],
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
    egressNow: () => ({ ok: true }),
    addressNow: () => undefined,
    hadNoCapacity: false,
    hasProbes: true,
    deleting: false,
    ...changes,
  };
}

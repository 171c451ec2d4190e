import { type BootWord, isFinal } from '../model/boot-word.ts';
import type { ClientToken, ImageId, InstanceId, InterfaceId, ZoneName } from '../model/ids.ts';
import type { Reading } from '../model/reading.ts';
import type { ReplaceMark, Snapshot } from '../model/snapshot.ts';
import { placeKey, type Step, stepKey } from '../model/step.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';

/**
 * What one invocation has learned that no Describe call says, or not yet: it bridges EC2's eventual consistency and
 * ends with the invocation. Everything that must outlive it is a tag in AWS.
 */
export type Memory = {
  /** Types that EC2 could not give, by zone: capacity differs from zone to zone. */
  readonly refusedTypes: ReadonlyMap<ZoneName, ReadonlySet<string>>;
  /** Types that EC2 has no Spot capacity for, by zone. */
  readonly refusedSpot: ReadonlyMap<ZoneName, ReadonlySet<string>>;
  /** Zones where EC2 gives no Spot whatever the type: the quota is used up, or something is not allowed. */
  readonly withoutSpot: ReadonlySet<ZoneName>;
  /**
   * Images that RunInstances would not launch, although DescribeImages may list them, by zone: a note names them for its
   * zone alone, and EC2 may have rejected one there for a reason that no other zone has.
   */
  readonly refusedImages: ReadonlyMap<ZoneName, ReadonlySet<ImageId>>;
  /** Interfaces that a replayed client token answered with and that have been deleted since: the next token must differ. */
  readonly goneInterfaces: ReadonlyMap<ZoneName, ReadonlySet<InterfaceId>>;
  /** Zones where EC2 has no room for a second private address: in the subnet, or on that type's interface. */
  readonly oneAddressOnly: ReadonlySet<ZoneName>;
  /** Zones whose Elastic IP could not be moved to their own instance when that was first tried. */
  readonly withoutAddress: ReadonlySet<ZoneName>;
  /** Zones where EC2 has no room for a spare interface. */
  readonly withoutSpare: ReadonlySet<ZoneName>;
  /** Zones that no neighbour may stand in for in this run: EC2 has refused a part of it. */
  readonly withoutStandIn: ReadonlySet<ZoneName>;
  /** Zones whose neighbour's word was waited for in vain: no more is waited for it, and it counts where it comes late. */
  readonly withoutWord: ReadonlySet<ZoneName>;
  /** Where this run has last moved a zone's Elastic IP to, while that is another zone's instance. */
  readonly ledToNeighbour: ReadonlyMap<ZoneName, { readonly interfaceId: InterfaceId; readonly at: EpochMs }>;
  /** Client tokens that will launch nothing any more: refused, answered with what is dead, or used for something else. */
  readonly spentTokens: ReadonlySet<ClientToken>;
  /** Interfaces that EC2 has once said it does not find. */
  readonly missedInterfaces: ReadonlySet<InterfaceId>;
  /** Client tokens that EC2 knew with other parameters, and since when. */
  readonly mismatchedSince: ReadonlyMap<ClientToken, EpochMs>;
  /** Marks that were just written as tags. */
  readonly marks: ReadonlyMap<InstanceId, ReplaceMark>;
  /** The latest launch in a zone. */
  readonly launches: ReadonlyMap<ZoneName, { readonly instanceId: InstanceId; readonly at: EpochMs }>;
  /** Steps that succeeded; of a route or an address the last one, which undid those before it. */
  readonly applied: ReadonlyMap<string, { readonly step: string; readonly at: EpochMs }>;
  /** Since when each zone's traffic has been seen, without a break, on the same instance. */
  readonly carriedSince: ReadonlyMap<ZoneName, { readonly by: InstanceId; readonly since: EpochMs }>;
  /** Since when each zone's routes have been seen, without a break, to lead to another instance than the primary. */
  readonly splitSince: ReadonlyMap<ZoneName, EpochMs>;
  /** Since when each zone has been seen, without a break, to have this candidate, which may have its traffic. */
  readonly goodSince: ReadonlyMap<ZoneName, { readonly candidate: InstanceId; readonly since: EpochMs }>;
  /** Which instance carried each zone's traffic in the last look; undefined: none did. */
  readonly lastCarriers: ReadonlyMap<ZoneName, InstanceId | undefined>;
  /** What boots have said, and when they were asked. */
  readonly bootWords: ReadonlyMap<InstanceId, { readonly word: BootWord; readonly askedAt: EpochMs }>;
  /** What the zones' probes have said since the zone's traffic last moved, the latest last. */
  readonly readings: ReadonlyMap<ZoneName, readonly Reading[]>;
  /** When the zone's traffic had last moved: what was asked before that tells of where it led then. */
  readonly movedAt: ReadonlyMap<ZoneName, EpochMs>;
};

export const emptyMemory: Memory = {
  refusedTypes: new Map(),
  refusedSpot: new Map(),
  withoutSpot: new Set(),
  refusedImages: new Map(),
  goneInterfaces: new Map(),
  oneAddressOnly: new Set(),
  withoutAddress: new Set(),
  withoutSpare: new Set(),
  withoutStandIn: new Set(),
  withoutWord: new Set(),
  ledToNeighbour: new Map(),
  spentTokens: new Set(),
  missedInterfaces: new Set(),
  mismatchedSince: new Map(),
  marks: new Map(),
  launches: new Map(),
  applied: new Map(),
  carriedSince: new Map(),
  splitSince: new Map(),
  goodSince: new Map(),
  lastCarriers: new Map(),
  bootWords: new Map(),
  readings: new Map(),
  movedAt: new Map(),
};

/**
 * How long an answer of EC2 may lag behind a write before the write is repeated. EC2 promises no bound ("eventual
 * consistency", EC2 Developer Guide); in practice it is about a second.
 */
export const describeLagMs: DurationMs = 5_000;
/** How long a launched instance may be missing from DescribeInstances before it counts as lost. */
export const launchVisibleWithinMs: DurationMs = 60_000;

export function waitForNoWord(memory: Memory, zone: ZoneName): Memory {
  return { ...memory, withoutWord: new Set([...memory.withoutWord, zone]) };
}

export function spendToken(memory: Memory, token: ClientToken): Memory {
  return { ...memory, spentTokens: new Set([...memory.spentTokens, token]) };
}

export function rememberLaunch(memory: Memory, zone: ZoneName, instanceId: InstanceId, at: EpochMs): Memory {
  return { ...memory, launches: new Map([...memory.launches, [zone, { instanceId, at }]]) };
}

export function rememberMark(memory: Memory, instanceId: InstanceId, mark: ReplaceMark): Memory {
  return { ...memory, marks: new Map([...memory.marks, [instanceId, mark]]) };
}

export function rememberApplied(memory: Memory, zone: ZoneName, step: Step, at: EpochMs): Memory {
  const last = { step: stepKey(zone, step), at };
  return { ...memory, applied: new Map([...memory.applied, [placeKey(zone, step), last]]) };
}

/** True where the same step succeeded, and nothing undid it, so recently that EC2's answers may not show it yet. */
export function wasJustApplied(memory: Memory, zone: ZoneName, step: Step, now: EpochMs): boolean {
  const last = memory.applied.get(placeKey(zone, step));
  return last?.step === stepKey(zone, step) && now - last.at < describeLagMs;
}

/** The latest move of the zone's Elastic IP counts, wherever it went. */
export function rememberAddress(memory: Memory, zone: ZoneName, step: Step, at: EpochMs): Memory {
  if (step.kind !== 'associate-address') {
    return memory;
  }
  const ledToNeighbour = new Map(memory.ledToNeighbour);
  if (step.privateIp === undefined || step.to.kind !== 'interface') {
    ledToNeighbour.delete(zone);
  } else {
    ledToNeighbour.set(zone, { interfaceId: step.to.id, at });
  }
  return { ...memory, ledToNeighbour };
}

/** This run has just moved the zone to its neighbour, and EC2 does not show that yet. */
export function isLedAwayUnseen(
  { ledToNeighbour }: Memory,
  zone: ZoneName,
  shownAt: InterfaceId | undefined,
  now: EpochMs,
): boolean {
  const led = ledToNeighbour.get(zone);
  return led !== undefined && led.interfaceId !== shownAt && now - led.at < describeLagMs;
}

/** True where the same step has succeeded in this run, however long ago, and nothing undid it. */
export function wasApplied(memory: Memory, zone: ZoneName, step: Step): boolean {
  return memory.applied.get(placeKey(zone, step))?.step === stepKey(zone, step);
}

/**
 * Traffic that this run has just moved has been seen nowhere for any time yet. EC2's next answers may still show it where
 * it was: by these alone the instance that it was moved to would be surplus.
 */
export function forgetCarrier(memory: Memory, zone: ZoneName): Memory {
  const carriedSince = new Map(memory.carriedSince);
  carriedSince.delete(zone);
  return { ...memory, carriedSince };
}

/** Tracks the instance that carries a zone's traffic; a change, or none, restarts the count. */
export function rememberCarrier(
  memory: Memory,
  zone: ZoneName,
  carrier: InstanceId | undefined,
  now: EpochMs,
): Memory {
  const carriedSince = new Map(memory.carriedSince);
  if (carrier === undefined) {
    carriedSince.delete(zone);
  } else if (carriedSince.get(zone)?.by !== carrier) {
    carriedSince.set(zone, { by: carrier, since: now });
  }
  const lastCarriers = new Map([...memory.lastCarriers, [zone, carrier]]);
  const noted = { ...memory, carriedSince, lastCarriers };
  // Another run has moved the traffic: requests that were sent before went through something else.
  const isSeenAgain = memory.lastCarriers.has(zone);
  const hasMoved = isSeenAgain && carrier !== undefined && memory.lastCarriers.get(zone) !== carrier;
  // What this run has moved itself was forgotten then, and is only seen now.
  return hasMoved && !hasJustMoved(memory, zone, now) ? forgetRequests(noted, zone, now) : noted;
}

/** A cutover that another run is at looks like that for a moment, and so does one of a moment ago. */
export function rememberSplit(memory: Memory, zone: ZoneName, isSplit: boolean, now: EpochMs): Memory {
  if (isSplit === memory.splitSince.has(zone)) {
    return memory;
  }
  const splitSince = new Map(memory.splitSince);
  if (isSplit) {
    splitSince.set(zone, now);
  } else {
    splitSince.delete(zone);
  }
  return { ...memory, splitSince };
}

/** Other runs may have waited for the same candidate, and see what this one sees. */
export function rememberGood(
  memory: Memory,
  zone: ZoneName,
  candidate: InstanceId | undefined,
  now: EpochMs,
): Memory {
  if (memory.goodSince.get(zone)?.candidate === candidate) {
    return memory;
  }
  const goodSince = new Map(memory.goodSince);
  if (candidate === undefined) {
    goodSince.delete(zone);
  } else {
    goodSince.set(zone, { candidate, since: now });
  }
  return { ...memory, goodSince };
}

function hasJustMoved({ applied }: Memory, zone: ZoneName, now: EpochMs): boolean {
  return [...applied].some(
    ([place, { at }]) =>
      now - at < describeLagMs &&
      (place.startsWith(`${zone} route `) || place.startsWith(`${zone} address `)),
  );
}

/** A console changes slowly, but a zone may be offline until its candidate has been heard. */
const askAgainAfterMs: DurationMs = 3_000;

export function rememberWord(
  memory: Memory,
  instanceId: InstanceId,
  word: BootWord,
  askedAt: EpochMs,
): Memory {
  return { ...memory, bootWords: new Map([...memory.bootWords, [instanceId, { word, askedAt }]]) };
}

export function isToBeAsked({ bootWords }: Memory, instanceId: InstanceId, now: EpochMs): boolean {
  const known = bootWords.get(instanceId);
  return known === undefined || (!isFinal(known.word) && now - known.askedAt >= askAgainAfterMs);
}

/** A route leads where it is told to a moment after EC2's answer. */
export const routesAnewAfterMs: DurationMs = 500;

/** What requests came to before the zone's traffic moved tells nothing of where it is led now. */
export function forgetRequests(memory: Memory, zone: ZoneName, now: EpochMs): Memory {
  const known = memory.readings.get(zone);
  const readings =
    known === undefined
      ? memory.readings
      : new Map([...memory.readings, [zone, known.flatMap(withoutRequests)]]);
  return { ...memory, readings, movedAt: new Map([...memory.movedAt, [zone, now + routesAnewAfterMs]]) };
}

/** What instances say of themselves stays true wherever the traffic goes. */
function withoutRequests({ outcome, ...times }: Reading): Reading[] {
  if (outcome.kind === 'unknown') {
    return [];
  }
  const { publicIp: _seen, ...answer } = outcome.answer;
  return [{ ...times, outcome: { kind: 'answered', answer: { ...answer, targets: [] } } }];
}

/** More than any verdict looks at. */
const maxReadings = 60;

export function rememberReading(memory: Memory, zone: ZoneName, reading: Reading): Memory {
  const news = reading.askedAt < movedAt(memory, zone) ? withoutRequests(reading) : [reading];
  const known = [...(memory.readings.get(zone) ?? []), ...news].toSorted((a, b) => a.askedAt - b.askedAt);
  return { ...memory, readings: new Map([...memory.readings, [zone, known.slice(-maxReadings)]]) };
}

/** From when on a reading tells of where the zone's traffic is led now. */
export function movedAt(memory: Memory, zone: ZoneName): EpochMs {
  return memory.movedAt.get(zone) ?? 0;
}

/** The snapshot with what the probes of these zones have said: nothing yet is an empty list. */
export function withReadings(
  snapshot: Snapshot,
  { readings }: Memory,
  probed: readonly ZoneName[],
): Snapshot {
  return probed.length === 0
    ? snapshot
    : { ...snapshot, readings: new Map(probed.map((zone) => [zone, readings.get(zone) ?? []])) };
}

/** The snapshot with what boots have said. */
export function withWords(snapshot: Snapshot, { bootWords }: Memory): Snapshot {
  return bootWords.size === 0
    ? snapshot
    : { ...snapshot, bootWords: new Map([...bootWords].map(([id, { word }]) => [id, word])) };
}

import type { Diagnosed } from '../diagnose/diagnose.ts';
import { describeLagMs } from '../memory/memory.ts';
import type { InstanceId } from '../model/ids.ts';
import { isAlive, type NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../model/time.ts';
import type { Trigger } from '../model/trigger.ts';
import type { PlanPurpose } from '../plan/zone-plan.ts';
import { firstFailed, hasFailed, lastPassed, latestHeard, maxFailedInARow, toldByInstance } from './heard.ts';
import type { Restored, RunProgress, Trouble, ZoneProgress } from './run-progress.ts';

/** From the first sign of trouble to the first request that passed; without an end it goes on. */
export type Outage = { readonly trouble: Trouble; readonly restored?: Restored };

/**
 * A zone whose traffic is not known to flow. Where a probe can tell, its word counts; but what it said before an instance
 * ended tells nothing of now.
 */
export function isWithoutEgress(diagnosis: Diagnosed): boolean {
  const { health, egress } = diagnosis;
  if (egress === 'fails' || health === 'down' || health === 'starting') {
    return true;
  }
  return egress !== 'passes' && isIllByEc2(diagnosis);
}

/**
 * As far as EC2 can tell. What a NAT gateway serves has egress, and an instance whose volumes alone are in trouble may
 * well forward.
 */
function isIllByEc2({ health, replacement }: Diagnosed): boolean {
  switch (health) {
    case 'healthy':
    case 'served-by-other':
    case 'stood-in':
      return false;
    case 'suspect':
      return replacement?.urgent === true;
    case 'starting':
    case 'drifted':
    case 'down':
      return true;
  }
}

/** What this look adds to what the run knows of a zone's outage. */
export function outageSeen(
  zone: ZoneProgress,
  diagnosis: Diagnosed,
  trigger: Trigger,
  now: EpochMs,
): Pick<ZoneProgress, 'trouble' | 'restored'> {
  if (isWithoutEgress(diagnosis)) {
    if (isMovedOn(zone, diagnosis, now)) {
      return { trouble: zone.trouble, restored: zone.restored };
    }
    return {
      trouble: earlier(zone.trouble, troubleOf(diagnosis, trigger, now, zone.handsOver)),
      restored: undefined,
    };
  }
  if (zone.trouble === undefined || wasNone(zone, diagnosis) || mayBeChance(zone, diagnosis)) {
    return { trouble: undefined, restored: undefined };
  }
  return { trouble: zone.trouble, restored: restoredAt(zone, diagnosis, now) };
}

/**
 * There was no outage, or it was over, since a request had passed; and this run has led the traffic on, home say: what EC2
 * shows of that for a moment, a half of it, is no trouble.
 */
function isMovedOn(
  { trouble, restored, lastCutoverAt }: ZoneProgress,
  { egress }: Diagnosed,
  now: EpochMs,
): boolean {
  if (egress === 'fails' || lastCutoverAt === undefined || now - lastCutoverAt >= describeLagMs) {
    return false;
  }
  return trouble === undefined || (restored?.knownFrom === 'request' && lastCutoverAt > restored.at);
}

/** The begin is kept; but one that rests on when somebody looked or asked gives way to one that is known better. */
function earlier(known: Trouble | undefined, seen: Trouble): Trouble {
  if (known === undefined) {
    return seen;
  }
  const isLate = known.knownFrom === 'look' || known.knownFrom === 'probe';
  return isLate && seen.since < known.since ? seen : known;
}

/** EC2 still calls it ill, and yet requests pass, all of them since this run asks: no traffic stood still. */
function wasNone({ lastCutoverAt }: ZoneProgress, diagnosis: Diagnosed): boolean {
  const { readings } = diagnosis.view;
  return (
    isIllByEc2(diagnosis) &&
    lastCutoverAt === undefined &&
    latestHeard(readings) === 'passed' &&
    !hasFailed(readings)
  );
}

/**
 * A probe that fails one time in three, by chance, does so three times in a row in one run of 27, fifty times a day, and ten
 * times in one of 59,000, once in forty days. Fewer are told as an outage while they last, and not when they are over:
 * nobody knows whether it was one.
 */
const noChanceFromTries = 10;

/** Requests failed for a moment, nothing else tells of trouble, nothing was done about it, and they pass again. */
function mayBeChance({ trouble, steps }: ZoneProgress, { view }: Diagnosed): boolean {
  return (
    trouble?.knownFrom === 'probe' &&
    steps.length === 0 &&
    latestHeard(view.readings) === 'passed' &&
    maxFailedInARow(view.readings) < noChanceFromTries
  );
}

/**
 * The first request that passed, of those since the traffic last moved. Until one does, an end that EC2 tells is kept for
 * when the probe stays silent; one that fails takes it back.
 */
function restoredAt({ restored }: ZoneProgress, { view }: Diagnosed, now: EpochMs): Restored | undefined {
  switch (latestHeard(view.readings)) {
    case 'passed':
      return restored?.knownFrom === 'request'
        ? restored
        : { at: lastPassed(view.readings)?.firstAt ?? now, knownFrom: 'request' };
    case 'failed':
      return undefined;
    case 'nothing':
      return restored ?? { at: now, knownFrom: 'ec2' };
  }
}

/**
 * The earliest that is known: EC2's own words, the instance's and the event are older than the look, which may come long
 * after. What lies before a request that passed is not of this outage.
 */
export function troubleOf(
  diagnosis: Diagnosed,
  trigger: Trigger,
  now: EpochMs,
  handsOver?: InstanceId,
): Trouble {
  const { view } = diagnosis;
  const signs = [
    ...sign(shownByEc2(diagnosis), 'ec2'),
    ...sign(toldByEvent(diagnosis, trigger, handsOver), 'event'),
    ...sign(toldSince(diagnosis), 'instance'),
    ...sign(firstFailed(view.readings), 'probe'),
  ];
  const passedAt = lastPassed(view.readings)?.lastAt ?? 0;
  const [earliest] = signs
    .filter(({ since }) => since <= now && since >= passedAt)
    .toSorted((one, other) => one.since - other.since);
  return earliest ?? { since: now, knownFrom: 'look' };
}

/** No instance has been in trouble for longer than there was one, whatever it says. */
function toldSince({ view, primary }: Diagnosed): EpochMs | undefined {
  const since = toldByInstance(view.readings, primary?.id);
  return since === undefined || primary === undefined ? undefined : Math.max(since, primary.launchedAt);
}

function sign(since: EpochMs | undefined, knownFrom: Trouble['knownFrom']): Trouble[] {
  return since === undefined ? [] : [{ since, knownFrom }];
}

/**
 * An event tells of the moment in which its instance ended or began to fail; that of a start, or of something to come,
 * does not. Nor does that of an instance that has kept its traffic while it was shut down. Nor is one believed that is older than its instance: whatever it is about, it is not this outage.
 */
function toldByEvent(
  { view, primary }: Diagnosed,
  trigger: Trigger,
  handsOver: InstanceId | undefined,
): EpochMs | undefined {
  if (trigger.kind !== 'instances' || (trigger.source !== 'state-change' && trigger.source !== 'alarm')) {
    return undefined;
  }
  const isTold = ({ id, launchedAt }: NatInstance) =>
    id !== handsOver && trigger.instanceIds.includes(id) && launchedAt <= trigger.at;
  const culprits = trigger.source === 'alarm' ? [primary] : view.instances.filter((entry) => !isAlive(entry));
  return culprits.some((entry) => entry !== undefined && isTold(entry)) ? trigger.at : undefined;
}

function shownByEc2({ view, health, primary }: Diagnosed): EpochMs | undefined {
  switch (health) {
    case 'suspect': {
      const status = primary === undefined ? undefined : view.statusOf(primary.id);
      return status?.known === true ? status.value?.impairedSince : undefined;
    }
    case 'down':
    case 'starting':
      return endOfLastCarrier(view.instances);
    default:
      return undefined;
  }
}

/**
 * When the instance ended that last can have carried the zone's traffic: the youngest of those that are no more. One that
 * ended right after its launch, as when the launch comes to nothing, carried none: the outage is older than it. EC2 does
 * not say of every end when it was.
 */
function endOfLastCarrier(instances: readonly NatInstance[]): EpochMs | undefined {
  const ended = instances
    .filter((entry) => !isAlive(entry))
    .toSorted((one, other) => other.launchedAt - one.launchedAt);
  const isCarrier = ({ launchedAt, endedAt }: NatInstance) =>
    endedAt === undefined || endedAt - launchedAt >= carriesNothingMs;
  return (ended.find(isCarrier) ?? ended.at(-1))?.endedAt;
}

/** Shorter than a launch takes to run and to boot. */
const carriesNothingMs: DurationMs = 20 * secondMs;

/** What this run has seen of a zone's outage. */
export function outageOf({ trouble, restored }: ZoneProgress): Outage | undefined {
  return trouble === undefined ? undefined : { trouble, ...(restored === undefined ? {} : { restored }) };
}

/**
 * Whether an outage counts in the metric of this run. Several runs may see one end: it is counted by the run that
 * repaired the zone, or by one that found it repaired when the run that did so has ended without seeing the end.
 */
export function isOutageOfRun(
  { steps }: ZoneProgress,
  { startedAt }: RunProgress,
  launchedAt: EpochMs | undefined,
): boolean {
  const repairs = steps.filter(({ result }) => result.kind === 'done').map(({ purpose }) => purpose);
  const hasRepaired = repairs.some((purpose) => mending.includes(purpose));
  return hasRepaired || (launchedAt !== undefined && startedAt - launchedAt >= longestRunMs);
}

const mending: readonly PlanPurpose[] = ['recovery', 'way-back', 'repair', 'replacement'];

/** The function's time-out in the template. */
const longestRunMs: DurationMs = minuteMs;

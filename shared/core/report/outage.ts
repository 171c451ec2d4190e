import type { Diagnosed } from '../diagnose/diagnose.ts';
import { isAlive, type NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../model/time.ts';
import type { Trigger } from '../model/trigger.ts';
import type { RunProgress, Trouble, ZoneProgress } from './run-progress.ts';

/** From the first sign of trouble to the look that found the zone healthy; without an end it goes on. */
export type Outage = {
  readonly startedAt: EpochMs;
  readonly startKnownFrom: Trouble['knownFrom'];
  readonly endedAt?: EpochMs;
};

/**
 * A zone whose traffic is not known to flow. What a NAT gateway serves has egress, and an instance whose volumes alone
 * are in trouble may well forward.
 */
export function isWithoutEgress({ health, replacement }: Diagnosed): boolean {
  switch (health) {
    case 'healthy':
    case 'served-by-other':
      return false;
    case 'suspect':
      return replacement?.urgent === true;
    case 'starting':
    case 'drifted':
    case 'down':
      return true;
  }
}

/** The earliest that is known: EC2's own words and the event are older than the look, which may come long after. */
export function troubleOf(diagnosis: Diagnosed, trigger: Trigger, now: EpochMs): Trouble {
  const told = toldByEvent(diagnosis, trigger);
  const shown = shownByEc2(diagnosis);
  const signs: readonly Trouble[] = [
    ...(shown === undefined ? [] : [{ since: shown, knownFrom: 'ec2' } as const]),
    ...(told === undefined ? [] : [{ since: told, knownFrom: 'event' } as const]),
  ];
  const [earliest] = signs
    .filter(({ since }) => since <= now)
    .toSorted((one, other) => one.since - other.since);
  return earliest ?? { since: now, knownFrom: 'look' };
}

/**
 * An event tells of the moment in which its instance ended or began to fail; that of a start, or of something to come,
 * does not. Nor is one believed that is older than its instance: whatever it is about, it is not this outage.
 */
function toldByEvent({ view, primary }: Diagnosed, trigger: Trigger): EpochMs | undefined {
  if (trigger.kind !== 'instances' || (trigger.source !== 'state-change' && trigger.source !== 'alarm')) {
    return undefined;
  }
  const isTold = ({ id, launchedAt }: NatInstance) =>
    trigger.instanceIds.includes(id) && launchedAt <= trigger.at;
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
export function outageOf({ trouble, healthyAgainAt }: ZoneProgress): Outage | undefined {
  return trouble === undefined
    ? undefined
    : {
        startedAt: trouble.since,
        startKnownFrom: trouble.knownFrom,
        ...(healthyAgainAt === undefined ? {} : { endedAt: healthyAgainAt }),
      };
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
  const hasRepaired = repairs.some(
    (purpose) => purpose === 'recovery' || purpose === 'repair' || purpose === 'replacement',
  );
  return hasRepaired || (launchedAt !== undefined && startedAt - launchedAt >= longestRunMs);
}

/** The function's time-out in the template. */
const longestRunMs: DurationMs = minuteMs;

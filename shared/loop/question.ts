import { maxAskedInstances } from '../aws/probe-request.ts';
import { within } from '../aws/time-limit.ts';
import { errorMessage } from '../core/model/error-message.ts';
import type { InstanceId, ZoneName } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import { type AskedInstance, keptApart, type ProbeOutcome } from '../core/model/reading.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import { isEnding, type NatInstance, type Snapshot } from '../core/model/snapshot.ts';
import { type Clock, type DurationMs, secondMs } from '../core/model/time.ts';
import { lookedAfterBy, whoLooksAfter } from '../core/neighbours/ring.ts';
import { type Haste, hasteAlone, hasteOfSuspect, hasteOfWitness } from '../core/neighbours/silence.ts';
import { isStandby } from '../core/neighbours/standby.ts';
import type { AskProbe, RunContext } from './context.ts';
import { lastRing } from './last-ring.ts';

/** A probe's own limits are shorter; this one holds where it does not heed them. */
export const longestAnswerMs: DurationMs = 5 * secondMs;

/** Whom a zone's probe is asked about. */
export type Question = {
  readonly about: readonly AskedInstance[];
  /** Other zones': to compare with. */
  readonly beside: readonly AskedInstance[];
  /** Where a neighbour no longer hears one of them, or says so. */
  readonly haste?: Haste;
};

type Asker = Pick<RunContext, 'settings' | 'suspects'> & Partial<Pick<RunContext, 'run' | 'processMemory'>>;

/**
 * A suspect's zone's probe is asked about the neighbour's instance too, which tells whether its questions arrive anywhere;
 * and the neighbour's probe about the suspect. A standby has no probe but its zone's, which would tell the same twice; and
 * where a standby is the suspect, nobody's traffic is at stake.
 */
export function questionOf(zone: ZoneSettings, instances: Snapshot['instances'], context: Asker): Question {
  const { settings, suspects, run } = context;
  const ring = lastRing(context);
  const items: readonly NatInstance[] = instances.known ? instances.value.items : [];
  const about = asked(items, zone.name, settings, run?.zones.get(zone.name)?.standIns ?? []);
  const isSuspected = (entry: NatInstance) => suspects.includes(entry.id) && entry.state === 'running';
  const neighbour = whoLooksAfter(zone.name, ring);
  const suspected = items.filter(isSuspected).map((instance) => instance.zone);
  if (isStandby(zone)) {
    return { about, beside: [] };
  }
  if (suspected.includes(zone.name)) {
    const others = items.filter((entry) => entry.zone === neighbour?.name && entry.state === 'running');
    const haste = neighbour === undefined || isStandby(neighbour) ? hasteAlone : hasteOfSuspect;
    return { about, beside: addressesOf(others, about), haste };
  }
  const lookedAfter = lookedAfterBy(zone.name, ring);
  if (lookedAfter !== undefined && !isStandby(lookedAfter) && suspected.includes(lookedAfter.name)) {
    const sought = items.filter((entry) => isSuspected(entry) && entry.zone === lookedAfter.name);
    return { about, beside: addressesOf(sought, about), haste: hasteOfWitness };
  }
  return { about, beside: [] };
}

/** One that is going down is asked where it may hold that until its traffic has moved. */
function asked(
  items: readonly NatInstance[],
  zone: ZoneName,
  { handOverMs }: Asker['settings'],
  standIns: readonly InstanceId[],
): AskedInstance[] {
  const mayHandOver = (instance: NatInstance) => handOverMs !== undefined && isEnding(instance);
  const theirs = items
    .filter((instance) => instance.zone === zone || standIns.includes(instance.id))
    .filter((instance) => instance.state === 'running' || mayHandOver(instance));
  return addressesOf(theirs, []).slice(0, maxAskedInstances);
}

/** The youngest first, and none of those that are asked already. */
function addressesOf(instances: readonly NatInstance[], known: readonly AskedInstance[]): AskedInstance[] {
  return instances
    .filter(({ id }) => known.every(({ instanceId }) => instanceId !== id))
    .toSorted((one, other) => other.launchedAt - one.launchedAt)
    .flatMap(({ id, privateIp }) => (privateIp === undefined ? [] : [{ instanceId: id, privateIp }]))
    .slice(0, maxAskedInstances - known.length);
}

/** Whatever goes wrong with a probe, the zone is healed as far as EC2 can tell. */
export async function outcomeOf(
  askProbe: AskProbe,
  zone: ZoneSettings,
  { about, beside, haste }: Question,
  clock: Clock,
): Promise<ProbeOutcome> {
  try {
    const outcome = await within(longestAnswerMs, clock, () =>
      askProbe(zone, [...about, ...beside], { hurry: haste !== undefined }),
    );
    return keptApart(outcome, beside);
  } catch (error) {
    return { kind: 'unknown', why: quote(errorMessage(error)) };
  }
}

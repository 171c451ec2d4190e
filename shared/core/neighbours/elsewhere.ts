import type { InstanceId, ZoneName } from '../model/ids.ts';
import { hasAnsweredIn, type ProbeAnswer, type Reading } from '../model/reading.ts';
import type { EpochMs } from '../model/time.ts';
import type { Sought } from './silence.ts';

type Readings = ReadonlyMap<ZoneName, readonly Reading[]>;

/**
 * When the latest question was asked of another zone's probe of which this came. What passes in a zone that an instance
 * carries passes through it, or did before that zone was moved there: of that instance it shows no other way.
 */
export function latestOutside(
  zones: readonly ZoneName[],
  readings: Readings | undefined,
  holds: (answer: ProbeAnswer) => boolean,
): EpochMs | undefined {
  return answersOutside(zones, readings)
    .filter(({ answer }) => holds(answer))
    .reduce<EpochMs | undefined>((latest, { askedAt }) => Math.max(latest ?? 0, askedAt), undefined);
}

/**
 * That it was not heard says something only where the same probe hears somebody else. What carries that zone as well is asked
 * there as its own.
 */
export function soughtOutside(
  zone: ZoneName,
  readings: Readings | undefined,
  id: InstanceId,
): readonly Sought[] {
  return answersOutside([zone], readings).flatMap(({ askedAt, answer }) => {
    const asked = [...answer.instances, ...(answer.beside ?? [])];
    const result = asked.find(({ instanceId }) => instanceId === id)?.result;
    // Whatever comes back, it has not fallen silent.
    const isHeard = result !== undefined && result.kind !== 'no-answer';
    return isHeard || (result !== undefined && hasAnsweredIn(answer)) ? [{ askedAt, isHeard }] : [];
  });
}

function answersOutside(zones: readonly ZoneName[], readings: Readings = new Map()) {
  const others = [...readings].flatMap(([zone, entries]) => (zones.includes(zone) ? [] : entries));
  return others.flatMap(({ askedAt, outcome }) =>
    outcome.kind === 'answered' ? [{ askedAt, answer: outcome.answer }] : [],
  );
}

import type { Diagnosed } from '../diagnose/diagnose.ts';
import { launchesWithinHour } from '../launch/breaker.ts';
import { assertNever } from '../model/assert.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../model/time.ts';

/** The zones in which something can be done, and what decides which of them goes first. */
export type ZoneOrder = {
  readonly zones: readonly Diagnosed[];
  readonly allSuspect: boolean;
  /** Zones where nothing can be launched at present: nobody waits for one of them to go first. */
  readonly stuck: ReadonlySet<ZoneName>;
  readonly now: EpochMs;
};

/**
 * How long a zone in trouble holds back what is only planned elsewhere: long enough to see whether what it was just given
 * is what fails, and short enough that the others are mended while it cannot be.
 */
export const holdsBackForMs: DurationMs = 30 * minuteMs;

/**
 * Why a zone's primary may not be replaced now, with regard to the other zones; undefined: it may. Three rules. If every
 * zone of several is suspect at once, the trouble is likely not in the instances: one zone alone is replaced, to find out.
 * What is only planned happens zone by zone, while no other is in trouble. And what an operator has asked of several zones
 * at once happens zone by zone, so that a new instance that does not work is found out in the first.
 */
export function closedGate(diagnosis: Diagnosed, order: ZoneOrder): Finding | undefined {
  const { zones, allSuspect } = order;
  const cause = diagnosis.replacement?.cause;
  switch (cause) {
    case 'suspect':
      return allSuspect
        ? waitsForFirst(zones, diagnosis, order, 'all-zones-suspect', everySuspect)
        : undefined;
    case 'planned':
      return (
        troubleBeside(diagnosis, order) ??
        waitsForFirst(zones.filter(isPlanned), diagnosis, order, 'another-zone-first', oneByOne)
      );
    case 'due': {
      const together = zones.filter((other) => isSameRebuild(other, diagnosis));
      return waitsForFirst(together, diagnosis, order, 'another-zone-first', rebuiltInTurn);
    }
    case undefined:
      return undefined;
    default:
      return assertNever(cause);
  }
}

const everySuspect = 'every zone is suspect at once; one is replaced first';
const oneByOne = 'zones are replaced one after the other';
const rebuiltInTurn = 'zones are rebuilt one after the other';

function isPlanned({ replacement }: Diagnosed): boolean {
  return replacement?.cause === 'planned';
}

/**
 * Asked for by one command, which marks all of its zones with the same time: what is asked of one zone by name does not
 * wait. The immediate kind waits for nobody.
 */
function isSameRebuild(one: Diagnosed, other: Diagnosed): boolean {
  const [mark, wanted] = [one.primary?.replaceMark, other.primary?.replaceMark];
  return mark?.reason === 'rebuild' && wanted?.reason === 'rebuild' && mark.at === wanted.at;
}

function troubleBeside(diagnosis: Diagnosed, order: ZoneOrder): Finding | undefined {
  const troubled = order.zones.find(
    (other) =>
      other.zone.name !== diagnosis.zone.name && other.health !== 'healthy' && holdsBack(other, order),
  );
  if (troubled === undefined) {
    return undefined;
  }
  const { zone, health } = troubled;
  const limit = `${holdsBackForMs / minuteMs} minutes`;
  const detail = `zone ${zone.name} is ${health}; planned replacements wait for it, ${limit} from its first launch on at most`;
  return finding('another-zone-first', detail);
}

/**
 * No tag says when trouble began, and none is needed: a zone in trouble launches, and is waited for from the first of
 * this hour's launches on. One that has launched nothing is waited for while it is about to, and can.
 */
function holdsBack({ zone, view, health }: Diagnosed, { now, stuck }: ZoneOrder): boolean {
  const launches = launchesWithinHour(view, now);
  return launches.length === 0
    ? (health === 'down' || health === 'suspect') && !stuck.has(zone.name)
    : now - Math.min(...launches) < holdsBackForMs;
}

/**
 * Of these zones one that has begun goes on; otherwise the first that can, or the only one. Two controllers that see the
 * same agree.
 */
function waitsForFirst(
  zones: readonly Diagnosed[],
  diagnosis: Diagnosed,
  { stuck }: ZoneOrder,
  code: Finding['code'],
  detail: string,
): Finding | undefined {
  const able = zones.filter(({ zone }) => !stuck.has(zone.name));
  const first = (zones.find(({ candidate }) => candidate !== undefined) ?? able[0] ?? diagnosis).zone.name;
  return first === diagnosis.zone.name ? undefined : finding(code, `${detail}: zone ${first}`);
}

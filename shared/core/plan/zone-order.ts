import type { Diagnosed } from '../diagnose/diagnose.ts';
import { launchesWithinHour } from '../launch/breaker.ts';
import { assertNever } from '../model/assert.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../model/time.ts';

/** The zones in which something can be done, and the facts that decide which of them goes first. */
export type ZoneOrder = {
  readonly zones: readonly Diagnosed[];
  readonly allSuspect: boolean;
  /** Zones that cannot launch at present: no other zone waits for them. */
  readonly stuck: ReadonlySet<ZoneName>;
  /** Zones in which nothing is done, since the trouble is beyond their instances: what another zone may do waits for none. */
  readonly withheld: ReadonlySet<ZoneName>;
  readonly now: EpochMs;
};

/**
 * How long a zone in trouble holds back planned replacements elsewhere: long enough to see whether its new instance is
 * what fails, and short enough that the other zones are replaced even if this one cannot be repaired.
 */
export const holdsBackForMs: DurationMs = 30 * minuteMs;

/**
 * Why a zone's primary may not be replaced now because of the other zones; undefined: it may. There are three rules. If
 * several zones are all suspect at once, the trouble is likely not in the instances: one zone is replaced first, to find
 * out. Planned replacements happen zone by zone, while no other zone is in trouble. And an operator's rebuild of several
 * zones happens zone by zone, so that a new instance that does not work shows in the first.
 */
export function closedGate(diagnosis: Diagnosed, order: ZoneOrder): Finding | undefined {
  const { zones, allSuspect, withheld } = order;
  const cause = diagnosis.replacement?.cause;
  switch (cause) {
    case 'suspect': {
      const together = zones.filter(({ zone }) => !withheld.has(zone.name));
      return allSuspect
        ? waitsForFirst(together, diagnosis, order, finding('all-zones-suspect', everySuspect))
        : undefined;
    }
    case 'planned':
      return (
        troubleBeside(diagnosis, order) ??
        waitsForFirst(zones.filter(isPlanned), diagnosis, order, finding('another-zone-first', oneByOne))
      );
    case 'due': {
      // Who is carried has the mark of what carries it, which waits for it in turn.
      const isCarried = diagnosis.view.standIn !== undefined;
      const together = isCarried ? [] : zones.filter((other) => isSameRebuild(other, diagnosis));
      return waitsForFirst(together, diagnosis, order, finding('another-zone-first', rebuiltInTurn));
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
 * Marked by the same command, which gives all of its zones the same time. A rebuild of one zone by name waits for no
 * other zone, nor does an immediate one.
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
 * No tag says when trouble began, and none is needed: a zone in trouble launches, and the others wait for it from the
 * first of this hour's launches on. If it has launched nothing yet, they wait while it is about to launch, and can.
 */
function holdsBack({ zone, view, health }: Diagnosed, { now, stuck }: ZoneOrder): boolean {
  const launches = launchesWithinHour(view, now);
  return launches.length === 0
    ? (health === 'down' || health === 'suspect') && !stuck.has(zone.name)
    : now - Math.min(...launches) < holdsBackForMs;
}

/**
 * A zone that has begun goes first; otherwise the first zone that can launch; if none can, none waits. Two controllers that
 * see the same agree.
 */
function waitsForFirst(
  zones: readonly Diagnosed[],
  diagnosis: Diagnosed,
  { stuck }: ZoneOrder,
  { code, detail }: Finding,
): Finding | undefined {
  const able = zones.filter(({ zone }) => !stuck.has(zone.name));
  const first = (zones.find(({ candidate }) => candidate !== undefined) ?? able[0] ?? diagnosis).zone.name;
  return first === diagnosis.zone.name ? undefined : finding(code, `${detail}: zone ${first}`);
}

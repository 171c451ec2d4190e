import type { Diagnosis, Judged } from '../diagnose/diagnose.ts';
import { launchesWithinHour } from '../launch/breaker.ts';
import { assertNever } from '../model/assert.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import { type DurationMs, type EpochMs, minuteMs } from '../model/time.ts';

/** Whether a zone's primary may be replaced now, with regard to the other zones. */
export type Turn = { readonly may: true } | { readonly may: false; readonly finding: Finding };

type TurnContext = {
  readonly now: EpochMs;
  /** Zones where nothing can be launched at present: nobody waits for one of them to go first. */
  readonly stuck: ReadonlySet<ZoneName>;
};

/**
 * How long a zone in trouble holds back what is only planned elsewhere: long enough to see whether what it was just given
 * is what fails, and short enough that the others are mended while it cannot be.
 */
export const holdsBackForMs: DurationMs = 30 * minuteMs;

/**
 * Three rules over all zones. If every zone of several is suspect at once, the trouble is likely not in the instances: one
 * zone alone is replaced, to find out. What is only planned happens zone by zone, while no other is in trouble. And what an
 * operator has asked of several zones at once happens zone by zone, so that a new instance that does not work is found out
 * in the first. Only a zone in which something can be done has a say: one that is paused, misconfigured, unread, or cannot
 * launch anything would hold the others back for ever.
 */
export function turnOf(diagnosis: Judged, all: readonly Diagnosis[], context: TurnContext): Turn {
  const zones = all.filter(isActedOn);
  const cause = diagnosis.replacement?.cause;
  switch (cause) {
    case 'suspect':
      return zones.every(isSuspect)
        ? firstOf(zones, diagnosis, context, 'all-zones-suspect', everySuspect)
        : { may: true };
    case 'planned':
      return (
        troubleBeside(diagnosis, zones, context) ??
        firstOf(zones.filter(isPlanned), diagnosis, context, 'another-zone-first', oneByOne)
      );
    case 'due': {
      const together = zones.filter((other) => isSameRebuild(other, diagnosis));
      return firstOf(together, diagnosis, context, 'another-zone-first', rebuiltInTurn);
    }
    case undefined:
      return { may: true };
    default:
      return assertNever(cause);
  }
}

const everySuspect = 'every zone is suspect at once; one is replaced first';
const oneByOne = 'zones are replaced one after the other';
const rebuiltInTurn = 'zones are rebuilt one after the other';

/** Judged, and not left alone because an operator wants it so. */
function isActedOn(diagnosis: Diagnosis): diagnosis is Judged {
  return diagnosis.kind === 'judged' && diagnosis.pausedSince === undefined;
}

function isSuspect({ replacement }: Judged): boolean {
  return replacement?.cause === 'suspect';
}

function isPlanned({ replacement }: Judged): boolean {
  return replacement?.cause === 'planned';
}

/**
 * Asked for by one command, which marks all of its zones with the same time: what is asked of one zone by name does not
 * wait. The immediate kind waits for nobody.
 */
function isSameRebuild(one: Judged, other: Judged): boolean {
  const [mark, wanted] = [one.primary?.replaceMark, other.primary?.replaceMark];
  return mark?.reason === 'rebuild' && wanted?.reason === 'rebuild' && mark.at === wanted.at;
}

function troubleBeside(diagnosis: Judged, zones: readonly Judged[], context: TurnContext): Turn | undefined {
  const troubled = zones.find(
    (other) =>
      other.zone.name !== diagnosis.zone.name && other.health !== 'healthy' && holdsBack(other, context),
  );
  if (troubled === undefined) {
    return undefined;
  }
  const { zone, health } = troubled;
  const limit = `${holdsBackForMs / minuteMs} minutes`;
  const detail = `zone ${zone.name} is ${health}; planned replacements wait for it, ${limit} from its first launch on at most`;
  return no('another-zone-first', detail);
}

/**
 * No tag says when trouble began, and none is needed: a zone in trouble launches, and is waited for from the first of
 * this hour's launches on. One that has launched nothing is waited for while it is about to, and can.
 */
function holdsBack({ zone, view, health }: Judged, { now, stuck }: TurnContext): boolean {
  const launches = launchesWithinHour(view, now);
  return launches.length === 0
    ? (health === 'down' || health === 'suspect') && !stuck.has(zone.name)
    : now - Math.min(...launches) < holdsBackForMs;
}

/** One that has begun goes on; otherwise the first that can, or the only one. Two controllers that see the same agree. */
function firstOf(
  zones: readonly Judged[],
  diagnosis: Judged,
  { stuck }: TurnContext,
  code: Finding['code'],
  detail: string,
): Turn {
  const able = zones.filter(({ zone }) => !stuck.has(zone.name));
  const first = (zones.find(({ candidate }) => candidate !== undefined) ?? able[0] ?? diagnosis).zone.name;
  return first === diagnosis.zone.name ? { may: true } : no(code, `${detail}: zone ${first}`);
}

function no(code: Finding['code'], detail: string): Turn {
  return { may: false, finding: finding(code, detail) };
}

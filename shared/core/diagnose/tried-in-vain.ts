import { leadsTo } from '../model/default-route.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { Reading } from '../model/reading.ts';
import type { NatInstance, RouteTable, UndoneCutover } from '../model/snapshot.ts';
import { type DurationMs, dayMs, type EpochMs, minuteMs } from '../model/time.ts';
import { typeCommand } from '../model/type-command.ts';
import { hasPassed, provenByWord, type Verdict } from './verdict.ts';
import type { ZoneView } from './zone-view.ts';

/** Nothing passed through this instance when it had taken the table's route over, and the route was led back. */
export function tookInVain({ takenOver }: RouteTable, { id }: NatInstance): boolean {
  return takenOver?.ledBack?.from === id;
}

/** The tables that were led back from an instance, and lead elsewhere still; and those that lead to it all the same. */
export function triedInVain(
  { privateTables, stack }: ZoneView,
  instance: NatInstance,
): { readonly back: readonly RouteTable[]; readonly left: readonly RouteTable[] } {
  const tables = privateTables.map(({ table }) => table);
  const isOurs = ({ takenOver }: RouteTable) => takenOver?.by === stack;
  return {
    back: tables.filter(
      (table) => isOurs(table) && tookInVain(table, instance) && isActive(table) && !leadsTo(table, instance),
    ),
    left: tables.filter((table) => leadsTo(table, instance)),
  };
}

function isActive({ defaultRoute }: RouteTable): boolean {
  return defaultRoute?.state === 'active';
}

/**
 * For so long after a cutover the instance that had the traffic before is kept, and is gone back to, while no request is
 * known to have passed through its successor. A probe that tells nothing for longer will not tell soon.
 */
export const keptForMs: DurationMs = 10 * minuteMs;

/**
 * A stand-in runs on, whatever has passed since the return home. What fails later has not failed because of that, and two
 * minutes hold the run that moved the traffic, and the next one.
 */
const backToStandInForMs: DurationMs = 2 * minuteMs;

/**
 * The instance that had the traffic before a planned cutover, while it still runs: requests passed through it until then.
 * Where that led home, it is another zone's.
 */
export function leftByCutover(
  { address, instances, stoodIn }: ZoneView,
  primary: NatInstance,
  now: EpochMs,
): NatInstance | undefined {
  const { cutover } = address ?? {};
  if (cutover?.to !== primary.id || !isWithin(keptForMs, cutover.at, now)) {
    return undefined;
  }
  const own = instances.find(({ id, state }) => id === cutover.from && state === 'running');
  return own ?? (isWithin(backToStandInForMs, cutover.at, now) ? stoodIn?.instance : undefined);
}

/** Nothing passed through it when it had the zone's traffic. */
export function wasUndone(view: ZoneView, instance: NatInstance): boolean {
  return undoneAt(view, instance).length > 0;
}

export function undoneAt({ undoneCutovers }: ZoneView, { id }: NatInstance): readonly EpochMs[] {
  return undoneCutovers.filter(({ instanceId }) => instanceId === id).map(({ at }) => at);
}

/** As many are noted, in a tag that holds no more. */
export const maxUndone = 3;

/** Of this image and these settings, or of any, within the day; the youngest first. */
export function undoneOf(
  { undoneCutovers }: ZoneView,
  now: EpochMs,
  of: Partial<Pick<UndoneCutover, 'imageId' | 'specHash'>>,
): readonly UndoneCutover[] {
  return undoneCutovers
    .filter(({ at }) => isWithin(dayMs, at, now))
    .filter(({ imageId }) => of.imageId === undefined || imageId === of.imageId)
    .filter(({ specHash }) => of.specHash === undefined || specHash === of.specHash)
    .toSorted((one, other) => other.at - one.at);
}

/** A tag may say anything; and clocks of two machines differ. */
export function isWithin(limitMs: DurationMs, at: EpochMs, now: EpochMs): boolean {
  return now - at < limitMs && at - now < minuteMs;
}

export function undoneCutoverFinding(
  { instanceId, imageId, at }: Pick<UndoneCutover, 'instanceId' | 'imageId' | 'at'>,
  zone: ZoneName,
  stack: string,
): Finding {
  const when = new Date(at).toISOString();
  return finding(
    'cutover-undone',
    `no request passed through ${instanceId} (${imageId}) when it had replaced the instance before, so the traffic went back to that at ${when}; find out why: aws ec2 get-console-output --instance-id ${instanceId}; other settings are tried at once, another image as well, the same not before long, and no more than ${maxUndone} in a day unless you say so: ${typeCommand(stack, `rebuild --zone ${zone}`)}`,
  );
}

/** Where an earlier run has proven it, and launched what is there to go on to, fewer tries are enough. */
export const elsewhereFromTries = 5;
/**
 * Where the traffic has just moved, and what served the zone until then is there to go back to. By chance a probe that
 * fails one time in three begins with so many once in 3^8 = 6,561 moves; and with time-outs of 1.5 s, three at a time,
 * they take 6 s.
 */
export const backFromTries = 8;

/** Nothing passes: enough to go on to what was launched for that. */
export function failsAtOnce(verdict: Verdict): boolean {
  return failsTimes(elsewhereFromTries, verdict);
}

/**
 * Nothing has passed since the zone's traffic has moved: enough to go back. Once something has, only the proof is: a probe
 * that fails now and then has minutes to do so some times in a row.
 */
export function failsOnTrial(verdict: Verdict, readings: readonly Reading[] | undefined): boolean {
  return failsTimes(backFromTries, verdict) && !hasPassed(readings);
}

function failsTimes(tries: number, verdict: Verdict): boolean {
  const { row } = 'row' in verdict ? verdict : {};
  return row !== undefined && (row.tries >= tries || row.cannotForward >= provenByWord.tries);
}

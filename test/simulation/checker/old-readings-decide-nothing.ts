import { readingMaxAgeMs } from '../../../shared/core/diagnose/verdict.ts';
import { type DurationMs, secondMs } from '../../../shared/core/model/time.ts';
import {
  isIn,
  isLook,
  isMeant,
  type Moment,
  type NamedZone,
  unknowableMs,
  writtenIsSeenMs,
} from './moment.ts';

/** A call and all its tries may take 15 s, and the look that it rests on a few. */
const onItsWayMs: DurationMs = 30 * secondMs;

const moves: readonly string[] = [
  'RunInstances',
  'TerminateInstances',
  'ReplaceRoute',
  'CreateRoute',
  'AssociateAddress',
];

/**
 * Where a zone is in order, and all that may be amiss is that packets do not pass, only its probe can tell of that: what
 * is launched, moved or ended there rests on what a probe has said a moment ago.
 */
export function oldReadingsDecideNothing(moment: Moment): string | undefined {
  const { run, call, zones, hasProbes, now } = moment;
  if (run === undefined || !hasProbes || !isLook(run) || !moves.includes(call.name)) {
    return undefined;
  }
  const wrong = zones.find(
    (zone) =>
      zone.inOrderSince !== undefined &&
      run.startedAt - zone.inOrderSince > writtenIsSeenMs &&
      now - (zone.heardAt ?? Number.NEGATIVE_INFINITY) > readingMaxAgeMs + onItsWayMs &&
      isMeant(zone, moment) &&
      !mayFailChecks(zone, moment),
  );
  return (
    wrong &&
    `${call.name} in zone ${wrong.letter}, which is in order but for packets, and whose probe has not answered for ${readingMaxAgeMs / secondMs} s`
  );
}

/** EC2 says so, or still does. */
function mayFailChecks(zone: NamedZone, { before, now }: Moment): boolean {
  return [...before.instances.values()].some(
    (instance) =>
      isIn(zone, instance) &&
      instance.impairments.some(({ to }) => to === undefined || now - to < unknowableMs + onItsWayMs),
  );
}

import { hasAnsweredIn, isUnheard, type NatHealth, type Reading } from '../model/reading.ts';
import type { Settings } from '../model/settings.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, secondMs } from '../model/time.ts';
import { isStandby } from '../neighbours/standby.ts';
import { bootTrust } from './boot-trust.ts';
import { isHandOver, type Replacement } from './replacement-reasons.ts';
import { isImpaired, passesChecks } from './status-checks.ts';
import { lastWordOf, natHealthOf, readingMaxAgeMs } from './verdict.ts';
import type { ZoneView } from './zone-view.ts';

type Context = { readonly settings: Settings; readonly now: EpochMs };

/**
 * Ready: it says so itself, to the zone's probe. Where it cannot be asked, its checks pass, and its boot is trusted to
 * forward. While the probe's first answer is on its way nobody is called ready.
 */
export function isReady(view: ZoneView, instance: NatInstance, context: Context): boolean {
  const own = natHealthOf(view.readings, instance.id, context.now);
  if (own !== undefined) {
    return instance.state === 'running' && saysReady(own, view, instance);
  }
  const isKnown =
    !isUnheard(view.readings) &&
    !isSilent(view, instance, context) &&
    !hasDeniedIt(view, instance, context.now);
  return isKnown && passesChecks(view, instance) && bootTrust(view, instance, context).kind === 'trusted';
}

/** It has said that it is not ready. A question that gets no answer, by chance say, does not take that back. */
function hasDeniedIt(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  const word = lastWordOf(view.readings, instance.id, now);
  return word !== undefined && !saysReady(word, view, instance);
}

export function isReadyByItsWord(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  const own = natHealthOf(view.readings, instance.id, now);
  return own !== undefined && instance.state === 'running' && saysReady(own, view, instance);
}

/** No request can prove it of a standby. */
export function isReadyToStandBy(
  view: ZoneView,
  instance: NatInstance | undefined,
  { now }: Pick<Context, 'now'>,
): boolean {
  return isStandby(view.zone) && instance !== undefined && isReadyByItsWord(view, instance, now);
}

/**
 * So often in a row the probe has to come back without a word of any instance, before EC2's word leads a route to one and
 * away from what works. Where one question in six gets lost by chance, so many do once in 6^5 = 7,776 times. It takes some
 * seconds, and nobody is offline meanwhile.
 */
const wordlessTries = 5;

/**
 * It may yet tell whether it is ready, and may have told an earlier run that it is not: what runs have heard ends with
 * them. An instance that answers nobody is waited for no longer than that, nor is a probe that does not answer.
 */
export function mayYetTell({ readings }: ZoneView, { id }: NatInstance, now: EpochMs): boolean {
  if (readings === undefined || natHealthOf(readings, id, now) !== undefined) {
    return false;
  }
  const recent = readings.filter(({ answeredAt }) => now - answeredAt <= readingMaxAgeMs);
  return recent.length - 1 - recent.findLastIndex(hasWord) < wordlessTries;
}

function hasWord({ outcome }: Reading): boolean {
  return outcome.kind === 'answered' && hasAnsweredIn(outcome.answer);
}

/** It forwards, gets out itself where it can, and was set up as it was launched to be. */
function saysReady({ ready, egress, specHash }: NatHealth, view: ZoneView, instance: NatInstance): boolean {
  const getsOut = egress === true || hasNoPublicAddress(view, instance);
  return ready && getsOut && (specHash === undefined || specHash === instance.specHash);
}

/** A cutover that broke off has taken its own and not brought the zone's yet: it gets out once that is there. */
function hasNoPublicAddress({ interfaces, address }: ZoneView, { interfaceId }: NatInstance): boolean {
  const own = interfaces.find(({ id }) => id === interfaceId);
  return own !== undefined && !own.hasOwnPublicAddress && address?.interfaceId !== own.id;
}

/**
 * It does not answer where another instance of the zone does, or the one that stands in for it: health can be asked for
 * there. Where none answers, the security groups may not let the probe through, or the image may have nothing that would
 * answer.
 */
export function isSilent(
  { zone, readings, instances, standIn, answeredElsewhereAt }: ZoneView,
  instance: NatInstance,
  { now }: Pick<Context, 'now'>,
): boolean {
  // The same probe asks a standby and the zone's own instance.
  if (isStandby(zone) && answeredElsewhereAt !== undefined && now - answeredElsewhereAt <= readingMaxAgeMs) {
    return true;
  }
  const others = standIn === undefined ? instances : [...instances, standIn.instance];
  return others.some(({ id }) => id !== instance.id && natHealthOf(readings, id, now) !== undefined);
}

/**
 * From the launch until even a slow one has booted and forwards: about 15 s to run, and 10 s more; measured, not promised.
 * An image that lacks nftables installs it first, which may take a minute and a half. For that it gets what there is
 * while the primary works: Spot takes it two minutes after its warning. One that EC2 cannot reach serves no client, and the
 * traffic is better where it will be served soonest.
 */
function bootedAfterMs({ cause }: Replacement, { image }: Settings): DurationMs {
  const bringsAll = image.kind === 'preset' && image.preset !== 'al2023';
  return bringsAll || cause === 'suspect' ? 45 * secondMs : 100 * secondMs;
}

/** Good enough to cut over to, for this reason of replacing. */
export function isGoodEnough(
  view: ZoneView,
  candidate: NatInstance,
  replacement: Replacement,
  context: Context,
): boolean {
  if (isReady(view, candidate, context)) {
    return true;
  }
  // In a hurry too its own word counts, where there is one.
  const own = natHealthOf(view.readings, candidate.id, context.now);
  return (
    replacement.urgent &&
    own === undefined &&
    !isUnheard(view.readings) &&
    candidate.state === 'running' &&
    !isImpaired(view, candidate) &&
    !hasFailedToBoot(view, candidate) &&
    // What hands over says that it forwards still, which such a candidate does not.
    !(isHandOver(replacement) && isSilent(view, candidate, context)) &&
    (saysThatItForwards(view, candidate) ||
      context.now - candidate.launchedAt >= bootedAfterMs(replacement, context.settings))
  );
}

function saysThatItForwards(view: ZoneView, { id }: NatInstance): boolean {
  return view.bootWordOf(id)?.kind === 'forwards';
}

/** Something besides the requests is held against it: what fails through it is likely its own fault. */
export function isAtFault(view: ZoneView, instance: NatInstance, now: EpochMs): boolean {
  const isAsked = natHealthOf(view.readings, instance.id, now) !== undefined;
  const saysSo = isAsked && !isReadyByItsWord(view, instance, now);
  return saysSo || isImpaired(view, instance) || hasFailedToBoot(view, instance);
}

export function hasFailedToBoot(view: ZoneView, instance: NatInstance): boolean {
  return view.bootWordOf(instance.id)?.kind === 'cannot-forward';
}

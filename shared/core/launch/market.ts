import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { ZoneSettings } from '../model/settings.ts';
import { isAlive, type NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs } from '../model/time.ts';
import { lookedAfterBy, whoLooksAfter } from '../neighbours/ring.ts';
import type { LaunchContext } from './launch-context.ts';

/**
 * In which market a zone's next launch is. Spot costs a fraction, and EC2 takes it back two minutes after a warning, often
 * in several places at once: so two neighbouring zones, of which each is the other's help, never both come to rest on a
 * Spot replacement that has not proven itself for a while.
 */
export type Market =
  | { readonly kind: 'spot' }
  /** The finding: Spot is wanted, and this is why it is not asked for. */
  | { readonly kind: 'on-demand'; readonly finding?: Finding };

type MarketContext = Pick<LaunchContext, 'settings' | 'now'> & { readonly ring: readonly ZoneSettings[] };

/** For so long after its launch a Spot replacement counts as new: what EC2 takes back in one wave, it takes within minutes. */
export const freshSpotMs: DurationMs = 10 * minuteMs;

/** The markets of all zones; none where Spot is not wanted. Whether EC2 has any, the launch tells. */
export function marketsOf(
  diagnoses: readonly Diagnosis[],
  context: MarketContext,
): ReadonlyMap<ZoneName, Market> {
  return new Map(
    context.settings.marketType === 'on-demand'
      ? []
      : diagnoses.flatMap((diagnosis) =>
          diagnosis.kind === 'diagnosed'
            ? [[diagnosis.zone.name, marketOf(diagnosis, diagnoses, context)] as const]
            : [],
        ),
  );
}

function marketOf(diagnosis: Diagnosed, diagnoses: readonly Diagnosis[], context: MarketContext): Market {
  const neighbours = neighboursOf(diagnosis, diagnoses, context);
  const reason =
    lostOfLate(diagnosis, context.now) ??
    neighbours
      .map((neighbour) => reasonBeside(neighbour, diagnosis, context.now))
      .find((found) => found !== undefined);
  return reason === undefined
    ? { kind: 'spot' }
    : {
        kind: 'on-demand',
        finding: finding(
          'on-demand-instead',
          `${reason}, so the launch in zone ${diagnosis.zone.name} is on demand`,
        ),
      };
}

function neighboursOf(
  { zone }: Diagnosed,
  diagnoses: readonly Diagnosis[],
  { ring }: MarketContext,
): readonly Diagnosis[] {
  const names = [lookedAfterBy, whoLooksAfter].map((of) => of(zone.name, ring)?.name);
  return diagnoses.filter((other) => names.includes(other.zone.name));
}

/**
 * One that does not last an hour shows a market that is short: the next would not last either, and use up the launches that
 * the breaker allows. A warning is enough, since we replace the instance at once: a recommendation to rebalance says that
 * the risk is raised, and may come long before an interruption (EC2 User Guide, "EC2 instance rebalance recommendations").
 */
function lostOfLate({ view }: Diagnosed, now: EpochMs): string | undefined {
  return view.instances
    .filter((instance) => instance.spot === true && now - instance.launchedAt < hourMs)
    .map(lossOf)
    .find((loss) => loss !== undefined);
}

function lossOf(instance: NatInstance): string | undefined {
  const { id } = instance;
  const when = 'within an hour of its launch as a Spot Instance';
  if (wasLost(instance)) {
    return `EC2 has taken ${id} back, or ended it, ${when}`;
  }
  const warning = warningOf(instance);
  return warning && `EC2 has said ${when} that it ${warning} ${id} back`;
}

/** A volume under a key that Spot's own role may not use ends an instance while it is pending. */
function wasLost(instance: NatInstance): boolean {
  const byHand = /^Client\.(User|Instance)InitiatedShutdown/;
  return !isAlive(instance) && !byHand.test(instance.endReason ?? '');
}

function reasonBeside(neighbour: Diagnosis, diagnosis: Diagnosed, now: EpochMs): string | undefined {
  const { name } = neighbour.zone;
  const { view } = neighbour;
  if (view === undefined) {
    return `zone ${name} could not be read`;
  }
  const spots = view.instances.filter((instance) => instance.spot === true && isAlive(instance));
  const warned = spots.find((instance) => warningOf(instance) !== undefined);
  if (warned !== undefined) {
    return `EC2 has said that it ${warningOf(warned)} ${warned.id} of zone ${name} back`;
  }
  if (isAtLeisure(diagnosis) || isFirst(diagnosis)) {
    return undefined;
  }
  const fresh = spots.find(({ launchedAt }) => now - launchedAt < freshSpotMs);
  if (fresh !== undefined) {
    return `${fresh.id} of zone ${name} is a Spot Instance of less than ${freshSpotMs / minuteMs} minutes`;
  }
  return isInTrouble(neighbour) ? `zone ${name} is in trouble as well` : undefined;
}

/** What EC2 has said of it, which no Describe call repeats: our mark does. */
function warningOf({ replaceMark }: NatInstance): 'takes' | 'may take' | undefined {
  switch (replaceMark?.reason) {
    case 'spot-interruption':
      return 'takes';
    case 'rebalance-recommendation':
      return 'may take';
    case 'rebuild':
    case 'rebuild-immediate':
    case 'retirement':
    case 'requests-failed':
    case undefined:
      return undefined;
  }
}

/** What it replaces works, and goes on working until the new one is proven: nothing rests on that. */
function isAtLeisure({ replacement, primary }: Diagnosed): boolean {
  return (
    replacement?.cause === 'planned' ||
    (replacement !== undefined && primary?.replaceMark?.reason === 'rebuild')
  );
}

/** Nothing of ours has ever carried the zone: there is nothing to lose yet, and all zones of a new stack launch at once. */
function isFirst({ view }: Diagnosed): boolean {
  return view.instances.length === 0 && view.address?.lastGoodImage === undefined;
}

/** It launches now, or is about to: of two that launch at once neither knows what the other gets. */
function isInTrouble(diagnosis: Diagnosis): boolean {
  if (diagnosis.kind === 'undiagnosed') {
    return false;
  }
  const { primary, health, replacement } = diagnosis;
  const isMissing = primary === undefined || health === 'starting' || health === 'stood-in';
  return isMissing || replacement?.cause === 'suspect' || replacement?.urgent === true;
}

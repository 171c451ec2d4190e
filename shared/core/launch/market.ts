import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { ZoneSettings } from '../model/settings.ts';
import { isAlive, type NatInstance, wasTakenBack } from '../model/snapshot.ts';
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

/** One that did not last an hour would not again: it would use up the launches that the breaker allows. */
function lostOfLate({ view }: Diagnosed, now: EpochMs): string | undefined {
  const lost = view.instances.find(
    (instance) => instance.spot === true && now - instance.launchedAt < hourMs && wasLost(instance),
  );
  return (
    lost && `EC2 has taken ${lost.id} back, or ended it, within an hour of its launch as a Spot Instance`
  );
}

/** A volume under a key that Spot's own role may not use ends an instance while it is pending. */
function wasLost(instance: NatInstance): boolean {
  const byHand = /^Client\.(User|Instance)InitiatedShutdown/;
  return wasTakenBack(instance) || (!isAlive(instance) && !byHand.test(instance.endReason ?? ''));
}

function reasonBeside(neighbour: Diagnosis, diagnosis: Diagnosed, now: EpochMs): string | undefined {
  const { name } = neighbour.zone;
  const { view } = neighbour;
  if (view === undefined) {
    return `zone ${name} could not be read`;
  }
  const spots = view.instances.filter((instance) => instance.spot === true && isAlive(instance));
  const warned = spots.find(({ replaceMark }) => isWarning(replaceMark?.reason));
  if (warned !== undefined) {
    return `EC2 is about to take ${warned.id} of zone ${name} back`;
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

function isWarning(reason: string | undefined): boolean {
  return reason === 'spot-interruption' || reason === 'rebalance-recommendation';
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

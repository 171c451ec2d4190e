import type { Diagnosed, Diagnosis } from '../diagnose/diagnose.ts';
import { isNotForwarding } from '../diagnose/replacement-reasons.ts';
import { failsFromTries } from '../diagnose/verdict.ts';
import { guestsOf } from '../diagnose/zone-view.ts';
import { chooseLaunch } from '../launch/choose-launch.ts';
import { type Market, marketsOf } from '../launch/market.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { NatInstance, Watched } from '../model/snapshot.ts';
import { secondMs } from '../model/time.ts';
import { typeCommand } from '../model/type-command.ts';
import { watchedIn } from '../neighbours/watch.ts';
import { type Help, helpFor } from './help.ts';
import { type TakeoversSoFar, takeoversSoFar } from './takeovers.ts';
import { closedGate, type ZoneOrder } from './zone-order.ts';
import type { PlanContext, WithPrimary, ZonePlan } from './zone-plan.ts';

/**
 * The part of the stack's state that lies between zones, computed from all diagnoses at once. A zone's plan depends on
 * this value, its own diagnosis and the context, and on nothing else of any other zone.
 */
export type Stack = {
  /** Every zone is suspect at once, and there are several: the trouble is likely not in the instances. */
  readonly allSuspect: boolean;
  /** Zones in which nothing is launched or moved because no packet passes: the trouble is beyond their instances. */
  readonly upstream: ReadonlyMap<ZoneName, Finding>;
  /** Zones whose requests have failed some times, as those of all others have: the same would be said of them. */
  readonly failingAlike: ReadonlyMap<ZoneName, Finding>;
  /** The zones that may launch no replacement now; the finding says which zone they wait for. */
  readonly closedGates: ReadonlyMap<ZoneName, Finding>;
  /** The zones whose instance stands in for another, and whose own replacement can wait until that is home. */
  readonly standingIn: ReadonlyMap<ZoneName, Finding>;
  /** Whom each zone's instance is to watch, as far as that is known. */
  readonly watched: ReadonlyMap<ZoneName, Watched>;
  /** Zones that a neighbour can stand in for, and how; whether one is needed, the zone's own diagnosis says. */
  readonly helpers: ReadonlyMap<ZoneName, Help>;
  /** In which market each zone's next launch is; empty: on demand. */
  readonly markets: ReadonlyMap<ZoneName, Market>;
  /** Of a deployment. */
  readonly takeovers: TakeoversSoFar;
};

export function stackOf(diagnoses: readonly Diagnosis[], context: PlanContext): Stack {
  const zones = diagnoses.filter(isActedOn);
  const allSuspect = areSeveral(zones) && zones.every(({ replacement }) => replacement?.cause === 'suspect');
  const everywhere = everywhereOf(zones);
  const upstream = upstreamOf(zones, everywhere);
  const order: ZoneOrder = {
    zones,
    allSuspect,
    stuck: stuckZones(zones, context),
    withheld: new Set(upstream.keys()),
    now: context.now,
  };
  const takeovers = takeoversSoFar(zones, context);
  const standingIn = new Map(
    zones.flatMap((diagnosis) => {
      const guest = standsIn(diagnosis, diagnoses);
      return guest === undefined ? [] : [[diagnosis.zone.name, guest] as const];
    }),
  );
  const closed = zones.flatMap((diagnosis) => {
    const reason =
      upstream.get(diagnosis.zone.name) ??
      takeovers.undone ??
      standingIn.get(diagnosis.zone.name) ??
      closedGate(diagnosis, order);
    return reason === undefined ? [] : [[diagnosis.zone.name, reason] as const];
  });
  return {
    allSuspect,
    upstream,
    failingAlike: failingAlike(zones, everywhere),
    closedGates: new Map(closed),
    standingIn,
    watched: watchedIn(primariesOf(diagnoses), context),
    helpers: new Map(
      zones.flatMap((diagnosis) => {
        const help = helpFor(diagnosis, zones, context);
        return help === undefined ? [] : [[diagnosis.zone.name, help] as const];
      }),
    ),
    markets: marketsOf(diagnoses, context),
    takeovers,
  };
}

/** Those at home: who stands in for its neighbour would watch itself. */
function primariesOf(diagnoses: readonly Diagnosis[]): ReadonlyMap<ZoneName, NatInstance> {
  return new Map(
    diagnoses.flatMap((diagnosis) =>
      diagnosis.kind === 'diagnosed' &&
      diagnosis.primary !== undefined &&
      diagnosis.view.standIn === undefined
        ? [[diagnosis.zone.name, diagnosis.primary] as const]
        : [],
    ),
  );
}

/** What replaces it would take its Elastic IP. */
export function waitsForLanes({ primary }: WithPrimary, lanes: readonly ZoneName[]): Partial<ZonePlan> {
  const detail = `a default route of zone ${lanes.join(', ')} still leads to ${primary.id}, which is not replaced before that leads to an instance of its own zone`;
  return {
    findings: [finding('stands-in', detail)],
    waits: [{ detail: 'the routes of other zones to leave it', pollMs: 5 * secondMs }],
  };
}

/** What is only planned waits until the zone that it carries is home. */
function standsIn(
  { view, primary, replacement }: Diagnosed,
  diagnoses: readonly Diagnosis[],
): Finding | undefined {
  const guests = primary === undefined || view.standIn !== undefined ? [] : guestsOf(view, primary);
  const mayStay = replacement?.cause === 'planned' || (replacement?.cause === 'due' && !replacement.urgent);
  return guests.length === 0 || !mayStay
    ? undefined
    : finding(
        'stands-in',
        `${primary?.id} stands in for zone ${guests.join(', ')}; its replacement waits until that is home${toResume(guests, diagnoses)}`,
      );
}

/** A guest that is paused does not go home by itself. */
function toResume(guests: readonly ZoneName[], diagnoses: readonly Diagnosis[]): string {
  const paused = diagnoses.filter(
    ({ zone, view }) => guests.includes(zone.name) && view?.address?.pausedSince !== undefined,
  );
  return paused
    .map(({ zone: { name }, view }) => {
      const resume = typeCommand(view?.stack ?? '', `resume --zone ${name}`);
      return `; zone ${name} is paused, so somebody has to resume it: ${resume}`;
    })
    .join('');
}

/**
 * Diagnosed, and not paused by an operator. Only such zones are taken into account: a zone in which nothing can be done
 * would hold the others back for ever.
 */
function isActedOn(diagnosis: Diagnosis): diagnosis is Diagnosed {
  return diagnosis.kind === 'diagnosed' && diagnosis.pausedSince === undefined;
}

/** Zones that cannot launch: no type or image is left, the breaker is open, or EC2 refuses. */
function stuckZones(zones: readonly Diagnosed[], context: PlanContext): ReadonlySet<ZoneName> {
  const stuck = zones.filter((diagnosis) => chooseLaunch(diagnosis, context).kind === 'refused');
  return new Set([...context.failing, ...stuck.map(({ zone }) => zone.name)]);
}

/**
 * Where no packet passes and another instance would fare no better: requests fail in every zone that can tell, and there
 * are several; or the instance says itself that it forwards and has no way out. It only ever withholds: what is replaced
 * for another reason, by EC2's word, is replaced all the same, and so is what says itself that it does not forward.
 */
function upstreamOf(
  zones: readonly Diagnosed[],
  everywhere: Finding | undefined,
): ReadonlyMap<ZoneName, Finding> {
  const withheld = zones.flatMap((diagnosis) => {
    const { zone, verdict, replacement } = diagnosis;
    if (everywhere !== undefined && isWithheld(diagnosis) && isNotForwarding(replacement)) {
      return [[zone.name, everywhere] as const];
    }
    return verdict.kind === 'upstream' && replacement !== undefined && mayWait(diagnosis)
      ? [[zone.name, finding('upstream-trouble', untilThen(diagnosis))] as const]
      : [];
  });
  return new Map(withheld);
}

/** Zones that one instance carries tell of that, and together no more than one of them. */
function areSeveral(zones: readonly Diagnosed[]): boolean {
  // Without an instance it is one of its own.
  return new Set(zones.map(({ primary, zone }) => primary?.id ?? zone.name)).size > 1;
}

function everywhereOf(zones: readonly Diagnosed[]): Finding | undefined {
  const telling = zones.filter(tells);
  const names = telling.map(({ zone }) => zone.name).join(', ');
  return areSeveral(telling) && telling.every(({ verdict }) => verdict.kind !== 'forwards')
    ? finding('upstream-trouble', everywhere(names))
    : undefined;
}

/** Once may be chance in any of them. */
function failingAlike(
  zones: readonly Diagnosed[],
  everywhere: Finding | undefined,
): ReadonlyMap<ZoneName, Finding> {
  const telling = zones.filter(tells);
  const isSure = telling.every(({ verdict }) => 'row' in verdict && verdict.row.tries >= failsFromTries);
  return new Map(
    everywhere === undefined || !isSure
      ? []
      : telling.filter(isWithheld).map(({ zone }) => [zone.name, everywhere]),
  );
}

function isWithheld(diagnosis: Diagnosed): boolean {
  return tells(diagnosis) && !isOfUnprovenImage(diagnosis);
}

/**
 * Nothing has passed through its image yet, and another is noted as one that works. Where several zones lost their
 * instances at once, all may run the same new image that forwards nothing: one of them tries the other.
 */
function isOfUnprovenImage({ primary, view }: Diagnosed): boolean {
  const noted = view.address?.lastGoodImage;
  return primary !== undefined && noted !== undefined && primary.imageId !== noted.imageId;
}

/** What the zone's requests came to tells of what is beyond its instance. */
function tells({ verdict }: Diagnosed): boolean {
  switch (verdict.kind) {
    case 'unknown':
      return false;
    case 'undecided':
      return !verdict.boots;
    case 'does-not-forward':
      return verdict.proof === 'requests';
    case 'forwards':
    case 'upstream':
      return true;
  }
}

function mayWait({ replacement }: Diagnosed): boolean {
  return replacement?.cause !== 'suspect' && replacement?.urgent !== true;
}

function everywhere(names: string): string {
  return `requests fail in every zone at once (${names}): the trouble is beyond the instances, and nothing is launched or moved for it; see AWS Health, the internet gateway, and the network ACLs of the public subnets`;
}

function untilThen({ zone }: Diagnosed): string {
  return `zone ${zone.name} has no way out, for which its instance is not to blame; what is planned waits until it has one`;
}

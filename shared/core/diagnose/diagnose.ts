import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { ZoneSettings } from '../model/settings.ts';
import { isAlive, type NatInstance, type NatInterface, type Snapshot } from '../model/snapshot.ts';
import { typeCommand } from '../model/type-command.ts';
import { withoutItsWayOut } from '../neighbours/stand-in.ts';
import { isStandby } from '../neighbours/standby.ts';
import { bootTrust } from './boot-trust.ts';
import { contendedFindings } from './contended-groups.ts';
import type { DiagnosisContext } from './diagnosis-context.ts';
import { cutsEgress, type Drift, driftOf, tablesServedByOther } from './drift.ts';
import { endFindings, failingImageFindings, givenUpFindings } from './given-up.ts';
import { preflight } from './preflight.ts';
import { isPublicAccessBlocked, publicAccessFindings } from './public-access.ts';
import { hasFailedToBoot, isGoodEnough, isReady, isReadyToStandBy } from './readiness.ts';
import { isAsConfigured, type Replacement, replacementOf } from './replacement-reasons.ts';
import { chooseCandidate, choosePrimary, keepsTraffic, untried, withStandIn } from './roles.ts';
import { splitDefaultFindings } from './split-defaults.ts';
import { deniedChecksFindings, passesChecks } from './status-checks.ts';
import { type Egress, type Evidenced, egressOf, ifItGoesOn, type Verdict, verdictOf } from './verdict.ts';
import { viewZone, type ZoneView } from './zone-view.ts';

export type Health =
  /** A running primary, nothing suspect, nothing drifted that keeps packets from passing. */
  | 'healthy'
  /** Routes go to something that works and is not ours, a NAT gateway say: all, or some while the rest is well. */
  | 'served-by-other'
  /** Its traffic is with a neighbouring zone's instance, at its own public address. */
  | 'stood-in'
  /** A primary that is launched and aimed at, and not running yet; where a probe can tell, not forwarding yet. */
  | 'starting'
  | 'drifted'
  | 'suspect'
  | 'down'
  | 'violation'
  | 'unknown';

export type Diagnosis = Undiagnosed | Diagnosed;

/** Nothing may be done in this zone: it could not be read, or the configuration does not fit the account. */
export type Undiagnosed = {
  readonly kind: 'undiagnosed';
  readonly zone: ZoneSettings;
  readonly health: 'unknown' | 'violation';
  readonly findings: readonly Finding[];
  readonly view?: ZoneView;
  /** A read that it needs is denied: no further look will show more. */
  readonly isDenied?: boolean;
  readonly egress?: Egress;
};

export type Diagnosed = {
  readonly kind: 'diagnosed';
  readonly zone: ZoneSettings;
  readonly health: Exclude<Health, 'unknown' | 'violation'>;
  readonly findings: readonly Finding[];
  readonly view: ZoneView;
  /** Whether clients get out, whatever leads them; absent where no probe can tell. */
  readonly egress?: Egress;
  /** Whether packets pass through the primary. */
  readonly verdict: Verdict;
  /** What the diagnosis becomes if requests go on failing, as they have some times. */
  readonly ifItGoesOn?: Diagnosed;
  readonly pausedSince?: string;
  readonly primary?: NatInstance;
  /** The primary's interface, where EC2 lists it. */
  readonly primaryInterface?: NatInterface;
  readonly primaryReady: boolean;
  /** A request passed through it, as its zone's probe tells; a standby, through which none goes, has told it that it is ready. */
  readonly primaryProven: boolean;
  /** Launched with the present settings. */
  readonly primaryAsConfigured: boolean;
  /** The parts of the zone's surroundings that are not aimed at the primary; without a primary, all of them. */
  readonly drift: readonly Drift[];
  readonly replacement?: Replacement;
  readonly candidate?: NatInstance;
  /** The candidate may have the zone's traffic. */
  readonly candidateIsGood: boolean;
  /** Instances that neither carry traffic nor are about to. */
  readonly surplus: readonly NatInstance[];
};

/** Diagnoses one zone from a snapshot. Pure: the same values give the same diagnosis. */
export function diagnose(snapshot: Snapshot, zone: ZoneSettings, context: DiagnosisContext): Diagnosis {
  const sight = viewZone(snapshot, context.settings, zone);
  // What the probe says is known also where EC2 does not answer.
  const egress = isStandby(zone) ? undefined : egressOf(snapshot.readings?.get(zone.name), context.now);
  const seen = egress === undefined ? {} : { egress };
  if (sight.kind === 'unknown') {
    const findings = sight.unread.map((detail) => finding('unreadable', detail));
    return { kind: 'undiagnosed', zone, health: 'unknown', findings, isDenied: sight.isDenied, ...seen };
  }
  const violations = preflight(sight.view);
  if (violations.length > 0) {
    return {
      kind: 'undiagnosed',
      zone,
      health: 'violation',
      findings: violations,
      view: sight.view,
      ...seen,
    };
  }
  return { ...diagnoseView(sight.view, context), ...seen };
}

function diagnoseView(seen: ZoneView, context: DiagnosisContext, assumed?: Verdict): Diagnosed {
  const view = withStandIn(seen, context);
  const { zone } = view;
  const alive = view.instances.filter(
    (instance) => isAlive(instance) || keepsTraffic(view, instance, context),
  );
  const primary = choosePrimary(view, alive, context);
  const primaryInterface =
    view.standIn?.networkInterface ?? view.interfaces.find((entry) => entry.id === primary?.interfaceId);
  const drift = driftOf(view, primaryInterface);
  const evidence = evidenced(view, primary, drift, context);
  const verdict = assumed ?? verdictOf(evidence, context.now);
  const later = ifItGoesOn(verdict);
  const replacement =
    primary === undefined
      ? undefined
      : unhurried(replacementOf(view, primary, verdict, context), view, drift);
  const others = alive.filter((instance) => instance.id !== primary?.id);
  const candidate =
    primary === undefined || replacement === undefined
      ? undefined
      : chooseCandidate(view, primary, untried(primary, others, { replacement, verdict }), context);
  const health = healthOf(view, primary, drift, { verdict, replacement });
  const primaryReady = isPrimaryReady(view, evidence, verdict, context);
  const pausedSince = view.address?.pausedSince;
  return {
    kind: 'diagnosed',
    zone,
    health,
    view,
    verdict,
    ...(later === undefined ? {} : { ifItGoesOn: diagnoseView(view, context, later) }),
    findings: [
      ...pausedFinding(view, pausedSince),
      ...primaryFindings(zone.name, primary),
      ...deniedChecksFindings(view, primary),
      ...endFindings(view, primary, context),
      ...publicAccessFindings(view.publicSubnet),
      ...splitDefaultFindings(view),
      ...drift.map((entry) => entry.finding),
      ...contendedFindings(view, primary, drift, context.now),
      ...upstreamFindings(verdict, primary),
      ...launchFindings({ view, primary, replacement, primaryReady }, context),
      ...[primary, candidate].flatMap((instance) => bootFindings(view, instance, context)),
      ...deadBootFindings(view, context),
    ],
    primaryProven: isProven(evidence, verdict) || isReadyToStandBy(view, primary, context),
    primaryReady,
    primaryAsConfigured: primary !== undefined && isAsConfigured(view, primary, context),
    candidateIsGood:
      candidate !== undefined &&
      replacement !== undefined &&
      isGoodEnough(view, candidate, replacement, context),
    drift,
    surplus: others.filter((instance) => instance.id !== candidate?.id),
    ...(pausedSince === undefined ? {} : { pausedSince }),
    ...(primary === undefined ? {} : { primary }),
    ...(primaryInterface === undefined ? {} : { primaryInterface }),
    ...(replacement === undefined ? {} : { replacement }),
    ...(candidate === undefined ? {} : { candidate }),
  };
}

/** Why another instance is wanted, and what has become of those that were. */
function launchFindings(
  {
    view,
    primary,
    replacement,
    primaryReady,
  }: Pick<Diagnosed, 'view' | 'primaryReady'> & {
    readonly primary: NatInstance | undefined;
    readonly replacement: Replacement | undefined;
  },
  context: DiagnosisContext,
): Finding[] {
  if (replacement === undefined || primary === undefined) {
    return primaryReady ? [] : failingImageFindings(view, context);
  }
  return [
    replacement.finding,
    ...givenUpFindings(view, primary, context),
    ...failingImageFindings(view, context),
  ];
}

/** Requests tell of the primary only where nothing around it keeps them from passing. */
function evidenced(
  view: ZoneView,
  primary: NatInstance | undefined,
  drift: readonly Drift[],
  { suspects = [] }: DiagnosisContext,
): Evidenced {
  const isAround = (entry: Drift) => cutsEgress(entry) || entry.kind === 'route';
  const isOpen = !drift.some(isAround) && !isPublicAccessBlocked(view.publicSubnet);
  const standsBy = isStandby(view.zone);
  const isAimed = primary?.state === 'running' && !standsBy && isOpen;
  const isSuspected = primary !== undefined && suspects.includes(primary.id);
  const { readings, standIn, guests } = view;
  return {
    readings: readings && standIn ? withoutItsWayOut(readings, standIn, guests) : readings,
    primary,
    isStandby: standsBy,
    isAimed,
    isSuspected,
    soughtElsewhere: primary === undefined ? [] : view.soughtElsewhere(primary.id),
    passedElsewhereAt: primary === undefined ? undefined : view.passedElsewhereAt(primary),
    answeredElsewhereAt: view.answeredElsewhereAt,
  };
}

/** Nothing leads past it, and the latest request passed. */
function isProven({ primary, isAimed }: Evidenced, { kind }: Verdict): boolean {
  return primary !== undefined && isAimed && kind === 'forwards';
}

/** What a request has passed through needs no other proof, and what none passes through is not ready, whatever it says. */
function isPrimaryReady(
  view: ZoneView,
  evidence: Evidenced,
  verdict: Verdict,
  context: DiagnosisContext,
): boolean {
  const { primary, isAimed } = evidence;
  const isOpen = primary !== undefined && !(isAimed && 'row' in verdict);
  return isOpen && (isProven(evidence, verdict) || isReady(view, primary, context));
}

function upstreamFindings(verdict: Verdict, primary: NatInstance | undefined): Finding[] {
  if (verdict.kind !== 'upstream' || primary === undefined) {
    return [];
  }
  const { tries, since, why, isUnresolved } = verdict.row;
  const when = `no request has passed in ${tries} tries since ${new Date(since).toISOString()}`;
  const unresolved = `${when}, because no name is resolved in the probe's subnet (${why}), while ${primary.id} forwards and gets out itself: nothing is launched or moved for it; see the VPC's DNS attributes and DHCP options, Route 53 Resolver's rules and firewall, and the network ACLs on the way to the resolver`;
  const detail = `${when}, and ${primary.id} forwards and has no way out itself: the trouble is beyond it, and nothing is launched or moved for it; see AWS Health, the internet gateway, and the network ACLs of ${primary.subnetId ?? 'its subnet'}`;
  return [finding('upstream-trouble', isUnresolved ? unresolved : detail)];
}

/** If something else serves the zone, a NAT gateway say, there is no hurry: the candidate must be ready first. */
function unhurried(
  replacement: Replacement | undefined,
  view: ZoneView,
  drift: readonly Drift[],
): Replacement | undefined {
  return replacement === undefined || !isServedByOther(view, drift)
    ? replacement
    : { ...replacement, urgent: false };
}

function isServedByOther({ privateTables }: ZoneView, drift: readonly Drift[]): boolean {
  return privateTables.length > 0 && tablesServedByOther(drift).length === privateTables.length;
}

function healthOf(
  view: ZoneView,
  primary: NatInstance | undefined,
  drift: readonly Drift[],
  { verdict, replacement }: { readonly verdict: Verdict; readonly replacement: Replacement | undefined },
): Diagnosed['health'] {
  if (isServedByOther(view, drift)) {
    return 'served-by-other';
  }
  if (primary === undefined) {
    return 'down';
  }
  if (primary.state === 'pending' || (verdict.kind === 'undecided' && verdict.boots)) {
    return 'starting';
  }
  if (replacement?.cause === 'suspect') {
    return 'suspect';
  }
  if (drift.some(cutsEgress)) {
    return 'drifted';
  }
  if (view.standIn !== undefined) {
    return 'stood-in';
  }
  return tablesServedByOther(drift).length > 0 ? 'served-by-other' : 'healthy';
}

/** Only for an instance whose checks pass: until then its boot is not expected to have said anything. */
function bootFindings(
  view: ZoneView,
  instance: NatInstance | undefined,
  context: DiagnosisContext,
): readonly Finding[] {
  return instance !== undefined && passesChecks(view, instance)
    ? bootTrust(view, instance, context).findings
    : [];
}

/** An instance whose boot cannot forward ends itself soon; its console can still be read. */
function deadBootFindings(view: ZoneView, context: DiagnosisContext): readonly Finding[] {
  return view.instances
    .filter((instance) => !isAlive(instance) && hasFailedToBoot(view, instance))
    .flatMap((instance) => bootTrust(view, instance, context).findings);
}

function pausedFinding({ stack, zone: { name } }: ZoneView, since: string | undefined): Finding[] {
  const resume = typeCommand(stack, `resume --zone ${name}`);
  return since === undefined
    ? []
    : [finding('paused', `zone ${name} is paused since ${since}; resume it: ${resume}`)];
}

function primaryFindings(zone: ZoneName, primary: NatInstance | undefined): Finding[] {
  if (primary === undefined) {
    return [finding('no-primary', `zone ${zone} has no running NAT instance`)];
  }
  return primary.state === 'pending' ? [finding('starting', `${primary.id} is starting`)] : [];
}

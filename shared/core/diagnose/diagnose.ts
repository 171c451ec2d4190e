import { type Finding, finding } from '../model/finding.ts';
import type { ZoneName } from '../model/ids.ts';
import type { Settings, ZoneSettings } from '../model/settings.ts';
import type { NatInstance, NatInterface, Snapshot } from '../model/snapshot.ts';
import { type EpochMs, hourMs } from '../model/time.ts';
import { bootTrust } from './boot-trust.ts';
import { aim, type Drift } from './drift.ts';
import { givenUpFindings } from './given-up.ts';
import { preflight } from './preflight.ts';
import { publicAccessFindings } from './public-access.ts';
import {
  hasFailedToBoot,
  isAsConfigured,
  isGoodEnough,
  isReady,
  isToBeReplaced,
  passesChecks,
  type Replacement,
  replacementOf,
} from './replacement.ts';
import { splitDefaultFindings } from './split-defaults.ts';
import { carriesAddress, viewZone, type ZoneView } from './zone-view.ts';

export type Health =
  /** A running primary, nothing drifted, nothing suspect. */
  | 'healthy'
  /** The routes still go where they went before Phoenat: to a NAT gateway, say. */
  | 'served-by-other'
  /** A primary that is launched and aimed at, and not running yet. */
  | 'starting'
  | 'drifted'
  | 'suspect'
  | 'down'
  | 'violation'
  | 'unknown';

export type Diagnosis = Unjudged | Judged;

/** Nothing may be done in this zone: it could not be read, or the configuration does not fit the account. */
export type Unjudged = {
  readonly kind: 'unjudged';
  readonly zone: ZoneSettings;
  readonly health: 'unknown' | 'violation';
  readonly findings: readonly Finding[];
  readonly view?: ZoneView;
};

export type Judged = {
  readonly kind: 'judged';
  readonly zone: ZoneSettings;
  readonly health: Exclude<Health, 'unknown' | 'violation'>;
  readonly findings: readonly Finding[];
  readonly view: ZoneView;
  readonly pausedSince?: string;
  readonly primary?: NatInstance;
  /** The primary's interface, where EC2 lists it. */
  readonly primaryInterface?: NatInterface;
  readonly primaryReady: boolean;
  /** Launched with the present settings. */
  readonly primaryAsConfigured: boolean;
  /** What of the zone's surroundings is not aimed at the primary; without one, what would have to be. */
  readonly drift: readonly Drift[];
  readonly replacement?: Replacement;
  readonly candidate?: NatInstance;
  /** The candidate may have the zone's traffic. */
  readonly candidateIsGood: boolean;
  /** Instances that neither carry traffic nor are about to. */
  readonly surplus: readonly NatInstance[];
};

export type JudgeContext = {
  readonly settings: Settings;
  /** The hash of all that a launch depends on; instances tagged with another are replaced. */
  readonly specHash: string;
  readonly now: EpochMs;
};

/** Judges one zone from a snapshot. Pure: the same values give the same diagnosis. */
export function diagnose(snapshot: Snapshot, zone: ZoneSettings, context: JudgeContext): Diagnosis {
  const sight = viewZone(snapshot, context.settings, zone);
  if (sight.kind === 'unknown') {
    const findings = sight.unread.map((detail) => finding('unreadable', detail));
    return { kind: 'unjudged', zone, health: 'unknown', findings };
  }
  const violations = preflight(sight.view);
  if (violations.length > 0) {
    return { kind: 'unjudged', zone, health: 'violation', findings: violations, view: sight.view };
  }
  return judge(sight.view, context);
}

function judge(view: ZoneView, context: JudgeContext): Judged {
  const { zone } = view;
  const alive = view.instances.filter(isAlive);
  const primary = choosePrimary(view, alive, context);
  const primaryInterface = view.interfaces.find((entry) => entry.id === primary?.interfaceId);
  const drift = aim(view, primaryInterface);
  const replacement =
    primary === undefined ? undefined : unhurried(replacementOf(view, primary, context), drift);
  const others = alive.filter((instance) => instance.id !== primary?.id);
  const candidate =
    primary === undefined || replacement === undefined
      ? undefined
      : chooseCandidate(view, primary, others, context);
  const health = healthOf(primary, drift, replacement);
  const pausedSince = view.address?.pausedSince;
  return {
    kind: 'judged',
    zone,
    health,
    view,
    findings: [
      ...pausedFinding(zone.name, pausedSince),
      ...primaryFindings(zone.name, primary),
      ...endFindings(view, primary, context),
      ...publicAccessFindings(view.publicSubnet),
      ...splitDefaultFindings(view),
      ...drift.map((entry) => entry.finding),
      ...(replacement === undefined ? [] : [replacement.finding]),
      ...(replacement === undefined || primary === undefined ? [] : givenUpFindings(view, primary, context)),
      ...[primary, candidate].flatMap((instance) => bootFindings(view, instance, context)),
      ...deadBootFindings(view, context),
    ],
    primaryReady: primary !== undefined && isReady(view, primary, context),
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

/** Where something else serves the zone, a NAT gateway say, nobody waits for the candidate: it is to be ready first. */
function unhurried(replacement: Replacement | undefined, drift: readonly Drift[]): Replacement | undefined {
  const isServed = drift.some((entry) => entry.kind === 'route' && entry.servedByOther);
  return replacement === undefined || !isServed ? replacement : { ...replacement, urgent: false };
}

export function isAlive(instance: NatInstance): boolean {
  return instance.state === 'pending' || instance.state === 'running';
}

/**
 * The instance that should carry the zone's traffic: the one that has the Elastic IP, then the one that most routes go
 * to, then a running one, then the oldest. Two controllers that see the same agree. An instance that an operator wants
 * gone at once, or whose launch never came to anything, is no primary.
 */
function choosePrimary(
  view: ZoneView,
  alive: readonly NatInstance[],
  context: JudgeContext,
): NatInstance | undefined {
  const rank = (instance: NatInstance): readonly (number | string)[] => [
    carriesAddress(view, instance.interfaceId) ? 0 : 1,
    -routesTo(view, instance),
    instance.state === 'running' ? 0 : 1,
    instance.launchedAt,
    instance.id,
  ];
  return alive
    .filter((instance) => instance.replaceMark?.reason !== 'rebuild-immediate')
    .filter((instance) => !isStuckPending(instance, context))
    .toSorted((a, b) => compareRanks(rank(a), rank(b)))[0];
}

function compareRanks(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, position) => value !== b[position]);
  const left = a[index];
  const right = b[index];
  return left !== undefined && right !== undefined && left < right ? -1 : 1;
}

function routesTo(view: ZoneView, instance: NatInstance): number {
  return view.privateTables.filter(({ table }) => {
    const target = table.defaultRoute?.target;
    return target?.id === instance.interfaceId || target?.id === instance.id;
  }).length;
}

export function isStuckPending(instance: NatInstance, context: JudgeContext): boolean {
  const age = context.now - instance.launchedAt;
  return instance.state === 'pending' && age > context.settings.readyTimeoutMs;
}

/**
 * The youngest instance that would not be replaced in its turn: traffic that is moved to one that would be comes back at
 * the next look, and so on for ever. One that fails its checks is still the candidate, to be given up.
 */
function chooseCandidate(
  view: ZoneView,
  primary: NatInstance,
  others: readonly NatInstance[],
  context: JudgeContext,
): NatInstance | undefined {
  return (
    others
      // What was there before the primary is one to go back to while it is well, and never one to wait for or give up.
      .filter((instance) => instance.launchedAt >= primary.launchedAt || passesChecks(view, instance))
      .filter((instance) => !isToBeReplaced(view, instance, context))
      .toSorted((a, b) => compareRanks([-a.launchedAt, a.id], [-b.launchedAt, b.id]))[0]
  );
}

function healthOf(
  primary: NatInstance | undefined,
  drift: readonly Drift[],
  replacement: Replacement | undefined,
): Judged['health'] {
  const routes = drift.filter((entry) => entry.kind === 'route');
  const servedByOther = routes.length > 0 && routes.every((entry) => entry.servedByOther);
  if (servedByOther) {
    return 'served-by-other';
  }
  if (primary === undefined) {
    return 'down';
  }
  if (primary.state === 'pending') {
    return 'starting';
  }
  if (replacement?.cause === 'suspect') {
    return 'suspect';
  }
  return drift.length === 0 ? 'healthy' : 'drifted';
}

/** Only of an instance whose checks pass: until then it is no wonder that its boot has not spoken. */
function bootFindings(
  view: ZoneView,
  instance: NatInstance | undefined,
  context: JudgeContext,
): readonly Finding[] {
  return instance !== undefined && passesChecks(view, instance)
    ? bootTrust(view, instance, context).findings
    : [];
}

/** An instance whose boot cannot forward is soon gone, and its console can be read still. */
function deadBootFindings(view: ZoneView, context: JudgeContext): readonly Finding[] {
  return view.instances
    .filter((instance) => !isAlive(instance) && hasFailedToBoot(view, instance))
    .flatMap((instance) => bootTrust(view, instance, context).findings);
}

function pausedFinding(zone: ZoneName, since: string | undefined): Finding[] {
  return since === undefined
    ? []
    : [finding('paused', `zone ${zone} is paused since ${since}; resume it: phoenat resume --zone ${zone}`)];
}

/** Users end instances on purpose, and so does Phoenat; any other end is for whoever asks why there is no instance. */
const ordinaryEnd = 'Client.UserInitiatedShutdown';

/** Why the youngest instance is no more, while the zone has none that runs. */
function endFindings(
  { instances }: ZoneView,
  primary: NatInstance | undefined,
  { now }: JudgeContext,
): Finding[] {
  const [youngest] = instances
    .filter((entry) => !isAlive(entry) && hasEndedLately(entry, now))
    .toSorted((one, other) => other.launchedAt - one.launchedAt);
  const reason = youngest?.endReason;
  return youngest === undefined ||
    reason === undefined ||
    reason.startsWith(ordinaryEnd) ||
    primary?.state === 'running'
    ? []
    : [
        finding(
          'instance-ended',
          `${youngest.id} ended: ${reason}${isYoung(youngest, now) ? whatToDo(reason) : ''}`,
        ),
      ];
}

/**
 * EC2 lists a terminated instance for about an hour (EC2 User Guide, "Terminate Amazon EC2 instances"), and does not always
 * say when it ended. A stopped one it lists for ever.
 */
function hasEndedLately(instance: NatInstance, now: EpochMs): boolean {
  const { state, endedAt } = instance;
  if (endedAt !== undefined) {
    return now - endedAt < hourMs;
  }
  return state === 'terminated' || state === 'shutting-down' || isYoung(instance, now);
}

function isYoung({ launchedAt }: NatInstance, now: EpochMs): boolean {
  return now - launchedAt < hourMs;
}

/** Of one that ended soon after its launch; of what had worked for longer these reasons say nothing. */
function whatToDo(reason: string): string {
  if (reason.startsWith('Client.InternalError')) {
    // So ends an instance whose volume's key the launching role may not use (EBS User Guide, "Requirements").
    return "; if the account encrypts volumes with a customer key by default, name that key in the stack's parameter VolumeKeyArn, and let the key's policy admit this account";
  }
  return reason.startsWith('Client.InstanceInitiatedShutdown')
    ? '; it powered itself off, as its boot script does when it cannot finish: its console output says why'
    : '';
}

function primaryFindings(zone: ZoneName, primary: NatInstance | undefined): Finding[] {
  if (primary === undefined) {
    return [finding('no-primary', `zone ${zone} has no running NAT instance`)];
  }
  return primary.state === 'pending' ? [finding('starting', `${primary.id} is starting`)] : [];
}

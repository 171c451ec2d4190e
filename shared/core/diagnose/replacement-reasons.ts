import { type Finding, finding } from '../model/finding.ts';
import type { Settings } from '../model/settings.ts';
import { isEnding, type NatInstance } from '../model/snapshot.ts';
import { dayMs, type EpochMs } from '../model/time.ts';
import { noteOf, type StandIn } from '../neighbours/stand-in.ts';
import { failingChecks, isCutOff, knownStatus } from './status-checks.ts';
import { failsAtOnce, triedInVain, wasUndone } from './tried-in-vain.ts';
import { type FailedRow, lastWordOf, type Verdict } from './verdict.ts';
import type { ZoneView } from './zone-view.ts';

/** Why a running primary is to be replaced, make before break. */
export type Replacement = {
  /** `suspect`: it may not be working now. `due`: it works and will not for long. `planned`: at our convenience. */
  readonly cause: 'suspect' | 'due' | 'planned';
  /**
   * A candidate is good enough when it has had the time to boot: its status checks take minutes, and the instance that it
   * replaces is unreachable already, or will be gone by then.
   */
  readonly urgent: boolean;
  readonly finding: Finding;
};

/** There is nothing to keep of the primary that is to be replaced. */
export function forwardsNothing(replacement: Replacement | undefined): boolean {
  return replacement?.cause === 'suspect' && replacement.urgent;
}

type Context = { readonly settings: Settings; readonly specHash: string; readonly now: EpochMs };

/** The most pressing reason to replace this primary, if there is one. An unknown status is no reason, nor an unknown verdict. */
export function replacementOf(
  view: ZoneView,
  primary: NatInstance,
  verdict: Verdict,
  context: Context,
): Replacement | undefined {
  if (isEnding(primary)) {
    return ending(primary);
  }
  if (primary.state !== 'running') {
    return undefined;
  }
  const byChecks = impaired(view, primary);
  if (view.standIn !== undefined) {
    return byChecks?.urgent === true
      ? byChecks
      : (notForwarding(view, primary, verdict, context) ??
          goingDown(view, primary, context) ??
          stoodIn(view, view.standIn, context));
  }
  return byChecks?.urgent === true
    ? byChecks
    : (notForwarding(view, primary, verdict, context) ??
        forsaken(view, primary, context) ??
        goingDown(view, primary, context) ??
        byChecks ??
        reasonBesidesChecks(view, primary, context));
}

function ending({ id, state }: NatInstance): Replacement {
  return handsOver(`${id} is ${state}, and keeps the traffic until another can have it`);
}

/** The candidate gets what there is as soon as it forwards: the instance is gone within a minute or two. */
function handsOver(detail: string): Replacement {
  return { cause: 'due', urgent: true, finding: finding('hands-over', detail) };
}

/** It is shut down, and forwards until its successor does. */
export function isHandOver(replacement: Reason['replacement']): boolean {
  return replacement?.finding?.code === 'hands-over';
}

/**
 * Of a reboot, or of a shutdown from the inside, EC2 shows nothing until the system is down: only its own word tells. That
 * counts until it says otherwise, since what it is about to do is to fall silent.
 */
function goingDown(
  view: ZoneView,
  instance: NatInstance,
  { settings, now }: Context,
): Replacement | undefined {
  const handOver =
    settings.handOverMs === undefined ? undefined : lastWordOf(view.readings, instance.id, now)?.handOver;
  return handOver?.heldForMs === undefined
    ? undefined
    : handsOver(
        `${instance.id} says that it is shut down, and holds that until another can have its traffic`,
      );
}

/** Nothing passes through it, as far as its zone can tell; whether that is upstream trouble, all zones together tell. */
export function isNotForwarding(replacement: Reason['replacement']): boolean {
  return replacement?.finding?.code === 'does-not-forward';
}

export type Reason = {
  readonly replacement?: Partial<Pick<Replacement, 'finding'>>;
  readonly verdict?: Verdict;
};

/** What is known of it is only that no request passes, which may have another reason. */
export function failsByRequestsAlone({ replacement, verdict }: Reason): boolean {
  const isTold = verdict?.kind === 'does-not-forward' && verdict.proof === 'told';
  return isNotForwarding(replacement) && !isTold;
}

function notForwarding(
  view: ZoneView,
  primary: NatInstance,
  verdict: Verdict,
  context: Context,
): Replacement | undefined {
  if (!isProven(view, primary, verdict, context)) {
    return undefined;
  }
  const { tries, since, why, silent } = verdict.row;
  const asked = `in ${tries} tries since ${new Date(since).toISOString()}: ${why}`;
  const isTold = verdict.kind === 'does-not-forward' && verdict.proof === 'told';
  const detail =
    isTold && silent > 0
      ? `${primary.id} has not answered the probe ${asked}`
      : isTold
        ? `${primary.id} says that it does not forward: ${why}`
        : `no request has passed through ${primary.id} ${asked}`;
  return { cause: 'suspect', urgent: true, finding: finding('does-not-forward', detail) };
}

/**
 * The probe's own subnet has a way out again, so it cannot tell of those that are led to the instance still. It may have
 * been booting when nothing passed, and forward by now: unless it says that it does not, there is no hurry.
 */
function forsaken(view: ZoneView, primary: NatInstance, { now }: Context): Replacement | undefined {
  const { back, left } = triedInVain(view, primary);
  if (back.length === 0 || left.length === 0) {
    return undefined;
  }
  const ids = (tables: typeof back) => tables.map(({ id }) => id).join(', ');
  const detail = `no request passed through ${primary.id} when it had taken over the default route of ${ids(back)}, which leads elsewhere again; that of ${ids(left)} still leads to it`;
  const urgent = lastWordOf(view.readings, primary.id, now)?.ready === false;
  return { cause: 'suspect', urgent, finding: finding('does-not-forward', detail) };
}

/**
 * An earlier run may have proven it, and launched its successor: then less is enough to go on. A successor that was
 * launched for another reason proves nothing, as beside a stand-in, and a probe that fails one time in three fails five
 * times in a row within minutes.
 */
function isProven(
  view: ZoneView,
  primary: NatInstance,
  verdict: Verdict,
  context: Context,
): verdict is Extract<Verdict, { row: FailedRow }> {
  const hasSuccessor =
    view.standIn === undefined &&
    view.instances.some(
      (other) =>
        other.state === 'running' && other.launchedAt > primary.launchedAt && !wasUndone(view, other),
    );
  return (
    verdict.kind === 'does-not-forward' ||
    (verdict.kind === 'undecided' &&
      !verdict.boots &&
      failsAtOnce(verdict) &&
      hasSuccessor &&
      !isToBeReplaced(view, primary, context))
  );
}

/** For another reason than its checks, whatever its state. */
export function isToBeReplaced(view: ZoneView, instance: NatInstance, context: Context): boolean {
  return reasonBesidesChecks(view, instance, context) !== undefined;
}

function reasonBesidesChecks(
  view: ZoneView,
  instance: NatInstance,
  context: Context,
): Replacement | undefined {
  return (
    goingDown(view, instance, context) ??
    marked(instance) ??
    retiring(view, instance) ??
    misplaced(view, instance) ??
    respecified(instance, context) ??
    aged(instance, context)
  );
}

/** It is well, and not the zone's own: the traffic moves home as soon as that can carry it. */
function stoodIn({ zone, address }: ZoneView, standIn: StandIn, { now }: Context): Replacement {
  const { id, zone: of } = standIn.instance;
  const noted = noteOf(address, standIn, now);
  const since = noted === undefined ? '' : ` since ${new Date(noted.at).toISOString()}`;
  const detail = `${id} of zone ${of ?? 'another'} stands in for zone ${zone.name}${since}, at the zone's own public address, until an instance of its own is ready`;
  return { cause: 'due', urgent: false, finding: finding('stood-in', detail) };
}

function impaired(view: ZoneView, primary: NatInstance): Replacement | undefined {
  const status = knownStatus(view, primary);
  const failing = status === undefined ? [] : failingChecks(status);
  if (failing.length === 0) {
    return undefined;
  }
  const detail = `${primary.id} fails its ${failing.join(' and ')} status check`;
  const urgent = isCutOff(view, primary);
  return { cause: 'suspect', urgent, finding: finding('status-impaired', detail) };
}

/** Launched with the present settings, in the subnet that they name: a deployment waits for this. */
export function isAsConfigured(view: ZoneView, instance: NatInstance, context: Context): boolean {
  return isInPlace(view, instance) && respecified(instance, context) === undefined;
}

function marked(primary: NatInstance): Replacement | undefined {
  const mark = primary.replaceMark;
  // Requests failed through it once, for which it may not be to blame.
  if (mark === undefined || mark.reason === 'requests-failed') {
    return undefined;
  }
  const detail = `${primary.id} is marked for replacement: ${mark.reason} since ${new Date(mark.at).toISOString()}`;
  return {
    cause: 'due',
    // The warning comes two minutes ahead, the status checks of a new instance take longer than that.
    urgent: mark.reason === 'spot-interruption',
    finding: finding('replacement-requested', detail),
  };
}

/** These events stop the instance or take its host away; reboots and maintenance events do not. */
const endingEvents: readonly string[] = ['instance-retirement', 'instance-stop'];

function retiring(view: ZoneView, primary: NatInstance): Replacement | undefined {
  const event = knownStatus(view, primary)?.events.find(({ code }) => endingEvents.includes(code));
  if (event === undefined) {
    return undefined;
  }
  const when = event.notBefore === undefined ? '' : ` not before ${new Date(event.notBefore).toISOString()}`;
  const detail = `EC2 has scheduled ${event.code} for ${primary.id}${when}`;
  return { cause: 'due', urgent: false, finding: finding('retirement-scheduled', detail) };
}

function misplaced(view: ZoneView, primary: NatInstance): Replacement | undefined {
  if (isInPlace(view, primary)) {
    return undefined;
  }
  const detail = `${primary.id} is in ${primary.subnetId}, the zone's public subnet is now ${view.zone.publicSubnetId}`;
  return { cause: 'planned', urgent: false, finding: finding('spec-changed', detail) };
}

/** In the zone's public subnet, as far as EC2 says. */
function isInPlace(view: ZoneView, instance: NatInstance): boolean {
  return instance.subnetId === undefined || instance.subnetId === view.zone.publicSubnetId;
}

function respecified(primary: NatInstance, context: Context): Replacement | undefined {
  if (primary.specHash === context.specHash) {
    return undefined;
  }
  const detail = `${primary.id} was launched with other settings (${primary.specHash ?? 'unrecorded'}, now ${context.specHash})`;
  return { cause: 'planned', urgent: false, finding: finding('spec-changed', detail) };
}

function aged(primary: NatInstance, context: Context): Replacement | undefined {
  const limit = context.settings.maxInstanceAgeMs;
  const age = context.now - primary.launchedAt;
  if (limit === undefined || age <= limit) {
    return undefined;
  }
  const detail = `${primary.id} is ${Math.floor(age / dayMs)} days old, the limit is ${limit / dayMs}`;
  return { cause: 'planned', urgent: false, finding: finding('too-old', detail) };
}

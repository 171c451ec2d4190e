import { type Finding, finding } from '../model/finding.ts';
import type { Settings } from '../model/settings.ts';
import type { InstanceStatus, NatInstance } from '../model/snapshot.ts';
import { type DurationMs, dayMs, type EpochMs, secondMs } from '../model/time.ts';
import { bootTrust } from './boot-trust.ts';
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

type Context = { readonly settings: Settings; readonly specHash: string; readonly now: EpochMs };

/** The most pressing reason to replace this primary, if there is one. An unknown status is no reason. */
export function replacementOf(
  view: ZoneView,
  primary: NatInstance,
  context: Context,
): Replacement | undefined {
  if (primary.state !== 'running') {
    return undefined;
  }
  return impaired(view, primary) ?? reasonBesidesChecks(view, primary, context);
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
    marked(instance) ??
    retiring(view, instance) ??
    misplaced(view, instance) ??
    respecified(instance, context) ??
    aged(instance, context)
  );
}

function impaired(view: ZoneView, primary: NatInstance): Replacement | undefined {
  const status = knownStatus(view, primary);
  const failing = status === undefined ? [] : failingChecks(status);
  if (failing.length === 0) {
    return undefined;
  }
  const detail = `${primary.id} fails its ${failing.join(' and ')} status check`;
  // Without its host or its network it forwards nothing; with a volume in trouble it may well.
  const urgent = status?.system === 'impaired' || status?.instance === 'impaired';
  return { cause: 'suspect', urgent, finding: finding('status-impaired', detail) };
}

/** EC2's three checks: `system` is the host, `instance` the guest's network, `attachedEbs` its volumes. */
function failingChecks(status: InstanceStatus): string[] {
  const checks = { system: status.system, instance: status.instance, 'attached EBS': status.attachedEbs };
  return Object.entries(checks).flatMap(([name, result]) => (result === 'impaired' ? [name] : []));
}

/** Launched with the present settings, where they want it: what a deployment waits for. */
export function isAsConfigured(view: ZoneView, instance: NatInstance, context: Context): boolean {
  return isInPlace(view, instance) && respecified(instance, context) === undefined;
}

function marked(primary: NatInstance): Replacement | undefined {
  const mark = primary.replaceMark;
  if (mark === undefined) {
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

/** These codes end with the instance stopped or its host gone; the reboots and the maintenance kinds do not. */
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

/** Running, and EC2's system and instance checks pass. Not known to pass is not passed. */
export function passesChecks(view: ZoneView, instance: NatInstance): boolean {
  const status = knownStatus(view, instance);
  return instance.state === 'running' && status?.system === 'ok' && status.instance === 'ok';
}

/** Ready: its checks pass, and its boot has not left it open whether it forwards. */
export function isReady(view: ZoneView, instance: NatInstance, context: Context): boolean {
  return passesChecks(view, instance) && bootTrust(view, instance, context).kind === 'trusted';
}

/**
 * From the launch until even a slow one has booted and forwards: about 15 s to run, and 10 s more; measured, not promised.
 * An image that lacks nftables installs it first, which may take a minute and a half. For that it gets what there is
 * while the primary works: Spot takes it two minutes after its warning. One that EC2 cannot reach serves nobody, and the
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
  return (
    replacement.urgent &&
    candidate.state === 'running' &&
    !isImpaired(view, candidate) &&
    !hasFailedToBoot(view, candidate) &&
    (saysThatItForwards(view, candidate) ||
      context.now - candidate.launchedAt >= bootedAfterMs(replacement, context.settings))
  );
}

function saysThatItForwards(view: ZoneView, { id }: NatInstance): boolean {
  return view.bootWordOf(id)?.kind === 'forwards';
}

export function hasFailedToBoot(view: ZoneView, instance: NatInstance): boolean {
  return view.bootWordOf(instance.id)?.kind === 'cannot-forward';
}

export function isImpaired(view: ZoneView, instance: NatInstance): boolean {
  const status = knownStatus(view, instance);
  return status !== undefined && failingChecks(status).length > 0;
}

function knownStatus(view: ZoneView, instance: NatInstance): InstanceStatus | undefined {
  const status = view.statusOf(instance.id);
  return status.known ? status.value : undefined;
}

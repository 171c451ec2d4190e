import { type Finding, finding } from '../model/finding.ts';
import type { Settings } from '../model/settings.ts';
import { isAlive, type NatInstance } from '../model/snapshot.ts';
import { type EpochMs, hourMs, secondMs } from '../model/time.ts';
import { hasFailedToBoot } from './readiness.ts';
import { isImpaired } from './status-checks.ts';
import type { ZoneView } from './zone-view.ts';

type Context = { readonly settings: Settings; readonly now: EpochMs };

/** EC2 tells launches and ends in whole seconds. */
const roundingMs = 2 * secondMs;

/** EC2's reason for an instance whose boot could not finish; its console may not have been read in time. */
const ownEnd = 'Client.InstanceInitiatedShutdown';

/**
 * The youngest candidate that was ended because it was not ready in time, or powered itself off: the next one mostly
 * fares no better, and nothing else shows before the breaker opens. EC2 lists it: launched after the primary, and ended
 * while that one serves on.
 */
export function givenUpFindings(
  { instances }: ZoneView,
  primary: NatInstance,
  { settings, now }: Context,
): Finding[] {
  const [youngest] = instances
    .filter(({ state }) => hasEnded(state))
    .filter(({ launchedAt }) => launchedAt > primary.launchedAt && now - launchedAt < hourMs)
    .filter((instance) => hasRunOut(instance, settings) || hasEndedItself(instance))
    .toSorted((a, b) => b.launchedAt - a.launchedAt);
  if (youngest === undefined) {
    return [];
  }
  const what = hasEndedItself(youngest)
    ? 'powered itself off, as its boot does when it cannot finish'
    : `was not ready within ${settings.readyTimeoutMs / secondMs} s and was given up`;
  const detail = `${youngest.id}, which was to replace ${primary.id}, ${what}; the next one is tried, as far as the breaker lets it; its console may say why: aws ec2 get-console-output --instance-id ${youngest.id}`;
  return [finding('not-ready-in-time', detail)];
}

function hasRunOut({ launchedAt, endedAt }: NatInstance, { readyTimeoutMs }: Settings): boolean {
  return endedAt !== undefined && endedAt - launchedAt >= readyTimeoutMs - roundingMs;
}

export function hasEndedItself({ endReason }: NatInstance): boolean {
  return endReason?.startsWith(ownEnd) === true;
}

/** Once may be chance. */
const failsFrom = 2;

/**
 * Where no image is known to have worked, instances that end one after the other, or never come up, are most likely the
 * image's fault. It is told before the breaker opens: until then nothing else says what they have in common.
 */
export function failingImageFindings(view: ZoneView, { settings, now }: Context): Finding[] {
  const { instances, address, zone } = view;
  const failed = instances
    .filter((instance) => hasFailed(instance, view) && now - instance.launchedAt < hourMs)
    .toSorted((a, b) => b.launchedAt - a.launchedAt);
  const [youngest] = failed;
  if (youngest === undefined || failed.length < failsFrom || address?.lastGoodImage !== undefined) {
    return [];
  }
  const images = [...new Set(failed.map(({ imageId }) => imageId))].join(', ');
  const detail = `${failed.length} instances of zone ${zone.name} that were launched within the hour have ended or fail their checks (${images}), and no image is known to have worked there: the next are launched ever more slowly, ${settings.maxLaunchesPerHour} in an hour at most; find out why: aws ec2 get-console-output --instance-id ${youngest.id}; if it is the image, name another one in AmiSelector`;
  return [finding('images-fail', detail)];
}

/** As a launch counts them that chooses its image. */
function hasFailed(instance: NatInstance, view: ZoneView): boolean {
  return hasEnded(instance.state) || isImpaired(view, instance) || hasFailedToBoot(view, instance);
}

function hasEnded(state: NatInstance['state']): boolean {
  return state === 'shutting-down' || state === 'terminated';
}

/** Users end instances on purpose, and so does Phoenat. Any other reason explains why the zone has no instance. */
const ordinaryEnd = 'Client.UserInitiatedShutdown';

/** Why the youngest instance is no more, while the zone has none that runs. */
export function endFindings(
  { instances }: ZoneView,
  primary: NatInstance | undefined,
  { now }: Pick<Context, 'now'>,
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

/** For an instance that ended soon after its launch; if it had worked for longer, the reason says nothing. */
function whatToDo(reason: string): string {
  if (reason.startsWith('Client.InternalError')) {
    // The launching role may not use the key of the instance's volume (EBS User Guide, "Requirements").
    return "; if the account encrypts volumes with a customer key by default, name that key in the stack's parameter VolumeKeyArn, and let the key's policy admit this account";
  }
  return reason.startsWith('Client.InstanceInitiatedShutdown')
    ? '; it powered itself off, as its boot script does when it cannot finish: its console output says why'
    : '';
}

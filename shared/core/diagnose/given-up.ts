import { type Finding, finding } from '../model/finding.ts';
import type { Settings } from '../model/settings.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { type EpochMs, hourMs, secondMs } from '../model/time.ts';
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
    .filter(({ state }) => state === 'shutting-down' || state === 'terminated')
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

function hasEndedItself({ endReason }: NatInstance): boolean {
  return endReason?.startsWith(ownEnd) === true;
}

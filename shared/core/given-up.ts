import { type Finding, finding } from './finding.ts';
import type { Settings } from './settings.ts';
import type { NatInstance } from './snapshot.ts';
import { type EpochMs, hourMs, secondMs } from './time.ts';
import type { ZoneView } from './zone-view.ts';

type Context = { readonly settings: Settings; readonly now: EpochMs };

/** EC2 tells launches and ends in whole seconds. */
const roundingMs = 2 * secondMs;

/**
 * The youngest candidate that was ended because it was not ready in time: the next one mostly fares no better, and
 * nothing else shows before the breaker opens. EC2 lists it: launched after the primary, and ended when the ready
 * time-out was over, while that one serves on.
 */
export function givenUpFindings(
  { instances }: ZoneView,
  primary: NatInstance,
  { settings, now }: Context,
): Finding[] {
  const isGivenUp = ({ state, launchedAt, endedAt }: NatInstance) =>
    (state === 'shutting-down' || state === 'terminated') &&
    launchedAt > primary.launchedAt &&
    now - launchedAt < hourMs &&
    endedAt !== undefined &&
    endedAt - launchedAt >= settings.readyTimeoutMs - roundingMs;
  const [youngest] = instances.filter(isGivenUp).toSorted((a, b) => b.launchedAt - a.launchedAt);
  if (youngest === undefined) {
    return [];
  }
  const waited = `${settings.readyTimeoutMs / secondMs} s`;
  const detail = `${youngest.id} was not ready to replace ${primary.id} within ${waited} and was given up; the next one is tried, as far as the breaker lets it; its console may say why: aws ec2 get-console-output --instance-id ${youngest.id}`;
  return [finding('not-ready-in-time', detail)];
}

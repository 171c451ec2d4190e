import { minuteMs } from '../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import { homeOf, settingsNameOf } from '../../../simulator/topology.ts';
import { isKnownBroken, type Moment, unknowableMs, unseenMs } from './moment.ts';

/**
 * Running long enough to have been checked, or with what a probe has heard it say, and nothing wrong that a check or a
 * probe could have found by now.
 */
export function looksWell(other: InstanceRecord, moment: Moment): boolean {
  const { id, state, runningSince, impairments } = other;
  const { now, hasProbes } = moment;
  const isBroken = isKnownBroken(other, moment) || (hasProbes && hasNeverForwarded(other));
  if (isBroken && !showsNowhere(other)) return false;
  // No event tells of a reboot, and the request that passed before it is as old as an answer may be.
  const booted = other.booted || now - (moment.rebootedAt.get(id) ?? 0) < unseenMs;
  const isChecked = runningSince !== undefined && now - runningSince > 2 * minuteMs;
  const isProven = state === 'running' && (isChecked || (hasProbes && booted));
  return isProven && impairments.every(({ from, to }) => to !== undefined || now - from < unknowableMs);
}

/** No request goes through a standby: that it forwards nothing and says that all is well, nobody can know. */
function showsNowhere(other: InstanceRecord): boolean {
  return other.breakage?.what === 'unseen' && settingsNameOf(homeOf(other)) === 'standby';
}

/** Since its boot it says that all is well, and no request ever passed through it. */
function hasNeverForwarded({ breakage, bootedAt }: InstanceRecord): boolean {
  return breakage !== undefined && bootedAt !== undefined && breakage.since <= bootedAt;
}

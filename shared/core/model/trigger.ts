import type { InstanceId, ZoneName } from './ids.ts';
import { isEndState, type ReplaceReason } from './snapshot.ts';
import { type DurationMs, dayMs, type EpochMs, secondMs } from './time.ts';

/** Why the controller runs. Apart from an operator's wish and a warning that no Describe call shows, it holds no facts. */
export type Trigger =
  /** The schedule, or an alarm or AWS Health event that names no instance: look at everything. */
  | {
      readonly kind: 'look';
      readonly source: 'schedule' | 'alarm' | 'health' | 'lifecycle';
      readonly at: EpochMs;
    }
  /** Something happened to these instances: look, if one of them is ours. */
  | {
      readonly kind: 'instances';
      readonly source:
        | 'state-change'
        | 'spot-interruption'
        | 'rebalance'
        | 'health'
        | 'alarm'
        /** A NAT instance no longer hears its neighbour. Nobody is believed: what it is about is looked at, and asked. */
        | 'watch-alarm';
      readonly instanceIds: readonly InstanceId[];
      /** For the report: "terminated", "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED", … */
      readonly detail: string;
      /** A warning that no Describe call repeats: it is written on the instance as a tag before anything else. */
      readonly mark?: ReplaceReason;
      readonly at: EpochMs;
    }
  | { readonly kind: 'manual'; readonly command: ManualCommand; readonly at: EpochMs };

export const manualActions = ['status', 'rebuild', 'pause', 'resume', 'restore', 'reset-breaker'] as const;
export type ManualAction = (typeof manualActions)[number];

export type ManualCommand = {
  readonly action: ManualAction;
  /** Absent: every zone. */
  readonly zone?: ZoneName;
  /** Only with `rebuild`: break before make. */
  readonly immediate: boolean;
  /** Say what would be done; change nothing. */
  readonly dryRun: boolean;
};

/** Longer than EventBridge takes; what it has tried to deliver for longer tells of another time. */
const tellsOfNowMs: DurationMs = 30 * secondMs;

/** The instances that a neighbour no longer hears now. An older alarm is a reason to look, as all events are. */
export function suspectsOf(trigger: Trigger, now: EpochMs): readonly InstanceId[] {
  const isAlarm = trigger.kind === 'instances' && trigger.source === 'watch-alarm';
  return isAlarm && now - trigger.at <= tellsOfNowMs ? trigger.instanceIds : [];
}

/** The instances that have just ended, or are about to, in EC2's words. Its Describe calls may be seconds behind. */
export function endedBy(trigger: Trigger, now: EpochMs): readonly InstanceId[] {
  const isEnd =
    trigger.kind === 'instances' && trigger.source === 'state-change' && isEndState(trigger.detail);
  return isEnd && now - trigger.at <= tellsOfNowMs ? trigger.instanceIds : [];
}

/** Those whose system is down for certain. */
export function goneBy(trigger: Trigger): readonly InstanceId[] {
  const isGone =
    trigger.kind === 'instances' &&
    trigger.source === 'state-change' &&
    (trigger.detail === 'terminated' || trigger.detail === 'stopped');
  return isGone ? trigger.instanceIds : [];
}

/** EventBridge delivers for a day at most: what is older, or of the future, carries a time that is wrong. */
export function believedEventTime(at: EpochMs, now: EpochMs): EpochMs {
  return at > now || now - at > dayMs ? now : at;
}

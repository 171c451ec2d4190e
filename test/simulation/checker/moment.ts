import type { Ec2CallName } from '../../../shared/aws/api.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { watchEvent } from '../../../shared/events/watch-event.ts';
import type { Egress } from '../../../simulator/data-plane.ts';
import type { CallRecord } from '../../../simulator/ec2/client.ts';
import type { InstanceRecord, InterfaceRecord } from '../../../simulator/ec2/records.ts';
import type { RecordedInvocation } from '../../../simulator/harness/harness.ts';
import { homeOf, settingsNameOf } from '../../../simulator/topology.ts';
import type { Command } from '../schedule/command.ts';
import { changesBetween, type Picture } from './picture.ts';

/** One mutating call at the moment when it took effect, and what the simulator knows about it that the caller may not. */
export type Moment = {
  readonly now: EpochMs;
  readonly call: CallRecord;
  readonly before: Picture;
  readonly after: Picture;
  readonly stack: string;
  /** The allocation ids and the zones that the configuration names. */
  readonly zones: readonly NamedZone[];
  /** Every table that has served a configured private subnet, and until when: for ever, while it does. */
  readonly servedUntil: ReadonlyMap<string, EpochMs>;
  /** Since when each table that leads to an internet or transit gateway does so. */
  readonly untouchableSince: ReadonlyMap<string, EpochMs>;
  readonly maxLaunchesPerHour: number;
  /** The run that made the call; absent where the stack's deployment or deletion made it. */
  readonly run: RecordedInvocation | undefined;
  /** What operators have asked for by hand. */
  readonly commands: readonly Command[];
  readonly rebootedAt: ReadonlyMap<string, EpochMs>;
  /** The instances that hold their shutdown, as the caller knows. */
  readonly heardToHold: ReadonlySet<string>;
  /** When a person last led a table's default route to something that works. */
  readonly routePointedAt: ReadonlyMap<string, EpochMs>;
  /** When somebody last switched an interface's source/destination check on. */
  readonly checkSwitchedOnAt: ReadonlyMap<string, EpochMs>;
  /** When the caller sent the latest question about interfaces that was answered. */
  readonly interfacesAskedAt: EpochMs | undefined;
  /** For so long a change may stay unseen, as EC2 is on this day. */
  readonly describeLagMs: DurationMs;
  /** When VPC Block Public Access was last switched on, changed or switched off. */
  readonly publicAccessChangedAt: EpochMs;
  /** Whether a private subnet reaches the internet after the call. */
  readonly egressNow: (subnetId: string) => Egress;
  /** The public address that the internet sees of a private subnet after the call, if packets arrive there. */
  readonly addressNow: (subnetId: string) => string | undefined;
  /** EC2 has refused the caller a launch for want of capacity since another run can have been given one. */
  readonly hadNoCapacity: boolean;
  /** Whether anything can tell that packets pass. */
  readonly hasProbes: boolean;
  /** The stack is being deleted: everything goes, and that is what was asked for. */
  readonly deleting: boolean;
};

export type NamedZone = {
  readonly letter: string;
  /** That of the zone that looks after it. */
  readonly lookedAfterBy: string | undefined;
  /** Of its instances and interfaces (simulator/topology.ts). */
  readonly home: string;
  readonly allocationId: string;
  readonly tableIds: ReadonlySet<string>;
  /** Since when its pause is written, if it is. */
  readonly pausedSince: EpochMs | undefined;
  /** Since when its Elastic IP is on an interface that is not ours, if it is. */
  readonly abroadSince: EpochMs | undefined;
  /** Since when it is on no interface of ours, if it is on none. */
  readonly awaySince: EpochMs | undefined;
  /** Since when there was nothing to do in it before this call; absent where there was something. */
  readonly quiescentSince: EpochMs | undefined;
  /** Since when it was in order before this call, apart from packets that its instance does not forward. */
  readonly inOrderSince: EpochMs | undefined;
  /** When its probe last gave an answer. */
  readonly heardAt: EpochMs | undefined;
  /** Whether each of its private subnets reached the internet before this call. */
  readonly egress: ReadonlyMap<string, Egress>;
  /** As what the internet saw each of its private subnets before this call. */
  readonly shown: ReadonlyMap<string, string | undefined>;
  /** Since when its Elastic IP is on another zone's instance, if it is. */
  readonly stoodInSince: EpochMs | undefined;
  /** The instance of its own that had its Elastic IP last. */
  readonly lastAtHome: string | undefined;
  /** All runs since a while before that have ended well, and no change was refused: what had to be noted was noted. */
  readonly wasLedThereUnhindered: boolean;
  /** Since when packets are lost upstream of it, if they are. */
  readonly upstreamLostSince: EpochMs | undefined;
  /** When a run beside the caller last sent a call that moves its Elastic IP or a route of it. */
  readonly cutOverByOtherAt: EpochMs | undefined;
  /** When a call before this one last told an instance of it whom to watch. */
  readonly toldToWatchAt: EpochMs | undefined;
  /** Packets are lost upstream of it, or were until a moment ago. */
  readonly hasUpstreamTrouble: boolean;
  /** Spot has announced that it will take an instance of it, which is still there. */
  readonly warnedOfSpot: boolean;
};

/**
 * A run that began this long after something was written has seen it: Describe calls lag 5 s behind at most, and a stale
 * replica another 8 s (what schedule.ts allows and draw-schedule.ts draws); the rest is for a look to be repeated.
 */
export const writtenIsSeenMs = 30 * secondMs;

/** A status check runs once a minute, and its answer may be half a minute old: what healed since cannot be known. */
export const unknowableMs = 90 * secondMs;

/**
 * What somebody has ended so shortly before a call, its caller cannot have seen: an answer is up to 5 s behind, a stale
 * one another 8 s, and the call was a moment on its way. EC2 knows no call that would terminate one instance only if
 * another one runs.
 */
export const unseenMs = 15 * secondMs;

/**
 * What has woken a run: the schedule or a change of state, which say no more than "look"; an alarm of a watch, who may say
 * what he likes; Spot's and AWS Health's warnings; an operator.
 */
export function wakeOf(run: RecordedInvocation): 'routine' | 'alarm' | 'warning' | 'command' {
  if (commandOf(run) !== undefined) return 'command';
  const { event } = run;
  const type = typeof event === 'object' && event !== null ? Reflect.get(event, 'detail-type') : undefined;
  const isRoutine = type === 'Scheduled Event' || type === 'EC2 Instance State-change Notification';
  return isRoutine ? 'routine' : type === watchEvent.detailType ? 'alarm' : 'warning';
}

/** Nothing that has woken the run is a reason to change anything. */
export function isLook(run: RecordedInvocation): boolean {
  return ['routine', 'alarm'].includes(wakeOf(run));
}

export function commandOf({ event }: RecordedInvocation): Pick<Command, 'action' | 'zone'> | undefined {
  return typeof event === 'object' && event !== null && 'action' in event && 'zone' in event
    ? (event as Pick<Command, 'action' | 'zone'>)
    : undefined;
}

export function isIn(
  { home }: Pick<NamedZone, 'home'>,
  record: InstanceRecord | InterfaceRecord | undefined,
): boolean {
  return record !== undefined && homeOf(record) === home;
}

/** Whether the call has changed anything of the zone. */
export function isTouched(zone: NamedZone, { before, after }: Moment): boolean {
  return (
    changesBetween(before.instances, after.instances).some((change) =>
      isIn(zone, change.before ?? change.after),
    ) ||
    changesBetween(before.interfaces, after.interfaces).some((change) =>
      isIn(zone, change.before ?? change.after),
    ) ||
    changesBetween(before.addresses, after.addresses).some(({ id }) => id === zone.allocationId) ||
    changesBetween(before.routeTables, after.routeTables).some(({ id }) => zone.tableIds.has(id))
  );
}

/** What moves a zone's traffic. */
export const cutoverCalls: readonly Ec2CallName[] = ['AssociateAddress', 'CreateRoute', 'ReplaceRoute'];

/** Whether a call's input names one of these. */
export function isAbout(ids: readonly string[], input: object): boolean {
  const text = JSON.stringify(input);
  return ids.some((id) => text.includes(id));
}

/** Whether the call is about the zone, also where it changed nothing: it names something of it, or has changed it. */
export function isMeant(zone: NamedZone, moment: Moment): boolean {
  const { before, call } = moment;
  const moved = [zone.allocationId, ...zone.tableIds];
  // What traffic is led to is not changed by that: another zone's instance may stand in.
  if (cutoverCalls.includes(call.name)) return isAbout(moved, call.input) || isTouched(zone, moment);
  // What a note tells of, it does not change.
  const input = call.name === 'CreateTags' ? { Resources: Reflect.get(call.input, 'Resources') } : call.input;
  const ids = [
    ...moved,
    ...[...before.instances.values(), ...before.interfaces.values()].flatMap((record) =>
      isIn(zone, record) ? [record.id] : [],
    ),
  ];
  return isAbout(ids, input) || isTouched(zone, moment);
}

/** An operator wants this instance gone at once, whatever comes after it, and as soon as the breaker lets it be replaced. */
export function isForced(instance: InstanceRecord, commands: readonly Command[]): boolean {
  const zoneName = settingsNameOf(homeOf(instance));
  return commands.some(
    ({ action, immediate, zone, at }) =>
      action === 'rebuild' && immediate && zone === zoneName && at >= instance.launchedAt,
  );
}

/** A run beside the caller has moved the zone's traffic since the caller can have looked. */
export function isContended({ cutOverByOtherAt }: NamedZone, now: EpochMs): boolean {
  return cutOverByOtherAt !== undefined && now - cutOverByOtherAt < unseenMs;
}

/**
 * A run looks within a minute, and needs some twenty seconds of failed requests; a look of another run, or one from before
 * its cutover, may be what a call rests on for some more.
 */
const shownWithinMs: DurationMs = 3 * minuteMs;

/** Its forwarding has been broken for so long that a probe has shown it; without one nothing ever does. */
export function isKnownBroken(
  { breakage }: InstanceRecord,
  { hasProbes, now }: Pick<Moment, 'hasProbes' | 'now'>,
): boolean {
  return hasProbes && breakage !== undefined && now - breakage.since >= shownWithinMs;
}

/** The first problem, if there is any. */
export function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}

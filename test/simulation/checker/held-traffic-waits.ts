import { type DurationMs, type EpochMs, secondMs } from '../../../shared/core/model/time.ts';
import { forwards } from '../../../simulator/data-plane.ts';
import type { CallRecord } from '../../../simulator/ec2/client.ts';
import type { InstanceRecord, RouteTableRecord } from '../../../simulator/ec2/records.ts';
import type { RecordedInvocation } from '../../../simulator/harness/harness.ts';
import type { Play } from '../play/play.ts';
import { firstOf, isForced, type Moment } from './moment.ts';
import { changesBetween, type Picture } from './picture.ts';

/**
 * An instance that goes down, holds that and forwards keeps its zone's traffic until what that is moved to forwards: as
 * long as the caller hears that it holds. Of one that nobody hears nothing is known.
 */
export function heldTrafficWaits(moment: Moment): string | undefined {
  const { before, heardToHold, commands, deleting } = moment;
  if (deleting) return undefined;
  const held = [...before.instances.values()].filter(
    (instance) => heardToHold.has(instance.id) && forwards(instance).ok && !isForced(instance, commands),
  );
  return firstOf(held.map((instance) => takenFrom(instance, moment)));
}

function takenFrom(held: InstanceRecord, moment: Moment): string | undefined {
  const { before, after } = moment;
  const isOf = (picture: Picture, interfaceId: string | undefined) =>
    picture.interfaces.get(interfaceId ?? '')?.attachment?.instanceId;
  const moved = [
    ...changesBetween(before.addresses, after.addresses).map((change) => ({
      from: change.before?.association?.interfaceId,
      to: change.after?.association?.interfaceId,
    })),
    ...changesBetween(before.routeTables, after.routeTables)
      .filter((change) => hasTraffic(change.before, moment))
      .map((change) => ({ from: defaultTarget(change.before), to: defaultTarget(change.after) })),
  ].filter(({ from, to }) => from !== to && isOf(before, from) === held.id);
  const inVain = moved.find(({ to }) => {
    const successor = after.instances.get(isOf(after, to) ?? '');
    return successor === undefined || !(forwards(successor).ok || isNews(successor));
  });
  return (
    inVain && `${held.id} holds its shutdown and forwards, and its traffic goes to ${inVain.to ?? 'nothing'}`
  );
}

/** Somebody may have taken off the Elastic IP: what a route leads to an instance that forwards is not all traffic. */
function hasTraffic(table: RouteTableRecord | undefined, { zones }: Moment): boolean {
  const subnets = (table?.associations ?? []).map(({ subnetId }) => subnetId);
  const egress = subnets.flatMap((id) => zones.flatMap((zone) => zone.egress.get(id ?? '') ?? []));
  return egress.length === 0 || egress.some(({ ok }) => ok);
}

/** It forwarded a moment ago, and what has become of it shows nowhere yet. */
function isNews({ bootedAt, breakage, impairments }: InstanceRecord): boolean {
  return bootedAt !== undefined && (breakage !== undefined || impairments.length > 0);
}

function defaultTarget(table: RouteTableRecord | undefined): string | undefined {
  const target = table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
  return target?.kind === 'interface' ? target.id : undefined;
}

/** The controller goes by a word that is 6 s old at most. */
const freshMs: DurationMs = 5.5 * secondMs;
/** No call takes so long by itself. */
const longCallMs: DurationMs = 5 * secondMs;

/** The instances that hold their shutdown, as the caller has heard in time: it is the only run, and nothing hinders it. */
export function heardToHold(play: Play, call: CallRecord): ReadonlySet<string> {
  const { sim, invocations } = play.harness;
  const held = sim.region.store.instances.current.all().filter(({ heldSince }) => heldSince !== undefined);
  const runs = held.length === 0 ? [] : invocations.filter(({ endedAt }) => endedAt === undefined);
  const caller = runs.find(({ clientName }) => clientName === call.clientName);
  const isAlone = caller !== undefined && runs.length === 1 && !play.isTroubled && !play.doProbesErr;
  return new Set(
    isAlone && !isHindered(call, sim.calls)
      ? held
          .filter((instance) => isHeard(instance, decidedAt(call, sim.calls), caller, play))
          .map(({ id }) => id)
      : [],
  );
}

function isHindered({ clientName }: CallRecord, calls: readonly CallRecord[]): boolean {
  const isOwn = (call: CallRecord) => call.clientName === clientName && call.outcome !== 'under way';
  return calls.some(
    (call) =>
      isOwn(call) && (call.outcome !== 'ok' || (call.answeredAt ?? call.sentAt) - call.sentAt > longCallMs),
  );
}

/** When the first of the calls was sent that follow from the same look. */
function decidedAt({ clientName, sentAt }: CallRecord, calls: readonly CallRecord[]): EpochMs {
  const own = calls.filter((call) => call.clientName === clientName);
  const lookedAt = own.findLast(({ name }) => name.startsWith('Describe'))?.sentAt ?? 0;
  return own.find((call) => !call.name.startsWith('Describe') && call.sentAt >= lookedAt)?.sentAt ?? sentAt;
}

function isHeard(
  { id, heldSince = 0 }: InstanceRecord,
  decided: EpochMs,
  { startedAt }: RecordedInvocation,
  { harness }: Play,
): boolean {
  const told = harness.probes.invocations.findLast(
    ({ about, endedAt, said }) =>
      said !== undefined &&
      endedAt !== undefined &&
      endedAt <= decided &&
      about.some(({ instanceId }) => instanceId === id),
  );
  return told !== undefined && told.at >= Math.max(heldSince, startedAt) && decided - told.at < freshMs;
}

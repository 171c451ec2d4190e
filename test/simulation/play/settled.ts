import { gunzipSync } from 'node:zlib';
import { parseTakenOver } from '../../../shared/aws/parse-taken-over.ts';
import { heardWithinMs } from '../../../shared/core/diagnose/boot-trust.ts';
import { launchLimit } from '../../../shared/core/launch/breaker.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { type DurationMs, hourMs, minuteMs } from '../../../shared/core/model/time.ts';
import { hasEgress } from '../../../simulator/data-plane.ts';
import type { InstanceRecord, InterfaceRecord, RouteTableRecord } from '../../../simulator/ec2/records.ts';
import { environmentOf } from '../../../simulator/harness/environment.ts';
import { prepareOnce } from '../../../simulator/harness/prepare-once.ts';
import { homeOf, settingsNameOf, type ZoneTopology } from '../../../simulator/topology.ts';
import { wakeOf } from '../checker/moment.ts';
import type { Play } from './play.ts';

/** From the last fault on. What takes longest is a candidate that never gets ready, and then one that does. */
export const settlesWithinMs: DurationMs = 15 * minuteMs;
/** The same where a zone has had many launches, or takeovers: its back-off, or the breaker's hour, has to pass first. */
export const settlesAtLastMs: DurationMs = hourMs + 30 * minuteMs;
/** After so many the next launch has to wait a minute and more. */
const manyLaunches = 4;

/** Within which bound every zone has to settle, from what the account says of its launches. */
export function settlesWithin(play: Play): DurationMs {
  const { sim, settings, topology } = play.harness;
  const launches = (zoneName: string) =>
    sim.region.store.instances.current
      .all()
      .filter((instance) => homeOf(instance) === zoneName && instance.tags[tagKeys.stack] === settings.stack)
      .filter(({ launchedAt }) => play.now - launchedAt < settlesAtLastMs).length;
  const many = Math.min(manyLaunches, launchLimit('due', settings.maxLaunchesPerHour));
  const isLate = topology.zones.some(({ name }) => launches(name) >= many) || isContended(play);
  const settlesMs = isLate ? settlesAtLastMs : settlesWithinMs;
  return settlesMs + topology.zones.length * hearingMs(play);
}

/** So many times within the hour a route is taken over, and then no more; the last time in vain, so that it waits for that. */
const manyTakeovers = 3;

function isContended({ harness, now }: Play): boolean {
  const { store } = harness.sim.region;
  return harness.topology.zones
    .flatMap(({ privateRouteTableIds }) => privateRouteTableIds)
    .flatMap((id) => parseTakenOver(store.routeTables.current.get(id)?.tags[tagKeys.takenOver] ?? '') ?? [])
    .filter(({ ledBack }) => ledBack !== undefined)
    .some(({ at }) => at.filter((time) => now - time < settlesAtLastMs).length >= manyTakeovers);
}

/** Zones are replaced one after the other, and each new instance is waited for until its boot can have been heard. */
function hearingMs({ harness }: Play): DurationMs {
  const { consoleDelay } = harness.sim.region.behaviour;
  return consoleDelay === 'empty' ? heardWithinMs : consoleDelay.maxMs;
}

/** Why it cannot be said yet that all is settled: something is left to do, or the controller has not noticed that nothing is. */
export function pendingIn(play: Play): string | undefined {
  const { harness } = play;
  const undone = undoneIn(play);
  if (undone !== undefined) return undone;
  const seen = harness.invocations.findLast(
    ({ report }) => report !== undefined && report.outcome !== 'ignored',
  );
  // A run that began before, or an operator's command, speaks of what was.
  const speaks = seen !== undefined && seen.startedAt >= play.calmSince && wakeOf(seen) !== 'command';
  return speaks && harness.isSettled() ? undefined : 'no run has ended with "settled" yet';
}

/**
 * What is left to do in the account, or nothing: one instance in each zone, launched as the settings say, with nothing
 * against it; its Elastic IP, active routes, and no orphaned instance or network interface.
 */
export function undoneIn(play: Play): string | undefined {
  for (const zone of play.harness.topology.zones) {
    const undone = undoneInZone(zone, play);
    if (undone !== undefined) return `${zone.name}: ${undone}`;
  }
  return undefined;
}

/** About what is lost beyond the account there is nothing to do. */
const beyond = /^upstream of /;
/** What only a probe can tell. */
const packetsAlone = /^upstream of | does not forward$/;

/** Nothing but packets may be amiss. */
export function isInOrder(zone: ZoneTopology, play: Play): boolean {
  return undoneInZone(zone, play, packetsAlone) === undefined;
}

/** The same of one zone; `excused`: subnets that are offline for such a reason are left out. */
export function undoneInZone(zone: ZoneTopology, play: Play, excused = beyond): string | undefined {
  const { store } = play.harness.sim.region;
  const [instance, ...more] = play.instancesIn(zone.name);
  if (instance === undefined) return 'no instance';
  if (more.length > 0) return `${1 + more.length} instances`;
  if (instance.state !== 'running') return `${instance.id} is ${instance.state}`;
  if (instance.heldSince !== undefined) return `${instance.id} holds its shutdown`;
  const interfaces = interfacesOf(zone, instance, play);
  const only = interfaces.find(({ attachment }) => attachment?.instanceId === instance.id);
  if (only === undefined) return `${instance.id} has no interface`;
  const others = interfaces.filter(({ id }) => id !== only.id);
  const amissBeside = besides(others, zone, play);
  if (amissBeside !== undefined) return amissBeside;
  return (
    against(instance, play) ??
    amiss(instance, only, play) ??
    aside(zone, instance, only, play) ??
    offline(zone, play, excused) ??
    zone.privateRouteTableIds
      .filter((id) => !leadsTo(store.routeTables.current.get(id), only.id))
      .map((id) => `the default route of ${id} does not lead to ${only.id}`)[0] ??
    watchesAnother(zone, instance, play)
  );
}

/** Its neighbour's only instance is to be watched; while that has several or none, whom, nobody can say. */
function watchesAnother(zone: ZoneTopology, { id, tags }: InstanceRecord, play: Play): string | undefined {
  const { topology, watches } = play.harness;
  const lookedAfter = topology.zones.find((other) => play.neighbourOf(other) === settingsNameOf(zone.name));
  const [only, ...more] = lookedAfter === undefined ? [] : play.instancesIn(lookedAfter.name);
  if (watches === undefined || only?.state !== 'running' || more.length > 0) return undefined;
  return tags[tagKeys.watch]?.split(' ')[1] === only.id ? undefined : `${id} does not watch ${only.id}`;
}

/** A spare one where there is to be one, and nothing else. */
function besides(others: readonly InterfaceRecord[], zone: ZoneTopology, play: Play): string | undefined {
  const isKept = play.harness.settings.spareInterface === 'on';
  const isSpare = ({ attachment, subnetId }: InterfaceRecord) =>
    isKept && attachment === undefined && subnetId === zone.publicSubnetId;
  const spare = others.find(isSpare);
  const orphans = others.filter((other) => other !== spare);
  if (orphans.length > 0) return `${orphans.map(({ id }) => id).join(', ')} left over`;
  return isKept && spare === undefined ? 'no spare interface' : undefined;
}

function interfacesOf(zone: ZoneTopology, instance: InstanceRecord, { harness }: Play): InterfaceRecord[] {
  return harness.sim.region.store.interfaces.current
    .all()
    .filter(
      (record) =>
        homeOf(record) === zone.name &&
        (record.tags[tagKeys.stack] === harness.settings.stack ||
          (record.attachment?.instanceId === instance.id && record.attachment.deviceIndex === 0)),
    );
}

/** Why it is to be replaced. */
function against({ id, tags, scheduledEvents }: InstanceRecord, { harness }: Play): string | undefined {
  const mark = tags[tagKeys.replace];
  // That requests failed through it once is noted, and no reason to replace it.
  if (mark !== undefined && !mark.startsWith('requests-failed '))
    return `${id} is marked for replacement: ${mark}`;
  if (scheduledEvents.length > 0) return `${id} is scheduled for ${scheduledEvents[0]?.code}`;
  return tags[tagKeys.spec] === prepareOnce(environmentOf(harness.settings)).specHash
    ? undefined
    : `${id} was launched with other settings`;
}

/** What was launched, beside what the settings ask for; the hash that is tagged on it is the controller's own word. */
function amiss(
  { id, launch }: InstanceRecord,
  { groupIds }: InterfaceRecord,
  { harness }: Play,
): string | undefined {
  const { instanceTypes, securityGroupIds } = harness.settings;
  if (!instanceTypes.includes(launch.instanceType)) return `${id} is a ${launch.instanceType}`;
  if (!launch.encryptedVolume) return `the volume of ${id} is not encrypted`;
  if (launch.httpTokens !== 'required') return `${id} takes IMDSv1`;
  if (groupIds.toSorted().join() !== securityGroupIds.toSorted().join()) {
    return `${id} has the security groups ${groupIds.join(', ')}`;
  }
  return launch.userData ===
    prepareOnce(environmentOf(harness.settings)).userData({
      others: { cidrs: launch.otherCidrs, nats: launch.natCidrs, mark: '' },
      ...predecessorOf(launch),
    })
    ? undefined
    : `${id} was booted with other files`;
}

type Predecessor = { readonly predecessorIp?: string };
/** A launch stays as it was, and is asked about at every change of the account. */
const predecessors = new WeakMap<InstanceRecord['launch'], Predecessor>();

/** Whose place it was to take. */
function predecessorOf(launch: InstanceRecord['launch']): Predecessor {
  const known = predecessors.get(launch);
  if (known !== undefined) return known;
  const text = gunzipSync(Buffer.from(launch.userData ?? '', 'base64')).toString();
  const [, predecessorIp] = /^ *PREDECESSOR=([\d.]+)$/m.exec(text) ?? [];
  const read = predecessorIp === undefined ? {} : { predecessorIp };
  predecessors.set(launch, read);
  return read;
}

/** What belongs to the zone's Elastic IP: its place, and the note of the image that works. */
function aside(
  zone: ZoneTopology,
  { launch }: InstanceRecord,
  { id }: InterfaceRecord,
  { harness }: Play,
): string | undefined {
  const address = harness.sim.region.store.addresses.current.get(zone.allocationId);
  if (address?.association?.interfaceId !== id) return `${zone.allocationId} is not on ${id}`;
  const isNoted = address.tags[tagKeys.lastGoodImage]?.includes(launch.imageId) ?? false;
  return isNoted ? undefined : `${launch.imageId} is not noted as the last good image`;
}

function offline(zone: ZoneTopology, { harness }: Play, excused: RegExp): string | undefined {
  for (const id of zone.privateSubnetIds) {
    const egress = hasEgress(harness.sim, id);
    if (!egress.ok && !excused.test(egress.why)) return `${id}: ${egress.why}`;
  }
  return undefined;
}

function leadsTo(table: RouteTableRecord | undefined, interfaceId: string): boolean {
  const target = table?.routes.find(({ destination }) => destination === '0.0.0.0/0')?.target;
  return target?.kind === 'interface' && target.id === interfaceId;
}

import type { Outage } from '../simulator/data-plane.ts';
import type { Recording } from './recording.ts';
import type { TimelineEntry, ZoneOutage } from './scenario-result.ts';

export type SubnetOutage = {
  readonly subnetId: string;
  readonly fromMs: number;
  readonly toMs?: number;
  readonly why: string;
};

/** What the meter saw since the recording began; an outage that was there already counts from its beginning. */
export function outagesIn(recording: Recording): SubnetOutage[] {
  const { harness, startedAt } = recording;
  const matters = ({ to }: Outage) => to === undefined || to > startedAt;
  return harness.meter
    .outages()
    .filter(matters)
    .map(({ subnetId, from, to, why }) => ({
      subnetId,
      fromMs: Math.max(0, recording.since(from)),
      why,
      ...(to === undefined ? {} : { toMs: recording.since(to) }),
    }));
}

export function zoneOutages(recording: Recording): ZoneOutage[] {
  const { harness } = recording;
  const nowMs = recording.since(harness.clock.now());
  const outages = outagesIn(recording);
  return harness.settings.zones.map((zone) => {
    const subnets = zone.privateSubnetIds.map((subnetId) => ({
      subnetId,
      outageMs: outages
        .filter((outage) => outage.subnetId === subnetId)
        .reduce((sum, { fromMs, toMs = nowMs }) => sum + toMs - fromMs, 0),
    }));
    return { zone: zone.name, outageMs: Math.max(...subnets.map(({ outageMs }) => outageMs)), subnets };
  });
}

/** Egress lost and egress back, the subnets of a zone together where it happens at once. */
export function egressEntries(recording: Recording): TimelineEntry[] {
  const single = outagesIn(recording).flatMap(({ subnetId, fromMs, toMs, why }) => {
    const zone = recording.zoneOf(subnetId) ?? '';
    const lost = { atMs: fromMs, zone, subnetId, change: { to: 'lost', why } } as const;
    return toMs === undefined
      ? [lost]
      : [lost, { atMs: toMs, zone, subnetId, change: { to: 'back', afterMs: toMs - fromMs } } as const];
  });
  const together = Map.groupBy(single, ({ atMs, zone, change }) => `${atMs} ${zone} ${change.to}`);
  return [...together.values()].flatMap((entries) => {
    const [first] = entries;
    return first === undefined
      ? []
      : [
          {
            kind: 'egress' as const,
            atMs: first.atMs,
            zone: first.zone,
            subnetIds: entries.map(({ subnetId }) => subnetId),
            change: first.change,
          },
        ];
  });
}

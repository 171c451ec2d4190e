import type { ZoneName } from '../model/ids.ts';
import type { Report, ZoneReport } from './report.ts';

/** What a run adds to the metrics. Counts and seconds of this run only; CloudWatch does the summing. */
export type Measure = {
  readonly name: MeasureName;
  /** Absent where it is about the whole stack. */
  readonly zone?: ZoneName;
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds' | 'Bytes/Second' | 'Percent';
  readonly value: number;
};

export type MeasureName =
  | 'HealthyZones'
  | 'UnhealthyZones'
  | 'OpenBreakers'
  | 'Attention'
  | 'Failovers'
  | 'OutageSeconds'
  /**
   * Launches that EC2 accepted. Runs beside each other that send the same client token are answered with one instance, and
   * each counts it: EC2's launch times have whole seconds, so that an answer does not tell who was first.
   */
  | 'Launches'
  | 'ApiErrors'
  | 'RunTime'
  | 'LongestStandIn'
  | LoadMeasureName;

/** Of each zone whose instance tells its load: three, since each costs 0.30 USD a month; the rest is in the report. */
type LoadMeasureName = 'BytesPerSecond' | 'ConnectionsUsed' | 'HeldUpPackets';

/** Zeros are sent too: an alarm must be able to tell "nothing happened" from "no run took place". */
export function measure(report: Report, runTimeMs: number): Measure[] {
  const openBreakers = report.zones.filter(({ breaker }) => breaker?.open === true).length;
  const steps = report.zones.flatMap((zone) => zone.steps).filter(({ result }) => result.kind === 'done');
  const outageMs = report.zones.reduce((sum, zone) => sum + (zone.outageMs ?? 0), 0);
  return [
    ...healthOf(report.zones),
    { name: 'OpenBreakers', unit: 'Count', value: openBreakers },
    { name: 'Attention', unit: 'Count', value: report.outcome === 'attention' ? 1 : 0 },
    { name: 'Failovers', unit: 'Count', value: failovers(report) },
    { name: 'OutageSeconds', unit: 'Seconds', value: outageMs / 1000 },
    { name: 'Launches', unit: 'Count', value: steps.filter(({ kind }) => kind === 'launch').length },
    { name: 'ApiErrors', unit: 'Count', value: report.calls.failed },
    { name: 'RunTime', unit: 'Milliseconds', value: runTimeMs },
    ...longestStandIn(report),
    ...report.zones.flatMap(loadOf),
  ];
}

/**
 * Only while one lasts, so that a stack which never needs it pays nothing for it. One for the stack: each metric costs 0.30
 * USD a month, and the report says which zone it is.
 */
function longestStandIn({ zones, times }: Report): Measure[] {
  const since = zones.flatMap(({ standIn }) =>
    standIn?.since === undefined ? [] : [Date.parse(standIn.since)],
  );
  const lastedMs = Date.parse(times.ended) - Math.min(...since);
  return since.length === 0
    ? []
    : [{ name: 'LongestStandIn', unit: 'Seconds', value: Math.max(0, lastedMs / 1000) }];
}

/**
 * All of one whole minute, so that runs which tell the same minute twice change no average and no maximum: a sum would
 * count it twice. What is not known is not sent.
 */
function loadOf({ zone, load }: ZoneReport): Measure[] {
  const of = (name: LoadMeasureName, unit: Measure['unit'], value: number | undefined): Measure[] =>
    value === undefined ? [] : [{ name, zone, unit, value }];
  return [
    ...of('BytesPerSecond', 'Bytes/Second', load?.bytesPerSecond),
    ...of('ConnectionsUsed', 'Percent', load?.connections?.usedPercent),
    ...of('HeldUpPackets', 'Count', load?.heldUp),
  ];
}

/**
 * The unhealthy ones zone by zone too, since the person on call wants to know which. CloudWatch adds nothing up over a
 * dimension, so the stack's sum is a metric of its own (CloudWatch User Guide, "Dimensions").
 */
function healthOf(zones: Report['zones']): Measure[] {
  const healthy = zones.filter((zone) => zone.health === 'healthy' && !isUnhealthy(zone)).length;
  const unhealthy = zones.filter(isUnhealthy).length;
  return [
    { name: 'HealthyZones', unit: 'Count', value: healthy },
    { name: 'UnhealthyZones', unit: 'Count', value: unhealthy },
    ...zones.map(
      (zone): Measure => ({
        name: 'UnhealthyZones',
        zone: zone.zone,
        unit: 'Count',
        value: isUnhealthy(zone) ? 1 : 0,
      }),
    ),
  ];
}

/** Served by its own instance, by a NAT gateway that still has, or has again, its routes, or by a neighbour that stands in. */
export function isServed(health: ZoneReport['health']): boolean {
  return health === 'healthy' || health === 'served-by-other' || health === 'stood-in';
}

/** That a zone is not served is a reason to wake somebody. Requests that fail are one, whatever EC2 says. */
function isUnhealthy({ health, egress }: ZoneReport): boolean {
  return egress === 'fails' || !isServed(health);
}

/** Zones with clients whose traffic this run moved to another instance: an Elastic IP or a route that a repair put back is none. */
function failovers(report: Report): number {
  const zones = report.zones.filter(({ standbyFor }) => standbyFor === undefined);
  return zones.filter(({ steps }) =>
    steps.some(
      ({ kind, purpose, result }) =>
        (kind === 'associate-address' || kind === 'set-default-route') &&
        (purpose === 'recovery' || purpose === 'replacement') &&
        result.kind === 'done',
    ),
  ).length;
}

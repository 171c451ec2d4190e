import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../../../shared/core/model/reading.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { buildReport } from '../../../../shared/core/report/build-report.ts';
import { measure } from '../../../../shared/core/report/metrics.ts';
import type { StepReport } from '../../../../shared/core/report/report.ts';
import { anInstance, diagnoseAndPlan, id, now, snapshotOf, someSettings } from '../a-snapshot.ts';
import { scene } from '../a-stand-in.ts';
import { anAnswer, aReading, someHealth } from '../some-readings.ts';
import { a, failure, input, runWith, step } from './a-report.ts';

describe('the measures', () => {
  const valuesOf = (...steps: StepReport[]) => {
    const { run, zone } = runWith(...steps);
    zone.trouble = { since: now, knownFrom: 'event' };
    zone.restored = { at: now + 2_500, knownFrom: 'ec2' };
    const report = buildReport(
      input({ run, calls: { describe: 1, mutating: 1, failed: 3 } }, { instances: [anInstance('a')] }),
    );
    const values = new Map(
      measure(report, 42).map(({ name, zone = '', value }) => [`${name}${zone}`, value]),
    );
    return {
      HealthyZones: values.get('HealthyZones'),
      UnhealthyZones: values.get('UnhealthyZones'),
      ofA: values.get('UnhealthyZonesa'),
      ofB: values.get('UnhealthyZonesb'),
      Failovers: values.get('Failovers'),
      OutageSeconds: values.get('OutageSeconds'),
      Launches: values.get('Launches'),
      ApiErrors: values.get('ApiErrors'),
      RunTime: values.get('RunTime'),
    };
  };

  it('count zones, failovers, launches, errors and time', () => {
    expect(valuesOf(step(), step({ kind: 'launch' }))).toEqual({
      HealthyZones: 1,
      UnhealthyZones: 1,
      ofA: 0,
      ofB: 1,
      Failovers: 1,
      OutageSeconds: 2.5,
      Launches: 1,
      ApiErrors: 3,
      RunTime: 42,
    });
  });

  it('wake nobody for a zone that its neighbour carries, and say how long it has', () => {
    const { diagnoses, context } = scene({
      isCarried: true,
      addressOfA: { stoodIn: { by: id('instance', 'b1'), at: now - 5 * minuteMs } },
    });
    const report = buildReport(input({ diagnoses, plans: plan(diagnoses, context), endedAt: now }));
    const values = measure(report, 1);

    expect(report.zones[0]?.health).toBe('stood-in');
    expect(values.find(({ name, zone }) => name === 'UnhealthyZones' && zone === a)?.value).toBe(0);
    expect(values.filter(({ name }) => name === 'LongestStandIn')).toEqual([
      { name: 'LongestStandIn', unit: 'Seconds', value: 300 },
    ]);
    expect(measure(buildReport(input({})), 1).some(({ name }) => name === 'LongestStandIn')).toBe(false);
  });

  it('wake nobody for a zone that a NAT gateway serves', () => {
    const { diagnoses } = diagnoseAndPlan(snapshotOf());
    const served = diagnoses.map((each, index) =>
      each.kind === 'diagnosed' && index === 0 ? { ...each, health: 'served-by-other' as const } : each,
    );
    const values = measure(buildReport(input({ diagnoses: served })), 1);

    expect(values.filter(({ name }) => name === 'UnhealthyZones').map(({ value }) => value)).toEqual([
      0, 0, 0,
    ]);
    expect(values.find(({ name }) => name === 'HealthyZones')?.value).toBe(1);
  });

  it('count no failover of a standby, which has no clients', () => {
    const { run } = runWith(step());
    const [zoneA] = someSettings().zones;
    const report = buildReport(input({ run }, { instances: [anInstance('a')] }));
    const [ofA] = report.zones;
    const zones = ofA && zoneA ? [{ ...ofA, standbyFor: zoneA.name }] : [];

    expect(measure({ ...report, zones }, 1).find(({ name }) => name === 'Failovers')?.value).toBe(0);
  });

  it('do not count a repair as a failover, nor what failed', () => {
    expect(valuesOf(step({ purpose: 'repair' })).Failovers).toBe(0);
    expect(valuesOf(step({ result: { kind: 'failed', failure } })).Failovers).toBe(0);
    expect(valuesOf(step({ kind: 'launch', result: { kind: 'failed', failure } })).Launches).toBe(0);
    expect(valuesOf(step({ kind: 'set-default-route', purpose: 'replacement' })).Failovers).toBe(1);
  });

  const withReadings = (answer: ProbeAnswer, times = 1) => {
    const readings = new Map([[a, Array.from({ length: times }, () => aReading(answer, now - 100))]]);
    const { diagnoses } = diagnoseAndPlan({ ...snapshotOf(), readings });
    return measure(buildReport(input({ diagnoses })), 1);
  };

  it('tell the load of each zone whose instance tells it, and send nothing that is not known', () => {
    const load = { bytes: 6_000, packets: 60, connections: { used: 500, most: 1_000 }, dropped: 3 };
    const ofLoad = withReadings(anAnswer(true, someHealth({ load }))).slice(-3);
    const silent = withReadings(anAnswer(true, 'silent'));

    expect(ofLoad).toEqual([
      { name: 'BytesPerSecond', zone: 'a', unit: 'Bytes/Second', value: 100 },
      { name: 'ConnectionsUsed', zone: 'a', unit: 'Percent', value: 50 },
      { name: 'HeldUpPackets', zone: 'a', unit: 'Count', value: 3 },
    ]);
    expect(silent.at(-1)?.name).toBe('RunTime');
  });

  it('count a zone in which requests fail as unhealthy, whatever EC2 says', () => {
    const values = withReadings(anAnswer(false, someHealth()), 3);
    const measured = (name: string, zone?: string) =>
      values.find((entry) => entry.name === name && entry.zone === zone)?.value;

    expect([measured('HealthyZones'), measured('UnhealthyZones'), measured('UnhealthyZones', 'a')]).toEqual([
      1, 1, 1,
    ]);
  });
});

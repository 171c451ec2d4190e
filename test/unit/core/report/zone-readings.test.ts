import { describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../../infra/read-bootstrap-files.ts';
import {
  type NatHealth,
  noGuard,
  type ProbeAnswer,
  type Reading,
} from '../../../../shared/core/model/reading.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import { buildReport } from '../../../../shared/core/report/build-report.ts';
import {
  anInstance,
  aTable,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
  someSettings,
} from '../a-snapshot.ts';
import { anAnswer, noReading, someHealth, times } from '../some-readings.ts';
import { a, input } from './a-report.ts';

function reportOf(
  readings: readonly Reading[],
  scene: Partial<Scene> = {},
  options: Parameters<typeof diagnoseAndPlan>[1] = {},
) {
  const seen = { ...snapshotOf(scene), readings: new Map([[a, readings]]) };
  const { diagnoses } = diagnoseAndPlan(seen, options);
  const report = buildReport(input({ diagnoses }));
  const [zone] = report.zones;
  if (zone === undefined) throw new Error('zone a is reported');
  return { zone, outcome: report.outcome };
}

const passing = (health: Partial<NatHealth> = {}, more: Partial<ProbeAnswer> = {}) =>
  times(1, { ...anAnswer(true, someHealth(health)), ...more });
const codesOf = ({ zone }: ReturnType<typeof reportOf>) => zone.findings.map(({ code }) => code);

describe('what the readings add to a report', () => {
  it('is the probe, the load of the instance and what its guard has repaired', () => {
    const { zone, outcome } = reportOf(passing({ load: { bytes: 600 }, repairs: 2 }));

    expect(zone).toMatchObject({
      egress: 'passes',
      probe: { latencyMs: 50 },
      load: { instanceId: 'i-000000a1', bytesPerSecond: 10 },
      primary: { repairs: 2 },
    });
    expect([zone.findings, outcome]).toEqual([[], 'settled']);
  });

  it('is nothing of an instance that was not heard', () => {
    const { zone } = reportOf([noReading(0)]);

    expect(zone).not.toHaveProperty('load');
    expect(zone.primary).not.toHaveProperty('repairs');
    expect(reportOf([], { instances: [] }).zone).not.toHaveProperty('load');
  });

  it('is the boot of a young instance, as far as it has said', () => {
    const milestones = { address: 9_200, rules: 9_480, forwarding: 9_600, health: 10_100 };
    const bootOf = (ageMs: number, health: Partial<NatHealth>) =>
      reportOf(passing(health), { instances: [anInstance('a', { launchedAt: now - ageMs })] }).zone.boot;
    const instanceId = 'i-000000a1';

    expect(bootOf(minuteMs, { milestones })).toEqual({
      instanceId,
      address: 9.2,
      rules: 9.48,
      forwarding: 9.6,
      health: 10.1,
    });
    expect(bootOf(15 * minuteMs, { milestones: { egress: 11_000 } })).toEqual({ instanceId, egress: 11 });
    expect(bootOf(15 * minuteMs + 1, { milestones })).toBeUndefined();
    expect(bootOf(minuteMs, { milestones: {} })).toBeUndefined();
  });

  it('is a finding where the rules came late, and the run is settled all the same', () => {
    const report = reportOf(passing({ early: 'there is no python3' }));

    expect([codesOf(report), report.outcome]).toEqual([['rules-late'], 'settled']);
    expect(report.zone.findings[0]?.detail).toMatch(
      /^i-000000a1 .*\(there is no python3\).*nothing need be done/,
    );
    expect(codesOf(reportOf(passing({ early: 'loaded' })))).toEqual([]);
  });

  it('is a finding where the flow table that is asked for is not taken, and no more', () => {
    const report = reportOf(passing({ flowTable: false }));

    expect([codesOf(report), report.outcome]).toEqual([['no-flow-table'], 'settled']);
    expect(report.zone.findings[0]?.detail).toMatch(/kernel of i-000000a1 .*all pass.*FlowTable=off/);
    expect(codesOf(reportOf(passing({ flowTable: true })))).toEqual([]);
    const launchedOtherwise = { instances: [anInstance('a', { specHash: 'other' })] };
    expect(codesOf(reportOf(passing({ flowTable: false }), launchedOtherwise))).not.toContain(
      'no-flow-table',
    );
  });

  it('is a finding where clients are to be asked and can not be, and no more', () => {
    const cannotAsk = 'Could not process rule';
    const report = reportOf(passing({ cannotAsk }));

    expect([codesOf(report), report.outcome]).toEqual([['clients-not-asked'], 'settled']);
    expect(report.zone.findings[0]?.detail).toMatch(
      /i-000000a1 asks no client .*\(Could not process rule\): all pass.*KeepConnections=senders/,
    );
    const launchedOtherwise = { instances: [anInstance('a', { specHash: 'other' })] };
    expect(codesOf(reportOf(passing({ cannotAsk }), launchedOtherwise))).not.toContain('clients-not-asked');
  });

  it('is a finding where they are to be asked, and the program has not begun ten minutes after a boot', () => {
    const heard = (health: Partial<NatHealth>, keepConnections: 'all' | 'senders' = 'all') =>
      reportOf(
        passing({ uptimeMs: 11 * minuteMs, ...health }),
        {},
        { settings: someSettings({ keepConnections }) },
      );
    const report = heard({ tellsOfAsking: false });

    expect([codesOf(report), report.outcome]).toEqual([['clients-not-asked'], 'settled']);
    expect(report.zone.findings[0]?.detail).toMatch(
      /^KeepConnections is all, and i-000000a1 asks no client .* as far as is known: 11 minutes after .*phoenat-paging/,
    );
    expect(codesOf(heard({ tellsOfAsking: false, uptimeMs: 10 * minuteMs }))).toEqual([]);
    expect(codesOf(heard({ tellsOfAsking: true }))).toEqual([]);
    expect(codesOf(heard({}))).toEqual([]);
    expect(codesOf(heard({ tellsOfAsking: false }, 'senders'))).toEqual([]);
  });

  it('is a finding where nobody guards the rules, with what else it says, and nothing is replaced', () => {
    const guard = { what: noGuard, forMs: 4_000 };
    const unreachable = { what: 'nftables cannot be installed', forMs: 700_000 };
    const report = reportOf(passing({ problems: [unreachable, guard] }));

    expect([codesOf(report), report.outcome]).toEqual([['unguarded'], 'settled']);
    expect(report.zone.findings[0]?.detail).toMatch(
      /guard of i-000000a1 .*says it, and besides: nftables cannot be installed: it forwards all the same/,
    );
    expect(reportOf(passing({ problems: [guard] })).zone.findings[0]?.detail).toContain(
      'says it: it forwards',
    );
    expect(codesOf(reportOf(passing({ problems: [unreachable] })))).toEqual([]);
  });

  it('reads of the guard in the words that the instance says', () => {
    expect(readBootstrapFiles()['health.sh']).toContain(`problem_is guard "${noGuard}"`);
  });

  it('is a finding where the instance is too small', () => {
    expect(codesOf(reportOf(passing({ load: { dropped: 600 } })))).toEqual(['instance-too-small']);
    expect(codesOf(reportOf(passing({ load: { dropped: 6 } })))).toEqual([]);
  });

  it('is a finding where requests leave by another address, with both', () => {
    const report = reportOf(passing({}, { publicIp: '198.51.100.9' }));

    expect(codesOf(report)).toEqual(['address-not-seen']);
    expect(report.zone.findings[0]?.detail).toMatch(
      /^requests from zone a are seen as 198\.51\.100\.9, and its Elastic IP is 203\.0\.113\.1:/,
    );
    expect(codesOf(reportOf(passing({}, { publicIp: '203.0.113.1' })))).toEqual([]);
  });

  it('is none where another NAT serves the zone: its address is to be seen', () => {
    const table = (nth: number) =>
      aTable('a', nth, {
        defaultRoute: { target: { kind: 'nat-gateway', id: id('natGateway', '1') }, state: 'active' },
      });
    const report = reportOf(passing({}, { publicIp: '198.51.100.9' }), {
      routeTables: [...snapshotTablesOfB(), table(1), table(2)],
    });

    expect(report.zone.health).toBe('served-by-other');
    expect(codesOf(report)).not.toContain('address-not-seen');
  });

  it('is no settled run where requests fail, whatever EC2 says', () => {
    const { zone, outcome } = reportOf(times(3, anAnswer(false, someHealth())));

    expect([zone.egress, outcome]).toEqual(['fails', 'attention']);
  });
});

function snapshotTablesOfB() {
  const { routeTables } = snapshotOf();
  const tables = routeTables.known ? routeTables.value.items : [];
  return tables.filter(({ subnetIds }) => !subnetIds.some((subnet) => /a[12]$/.test(subnet)));
}

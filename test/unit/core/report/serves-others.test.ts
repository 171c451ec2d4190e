import { describe, expect, it } from 'vitest';
import type { RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { buildReport } from '../../../../shared/core/report/build-report.ts';
import type { Report } from '../../../../shared/core/report/report.ts';
import { startRun } from '../../../../shared/loop/run.ts';
import {
  aTable,
  diagnoseAndPlan,
  id,
  mainTable,
  now,
  publicTable,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';

const ofB = [aTable('b', 1), aTable('b', 2)];
const unnamed = (count: number) => Array.from({ length: count }, (_, nth) => id('subnet', `e${nth}`));

function reportOf(...tablesOfA: readonly RouteTable[]): Report {
  const scene = { routeTables: [publicTable, ...tablesOfA, ...ofB] };
  const { diagnoses, plans } = diagnoseAndPlan(snapshotOf(scene));
  return buildReport({
    trigger: { kind: 'look', source: 'schedule', at: now },
    run: startRun([zoneName('a'), zoneName('b')], now, now),
    diagnoses,
    plans,
    calls: { describe: 6, mutating: 0, failed: 0 },
    endedAt: now,
    maxLaunchesPerHour: 4,
  });
}

const told = ({ zones }: Report) => zones.flatMap(({ findings }) => findings);

describe('a private table that serves subnets which no zone names', () => {
  it('is told of, in its own zone, and changes nothing else about a settled one', () => {
    const served = [id('subnet', 'a1'), ...unnamed(1)];
    const report = reportOf(mainTable, aTable('a', 1, { subnetIds: served }), aTable('a', 2));

    expect(report.outcome).toBe('settled');
    expect(report.zones.map(({ health }) => health)).toEqual(['healthy', 'healthy']);
    expect(report.zones.map(({ findings }) => findings)).toEqual([
      [
        {
          code: 'serves-others',
          detail:
            'rtb-000000a1 serves subnet-000000e0, which no zone names: what they send to the internet goes through the NAT instance of zone a too; name them in zone a, or give its private subnets a route table of their own',
        },
      ],
      [],
    ]);
  });

  it('names a few of many', () => {
    const served = [id('subnet', 'a1'), ...unnamed(8)];
    const [first] = told(reportOf(mainTable, aTable('a', 1, { subnetIds: served }), aTable('a', 2)));

    expect(first?.detail).toContain('subnet-000000e4 and 3 more, which no zone names');
    expect(first?.detail).not.toContain('subnet-000000e5');
  });

  it('is the main table, whoever else is on it', () => {
    const { subnetIds: _, ...route } = aTable('a', 1);
    const onMain = (subnetIds: RouteTable['subnetIds']) => ({ ...route, ...mainTable, subnetIds });
    const details = [[], unnamed(1)].flatMap((ids) =>
      told(reportOf(onMain(ids), aTable('a', 2))).map(({ detail }) => detail.split(':')[0]),
    );

    expect(details).toEqual([
      "rtb-000000ff is the VPC's main table and serves every subnet without a table of its own",
      "rtb-000000ff serves subnet-000000e0, which no zone names; it is the VPC's main table and serves every subnet without a table of its own",
    ]);
  });

  it('is no table of the other zone, and not one that is left alone', () => {
    const shared = aTable('a', 1, { subnetIds: [id('subnet', 'a1'), id('subnet', 'b1'), ...unnamed(1)] });
    const codes = told(reportOf(mainTable, shared, aTable('a', 2))).map(({ code }) => code);

    expect(codes).not.toContain('serves-others');
    expect(told(reportOf(mainTable, aTable('a', 1), aTable('a', 2)))).toEqual([]);
  });
});

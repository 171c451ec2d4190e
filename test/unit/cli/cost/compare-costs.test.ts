import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  compareCosts,
  type GatewayUse,
  gatewayCents,
  made,
  type Setup,
} from '../../../../cli/cost/compare-costs.ts';
import { pricesFor } from '../../../../cli/cost/prices.ts';
import { hourMs } from '../../../../shared/core/model/time.ts';
import { measure } from '../../../../shared/core/report/metrics.ts';
import type { Report } from '../../../../shared/core/report/report.ts';
import { zoneName } from '../../core/a-snapshot.ts';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** What the template's prose calls a month. */
const month = { startMs: 0, endMs: 730 * hourMs, label: 'a month' };
const gateway: GatewayUse = { id: 'nat-1', zones: ['us-east-1a'], hours: 730, bytes: 0, publicIps: 1 };

function setup(over: Partial<Setup> = {}): Setup {
  return { zones: 1, instanceType: 't4g.nano', prices: pricesFor('us-east-1'), period: month, ...over };
}

function linesOf({ lines }: Comparison, side: 'gateways' | 'phoenat', part: 'zone' | 'controller') {
  return lines.filter((line) => line.part === part).map((line) => line[side]?.cents ?? 0);
}

const sum = (cents: readonly number[]) => cents.reduce((total, each) => total + each, 0);

describe('an idle zone in us-east-1', () => {
  it('costs what the README says', () => {
    const comparison = compareCosts([gateway], setup());
    expect(linesOf(comparison, 'gateways', 'zone')).toEqual([3285, 0, 365, 0]);
    expect(linesOf(comparison, 'phoenat', 'zone')).toEqual([307, 0, 365, 64]);
    const readme = read('README.md');
    const idle = /\| \*\*idle\*\* \| \*\*([\d.]+)\*\* \| \*\*([\d.]+)\*\* \|/.exec(readme);
    expect(sum(linesOf(comparison, 'gateways', 'zone'))).toBe(Math.round(Number(idle?.[1]) * 100));
    expect(sum(linesOf(comparison, 'phoenat', 'zone'))).toBe(Math.round(Number(idle?.[2]) * 100));
  });

  it('has a controller beside it, by the stack and the zone', () => {
    const one = linesOf(compareCosts([], setup()), 'phoenat', 'controller');
    expect(one).toEqual([30, 8, 390, 80, 50, 300]);
    expect(linesOf(compareCosts([], setup({ zones: 3 })), 'phoenat', 'controller')).toEqual([
      30, 25, 630, 130, 50, 300,
    ]);
    expect(linesOf(compareCosts([], setup({ zones: 7 })), 'phoenat', 'controller')).toEqual([
      60, 57, 1380, 270, 100, 600,
    ]);
  });

  it('costs what the README says', () => {
    const readme = read('README.md').replaceAll(/\s+/g, ' ');
    const [, probes, metrics, alarms, composite, dashboard] = linesOf(
      compareCosts([], setup()),
      'phoenat',
      'controller',
    );
    const dollars = (cents = 0) => (cents / 100).toFixed(2);

    expect(readme).toContain(
      `${made.customMetrics} custom metrics and ${made.customMetricsPerZone} for each zone × 0.30 = ${dollars(metrics)} with one zone`,
    );
    expect(readme).toContain(
      `${made.secondsPerProbe} s × ${made.probeGb} GB, which is ${dollars(probes)} for each zone and month`,
    );
    expect(readme).toContain(
      `${made.alarms} alarms and ${made.alarmsPerZone} for each zone × 0.10 = ${dollars(alarms)} with one zone`,
    );
    expect(readme).toContain(
      `one composite alarm, ${dollars(composite)}, and one dashboard, ${dollars(dashboard)}`,
    );
  });
});

it('a standby costs as much as another zone, and has one alarm less', () => {
  const withStandby = compareCosts([], setup({ standby: true }));
  const two = compareCosts([], setup({ zones: 2 }));

  expect(linesOf(withStandby, 'phoenat', 'zone')).toEqual(linesOf(two, 'phoenat', 'zone'));
  // Two alarms are each zone's own, and one is about the standby.
  const [ofTwo, ofStandby] = [two, withStandby].map(
    (costs) => costs.lines.find(({ item }) => item === 'CloudWatch alarms')?.phoenat?.cents,
  );
  expect([ofTwo, ofStandby]).toEqual([110, 100]);
});

describe('a NAT gateway', () => {
  it('costs by the GB of 2^30 bytes, in either direction', () => {
    const busy = { ...gateway, bytes: 100 * 2 ** 30 };
    expect(linesOf(compareCosts([busy], setup()), 'gateways', 'zone')[1]).toBe(450);
    expect(gatewayCents(busy, pricesFor('us-east-1'))).toBe(3285 + 450 + 365);
  });

  it('costs a cent for half a cent', () => {
    // 5 × 0.045 is 0.225; times 100, a computer says 22.499999999999996.
    const halfCent = { ...gateway, bytes: 5 * 2 ** 30 };
    expect(linesOf(compareCosts([halfCent], setup()), 'gateways', 'zone')[1]).toBe(23);
  });

  it('costs by the hour for each Availability Zone that a regional one is in', () => {
    const regional = { ...gateway, zones: ['us-east-1a', 'us-east-1b'], publicIps: 2 };
    expect(linesOf(compareCosts([regional], setup()), 'gateways', 'zone')).toEqual([6570, 0, 730, 0]);
    expect(gatewayCents(regional, pricesFor('us-east-1'))).toBe(7300);
  });

  it('costs nothing for an address where it has none', () => {
    expect(linesOf(compareCosts([{ ...gateway, publicIps: 0 }], setup()), 'gateways', 'zone')[2]).toBe(0);
  });
});

it('totals are the sums of the lines', () => {
  const { lines, gatewaysCents, phoenatCents } = compareCosts([gateway, gateway], setup({ zones: 2 }));
  expect(gatewaysCents).toBe(sum(lines.map((line) => line.gateways?.cents ?? 0)));
  expect(gatewaysCents).toBe(7300);
  expect(phoenatCents).toBe(sum(lines.map((line) => line.phoenat?.cents ?? 0)));
});

it('the instance type and the Region change the price', () => {
  const small = setup({ instanceType: 't4g.small' });
  expect(linesOf(compareCosts([], small), 'phoenat', 'zone')[0]).toBe(1226);
  const tokyo = setup({ prices: pricesFor('ap-northeast-1') });
  expect(linesOf(compareCosts([gateway], tokyo), 'gateways', 'zone')[0]).toBe(4526);
  expect(linesOf(compareCosts([gateway], tokyo), 'phoenat', 'zone')).toEqual([394, 0, 365, 77]);
});

it('prices of other Regions are those of us-east-1', () => {
  expect(pricesFor('eu-central-1').region).toBe('us-east-1');
  expect(pricesFor('ap-northeast-1').region).toBe('ap-northeast-1');
});

describe('what is counted is what the template makes', () => {
  const template = read('template.yaml');

  it('alarms and dashboards', () => {
    const alarms = made.alarms + made.zonesPerStack * made.alarmsPerZone;
    // One more where zones stand in for one another, and another with a standby.
    const asked =
      template.match(/Type: AWS::CloudWatch::Alarm\n +Condition: (CanStandIn|HasStandby)$/gm) ?? [];
    expect(asked).toHaveLength(made.alarmsOfStandIn + made.alarmsOfStandby);
    expect(template.match(/Type: AWS::CloudWatch::Alarm$/gm)).toHaveLength(alarms + asked.length);
    expect(template.match(/Type: AWS::CloudWatch::CompositeAlarm$/gm)).toHaveLength(made.compositeAlarms);
    expect(template.match(/Type: AWS::CloudWatch::Dashboard$/gm)).toHaveLength(made.dashboards);
  });

  it('memory and volume', () => {
    expect(template).toContain(`MemorySize: ${made.lambdaGb * 1024}`);
    expect(template.match(/MemorySize: (\d+)/g)?.slice(1)).toEqual(
      Array.from({ length: made.zonesPerStack }, () => `MemorySize: ${made.probeGb * 1024}`),
    );
    expect(template).toMatch(new RegExp(`VolumeGiB:(\\n {4}.*)*Default: ${made.volumeGb}\\n`));
  });

  it('custom metrics', () => {
    const sent = (zones: Report['zones']) => measure(reportOf(zones), 0).length;
    const zone: Report['zones'][number] = {
      zone: zoneName('a'),
      health: 'healthy',
      findings: [],
      paused: false,
      routes: [],
      steps: [],
      waitsFor: [],
      load: {
        instanceId: 'i-1',
        bytesPerSecond: 1,
        connections: { used: 1, most: 2, usedPercent: 50 },
        heldUp: 0,
      },
    };

    expect(sent([])).toBe(made.customMetrics);
    expect(sent([zone])).toBe(made.customMetrics + made.customMetricsPerZone);
  });

  function reportOf(zones: Report['zones']): Report {
    return {
      outcome: 'settled',
      trigger: { kind: 'schedule', detail: '', at: '' },
      zones,
      times: { event: '', started: '', ended: '' },
      calls: { describe: 0, mutating: 0, failed: 0 },
    };
  }
});

import { describe, expect, it } from 'vitest';
import { hasJustFailed, readingsLine } from '../../../cli/status/readings.ts';
import type { ZoneReport } from '../../../shared/core/report/report.ts';
import { now, zoneName } from '../core/a-snapshot.ts';

const zone = (changes: Partial<ZoneReport>): ZoneReport => ({
  zone: zoneName('a'),
  health: 'healthy',
  findings: [],
  paused: false,
  routes: [],
  steps: [],
  waitsFor: [],
  address: { allocationId: 'eipalloc-1', publicIp: '203.0.113.5' },
  ...changes,
});
const lineOf = (changes: Partial<ZoneReport>) => readingsLine(zone(changes), now, (_tone, text) => text);
const at = new Date(now - 12_000).toISOString();
const standby = {
  instanceId: 'i-1',
  state: 'running',
  instanceType: 't4g.nano',
  imageId: 'ami-1',
  launchedAt: at,
  ready: true,
  asConfigured: true,
};
const why = 'no answer within 1500 ms';
const failed = { at, targets: [{ target: 'https://one/', tookMs: 9, failed: why }] };

describe("a zone's line of readings", () => {
  it.each<[string, Partial<ZoneReport>]>([
    ['zone a: egress not known: no probe', {}],
    ['zone a: egress not known: the probe has not answered yet', { egress: 'unknown', probe: {} }],
    ['zone a: egress not known: throttled', { egress: 'unknown', probe: { unknown: 'throttled' } }],
    [
      'zone a: egress passes, 84 ms, seen as 203.0.113.5, 12 s ago',
      { egress: 'passes', probe: { at, latencyMs: 84, seenAs: '203.0.113.5' } },
    ],
    ['zone a: egress passes, 84 ms, 12 s ago', { egress: 'passes', probe: { at, latencyMs: 84 } }],
    [
      'zone a: egress passes, 84 ms, seen as 198.51.100.9 and not as 203.0.113.5, 12 s ago',
      { egress: 'passes', probe: { at, latencyMs: 84, seenAs: '198.51.100.9' } },
    ],
    [`zone a: egress fails, 12 s ago: https://one/: ${why}`, { egress: 'fails', probe: failed }],
    [
      `zone a: egress fails, 12 s ago: https://one/ and 1 more: ${why}`,
      {
        egress: 'fails',
        probe: { at, targets: [...failed.targets, { target: 'https://two/', tookMs: 9, failed: why }] },
      },
    ],
    [
      `zone a: egress fails, 12 s ago: https://one/: ${why}, https://two/: reset`,
      {
        egress: 'fails',
        probe: { at, targets: [...failed.targets, { target: 'https://two/', tookMs: 9, failed: 'reset' }] },
      },
    ],
    [
      `zone a: egress not known: the last request failed, 12 s ago (https://one/: ${why})`,
      { egress: 'unknown', probe: failed },
    ],
    [
      'zone a: i-1 stands by for zone b, 12 s ago',
      { standbyFor: zoneName('b'), primary: standby, probe: { at } },
    ],
    [
      'zone a: i-1 stands by for zone b, as far as EC2 can tell',
      { standbyFor: zoneName('b'), primary: standby },
    ],
    [
      'zone a: nothing is ready to stand by for zone b',
      { standbyFor: zoneName('b'), primary: { ...standby, ready: false }, probe: { at } },
    ],
    ['zone a: nothing is ready to stand by for zone b', { standbyFor: zoneName('b') }],
  ])('is: %s', (line, changes) => {
    expect(lineOf(changes)).toBe(line);
  });

  it('has the load, as far as it is known', () => {
    const load = {
      instanceId: 'i-1',
      bytesPerSecond: 1_234_000,
      connections: { used: 340, most: 65_536, usedPercent: 1 },
      heldUp: 4_200,
      stealPercent: 12,
    };

    expect(lineOf({ load })).toMatch(
      /; load 1\.2 MB\/s, 340 of 65,536 connections, 4,200 packets held up in the last minute, 12 % of its CPU withheld$/,
    );
    expect(lineOf({ load: { instanceId: 'i-1', bytesPerSecond: 0, heldUp: 0 } })).toMatch(
      /; load 0 B\/s, no packet held up$/,
    );
    expect(lineOf({ load: { instanceId: 'i-1' } })).toBe(lineOf({}));
  });

  it('knows of a request that has just failed', () => {
    expect(hasJustFailed({ egress: 'unknown', probe: failed })).toBe(true);
    expect(hasJustFailed({ egress: 'unknown', probe: { unknown: 'throttled' } })).toBe(false);
    expect(hasJustFailed({ egress: 'passes', probe: { at, latencyMs: 1 } })).toBe(false);
  });
});

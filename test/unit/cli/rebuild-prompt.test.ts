import { describe, expect, it } from 'vitest';
import { rebuildPrompt } from '../../../cli/command/rebuild-prompt.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import type { ZoneReport } from '../../../shared/core/report/report.ts';
import { now, zoneName } from '../core/a-snapshot.ts';

function zone(name: string, launchesInLastHour: number): ZoneReport {
  return {
    zone: zoneName(name),
    health: 'healthy',
    findings: [],
    paused: false,
    primary: {
      instanceId: `i-0000000${name}`,
      state: 'running',
      instanceType: 't4g.nano',
      imageId: 'ami-00000001',
      launchedAt: new Date(now - 5 * minuteMs).toISOString(),
      ready: true,
      asConfigured: true,
    },
    breaker: { launchesInLastHour, mostPerHour: 4, open: launchesInLastHour >= 4 },
    routes: [],
    steps: [],
    waitsFor: [],
  };
}

function asked(zones: readonly ZoneReport[], immediate = false): string {
  const session = { stack: 'phoenat', aws: { region: 'eu-central-1' } } as Parameters<
    typeof rebuildPrompt
  >[0]['session'];
  return rebuildPrompt({ session, stack: { accountId: '123456789012' }, zones, at: now, immediate });
}

describe('the question before a rebuild', () => {
  it('says where, what, how old it is and what is left of the launches', () => {
    expect(asked([zone('a', 1)]).split('\n')).toEqual([
      'In stack phoenat, account 123456789012, eu-central-1:',
      '  zone a (healthy): i-0000000a, t4g.nano, running for 5 min',
      '    3 of 4 launches left this hour; this uses one',
      'Replace the NAT instance of zone a? Egress continues; open connections may stall for a moment.',
    ]);
  });

  it('never speaks of less than no launch', () => {
    expect(asked([zone('a', 6)])).toContain('    0 of 4 launches left');
  });

  it('says that several go one after the other, or all at once', () => {
    expect(asked([zone('a', 1), zone('b', 1)])).toContain('one after the other? Egress continues');
    expect(asked([zone('a', 1), zone('b', 1)], true)).toContain('all at once? Offline until');
  });
});

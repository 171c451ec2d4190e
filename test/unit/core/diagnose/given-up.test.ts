import { describe, expect, it } from 'vitest';
import { givenUpFindings } from '../../../../shared/core/diagnose/given-up.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { anInstance, id, now, someSettings } from '../a-snapshot.ts';

const primary = anInstance('a', { launchedAt: now - 2 * hourMs });
const settings = someSettings();
const launchedAt = now - 20 * minuteMs;

function said(change: Partial<NatInstance>): number {
  const ended = anInstance('a', {
    id: id('instance', 'ca'),
    state: 'terminated',
    launchedAt,
    endedAt: launchedAt + settings.readyTimeoutMs,
    ...change,
  });
  return givenUpFindings({ instances: [primary, ended] } as never, primary, { settings, now }).length;
}

describe('a candidate that was given up', () => {
  it.each<[string, Partial<NatInstance>, number]>([
    ['is one that was ended when the time-out was over', {}, 1],
    ['is being ended', { state: 'shutting-down' }, 1],
    [
      'is not one that was ended earlier',
      { endedAt: launchedAt + settings.readyTimeoutMs - 10 * secondMs },
      0,
    ],
    [
      'is one that powered itself off',
      { endedAt: launchedAt + minuteMs, endReason: 'Client.InstanceInitiatedShutdown: by itself' },
      1,
    ],
    ['is not one whose end EC2 does not tell', { endedAt: undefined as never }, 0],
    ['is not one that was there before the primary', { launchedAt: primary.launchedAt - minuteMs }, 0],
    ['is not one of an hour ago', { launchedAt: now - hourMs }, 0],
    ['is not one that is there', { state: 'running' }, 0],
  ])('%s', (_what, change, count) => {
    expect(said(change)).toBe(count);
  });
});

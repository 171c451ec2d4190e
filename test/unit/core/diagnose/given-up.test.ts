import { describe, expect, it } from 'vitest';
import { givenUpFindings } from '../../../../shared/core/diagnose/given-up.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  aStatus,
  codesOf,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
  someSettings,
} from '../a-snapshot.ts';
import { ofB } from '../some-scenes.ts';

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

describe('instances that end one after the other', () => {
  const { lastGoodImage: _none, ...unproven } = anAddress('a');
  const ended = (hex: string, changes: Partial<NatInstance> = {}) =>
    anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt, ...changes });

  function findings(instances: readonly NatInstance[], addresses: Scene['addresses'] = [unproven]) {
    const { diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({
        instances: [...instances, ...ofB.instances],
        addresses: [...addresses, anAddress('b')],
        statuses: [aStatus('b1')],
      }),
    );
    return diagnosisOfA.findings.filter(({ code }) => code === 'images-fail');
  }

  it.each<[string, readonly NatInstance[], Scene['addresses'] | undefined, number]>([
    ['are told from the second on', [ended('d1'), ended('d2', { state: 'shutting-down' })], undefined, 1],
    ['may be chance where it is one', [ended('d1')], undefined, 0],
    ['are forgotten after an hour', [ended('d1'), ended('d2', { launchedAt: now - hourMs })], undefined, 0],
    [
      'are told while the next one has yet to work',
      [ended('d1'), ended('d2'), anInstance('a')],
      undefined,
      1,
    ],
    ['are no news where an image is known to work', [ended('d1'), ended('d2')], [anAddress('a')], 0],
    ['do not count where they live', [ended('d1', { state: 'stopped' }), ended('d2')], undefined, 0],
  ])('%s', (_what, instances, addresses, count) => {
    expect(findings(instances, addresses)).toHaveLength(count);
  });

  it('are told with their images, the bound, and what to do', () => {
    const [told] = findings([
      ended('d1'),
      ended('d2', { imageId: id('image', '2'), launchedAt: now - minuteMs }),
    ]);

    expect(told?.detail).toMatch(
      /^2 instances of zone a .*\(ami-00000002, ami-00000001\).* 4 in an hour at most.*--instance-id i-000000d2;.*AmiSelector$/,
    );
  });

  it('are no news once an instance has shown that it works', () => {
    const { diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({
        instances: [ended('d1'), ended('d2'), anInstance('a'), ...ofB.instances],
        addresses: [unproven, anAddress('b')],
      }),
    );

    expect(codesOf(diagnosisOfA)).toEqual([]);
  });
});

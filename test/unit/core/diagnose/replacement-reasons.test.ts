import { describe, expect, it } from 'vitest';
import type { InstanceStatus, NatInstance, ReplaceReason } from '../../../../shared/core/model/snapshot.ts';
import { hourMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  aStatus,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  specHash,
} from '../a-snapshot.ts';
import { candidate, ofB } from '../some-scenes.ts';

function replacementIn(scene: Partial<Scene>) {
  const { diagnosisOfA } = diagnoseAndPlan(snapshotOf(scene));
  return diagnosisOfA.kind === 'diagnosed' ? diagnosisOfA.replacement : undefined;
}

describe('a replacement', () => {
  it('for age happens when the limit is passed, not before', () => {
    const settings = someSettings({ maxInstanceAgeMs: 24 * hourMs });
    const old = anInstance('a', { launchedAt: now - 24 * hourMs - 1 });

    expect(kindsOf(diagnoseAndPlan(snapshotOf(), { settings }).a)).toEqual([]);
    const { a, diagnosisOfA } = diagnoseAndPlan(snapshotOf({ instances: [old, ...ofB.instances] }), {
      settings,
    });
    expect(kindsOf(a)[0]).toEqual(['launch']);
    expect(codesOf(diagnosisOfA)).toEqual(['too-old']);
  });

  it('follows a public subnet that was changed, and takes no candidate from the old one', () => {
    const moved = anInstance('a', { subnetId: id('subnet', 'a9') });
    const there = { ...candidate, subnetId: id('subnet', 'a0') };
    const { a, diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({ instances: [moved, { ...candidate, subnetId: id('subnet', 'a9') }, ...ofB.instances] }),
    );

    expect([kindsOf(a)[0], codesOf(diagnosisOfA)]).toEqual([['launch'], ['spec-changed']]);
    expect(
      diagnoseAndPlan(snapshotOf({ instances: [moved, there, ...ofB.instances] })).diagnosisOfA,
    ).toMatchObject({
      candidate: { id: there.id },
    });
  });

  it('follows settings that were changed, and ones that nobody recorded', () => {
    const { specHash: _none, ...unrecorded } = anInstance('a');
    const detailOf = (instance: NatInstance) =>
      replacementIn({ instances: [instance, ...ofB.instances] })?.finding;

    expect(detailOf(anInstance('a', { specHash: 'old' }))).toEqual({
      code: 'spec-changed',
      detail: `i-000000a1 was launched with other settings (old, now ${specHash})`,
    });
    expect(detailOf(unrecorded)).toMatchObject({
      code: 'spec-changed',
      detail: expect.stringContaining('(unrecorded,'),
    });
    expect(detailOf(anInstance('a'))).toBeUndefined();
  });
});

describe('the reason to replace a primary', () => {
  const old = { specHash: 'old' };
  const mark = (reason: ReplaceReason) => ({ replaceMark: { reason, at: now } });

  it.each<[string, Partial<NatInstance>, Partial<InstanceStatus>, object | undefined]>([
    [
      'a failed system check: suspect, and urgent',
      {},
      { system: 'impaired' },
      { cause: 'suspect', urgent: true },
    ],
    ['a failed instance check, too', {}, { instance: 'impaired' }, { cause: 'suspect', urgent: true }],
    [
      'a volume in trouble: it may still forward',
      {},
      { attachedEbs: 'impaired' },
      { cause: 'suspect', urgent: false },
    ],
    ['a check first, whatever else there is', mark('rebuild'), { system: 'impaired' }, { cause: 'suspect' }],
    ['a warning of Spot: due, in two minutes', mark('spot-interruption'), {}, { cause: 'due', urgent: true }],
    ['a recommendation of Spot: due', mark('rebalance-recommendation'), {}, { cause: 'due', urgent: false }],
    [
      'an order, before settings that were changed',
      { ...old, ...mark('rebuild') },
      {},
      { cause: 'due', urgent: false },
    ],
    [
      'a retirement, before settings that were changed',
      old,
      { events: [{ code: 'instance-retirement', notBefore: now }] },
      {
        cause: 'due',
        urgent: false,
        finding: {
          detail: 'EC2 has scheduled instance-retirement for i-000000a1 not before 2026-11-23T03:00:00.000Z',
        },
      },
    ],
    ['settings that were changed: planned', old, {}, { cause: 'planned', urgent: false }],
    ['a reboot: none, it comes back', {}, { events: [{ code: 'system-reboot' }] }, undefined],
    ['a check that is not known to fail: none', {}, { system: 'initializing' }, undefined],
  ])('is %s', (_what, change, status, reason) => {
    const replacement = replacementIn({
      instances: [anInstance('a', change), ...ofB.instances],
      statuses: [aStatus('a1', status), aStatus('b1')],
    });

    if (reason === undefined) {
      expect(replacement).toBeUndefined();
    } else {
      expect(replacement).toMatchObject(reason);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberCarrier } from '../../../../shared/core/memory/memory.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
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
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, off, times } from '../some-readings.ts';
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

describe('a replacement of what does not forward', () => {
  const replacementWith = (readings: readonly Reading[], scene: Partial<Scene> = {}) => {
    const { diagnosisOfA } = diagnoseAndPlan({
      ...snapshotOf(scene),
      readings: new Map([[zoneName('a'), readings]]),
    });
    return diagnosisOfA.kind === 'diagnosed' ? diagnosisOfA.replacement : undefined;
  };
  const silent = anAnswer(false, 'silent');
  const beside = { instances: [anInstance('a'), candidate, ...ofB.instances] };
  const rebuilt = {
    instances: [
      anInstance('a', { replaceMark: { reason: 'rebuild', at: now } }),
      candidate,
      ...ofB.instances,
    ],
  };
  const slowDisk = { statuses: [aStatus('a1', { attachedEbs: 'impaired' }), aStatus('b1')] };
  const hung = { statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('b1')] };

  it('is urgent, and says how it is known', () => {
    expect(replacementWith(times(15, silent))).toEqual({
      cause: 'suspect',
      urgent: true,
      finding: {
        code: 'does-not-forward',
        detail: `no request has passed through i-000000a1 in 15 tries since ${new Date(now - 100 - 14_000).toISOString()}: connect timed out`,
      },
    });
    expect(replacementWith(times(5, anAnswer(false, off)))?.finding.detail).toBe(
      'i-000000a1 says that it does not forward: forwarding is off',
    );
  });

  it.each<[string, readonly Reading[], Partial<Scene>, string | undefined]>([
    ['not proven yet', times(14, silent), {}, undefined],
    ['on the way to that, and its successor runs', times(5, silent), beside, 'does-not-forward'],
    [
      'on the way to that, and its successor is a rebuild',
      times(14, silent),
      rebuilt,
      'replacement-requested',
    ],
    ['proven while it is rebuilt', times(15, silent), rebuilt, 'does-not-forward'],
    ['hardly on the way to that', times(4, silent), beside, undefined],
    ['proven, and a volume is in trouble', times(15, silent), slowDisk, 'does-not-forward'],
    ['not proven, and a volume is in trouble', times(14, silent), slowDisk, 'status-impaired'],
    ['proven, and EC2 says so too', times(15, silent), hung, 'status-impaired'],
  ])('that is %s', (_what, readings, scene, code) => {
    expect(replacementWith(readings, scene)?.finding.code).toBe(code);
  });

  it('leaves its candidate alone while a later run finds out', () => {
    const snapshot = snapshotOf(beside);
    const memory = rememberCarrier(emptyMemory, zoneName('a'), id('instance', 'a1'), now - 60_000);
    const stepsWith = (readings: readonly Reading[]) =>
      kindsOf(diagnoseAndPlan({ ...snapshot, readings: new Map([[zoneName('a'), readings]]) }, { memory }).a);

    expect([stepsWith([]), stepsWith(times(2, silent))]).toEqual([[], []]);
    expect(stepsWith(times(1, anAnswer(true)))).toEqual([['terminate']]);
  });
});

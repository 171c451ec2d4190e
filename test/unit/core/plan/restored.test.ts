import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../../shared/core/model/snapshot.ts';
import type { ManualCommand, Trigger } from '../../../../shared/core/model/trigger.ts';
import { unrestored } from '../../../../shared/core/plan/restored.ts';
import {
  anAddress,
  aTable,
  diagnoseAndPlan,
  id,
  mainTable,
  now,
  publicTable,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';

const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;
const paused = { addresses: [anAddress('a', { pausedSince: 'today' }), anAddress('b')] };

function asked(changes: Partial<ManualCommand> = {}): Trigger {
  return {
    kind: 'manual',
    command: { action: 'restore', immediate: false, dryRun: false, ...changes },
    at: now,
  };
}

function said(scene: Partial<Scene>, trigger: Trigger = asked()): string[] {
  return saidOf(snapshotOf(scene), trigger);
}

function saidOf(snapshot: Snapshot, trigger: Trigger = asked()): string[] {
  return unrestored(trigger, diagnoseAndPlan(snapshot).diagnosisOfA, 'phoenat').map(({ detail }) => detail);
}

function tables(first: object) {
  return [
    publicTable,
    mainTable,
    aTable('a', 1, { remembered: gateway, ...first }),
    // No way back: it stays as it is.
    aTable('a', 2),
    aTable('b', 1),
    aTable('b', 2),
  ];
}

const back = { defaultRoute: { target: gateway, state: 'active' } };

describe('a restore, as the look after it shows it', () => {
  it('is one where every route that has a way back leads there, and the zone is paused', () => {
    expect(said({ ...paused, routeTables: tables(back) })).toEqual([]);
  });

  it.each<[string, Partial<Scene>, RegExp]>([
    [
      'a route leads elsewhere',
      { ...paused, routeTables: tables({}) },
      /^zone a is not seen as restored: rtb-000000a1 leads to eni-\w+, not to nat-00000001; look again: npx --no-install phoenat status$/,
    ],
    [
      'a route is missing',
      { ...paused, routeTables: tables({ defaultRoute: undefined }) },
      /: rtb-000000a1 leads to nothing, not to nat-00000001;/,
    ],
    [
      'a route leads back to what is gone',
      { ...paused, routeTables: tables({ defaultRoute: { target: gateway, state: 'blackhole' } }) },
      /: rtb-000000a1 leads to nat-00000001, where nothing takes it \(blackhole\);/,
    ],
    ['the zone is not paused', { routeTables: tables(back) }, /: it is not paused;/],
    ['the zone is misconfigured', { addresses: [anAddress('b')] }, /: it does not fit its settings;/],
  ])('is none where %s', (_what, scene, sentence) => {
    expect(said(scene)).toEqual([expect.stringMatching(sentence)]);
  });

  it('is none where the zone could not be read', () => {
    const unread = { known: false, cause: 'failed', detail: 'no' } as const;

    expect(saidOf({ ...snapshotOf(), routeTables: unread })).toEqual([
      expect.stringContaining('it could not be read'),
    ]);
  });

  it('is not missed where there is no way back, where it was not asked for, or of another zone', () => {
    const scene = { routeTables: tables({}) };

    expect(said({})).toEqual([]);
    expect(said(scene, asked({ action: 'pause' }))).toEqual([]);
    expect(said(scene, asked({ zone: zoneName('b') }))).toEqual([]);
    expect(said(scene, { kind: 'look', source: 'schedule', at: now })).toEqual([]);
  });
});

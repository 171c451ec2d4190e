import { describe, expect, it } from 'vitest';
import { toBeHeard } from '../../../../shared/core/diagnose/to-be-heard.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import type { NatInstance, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
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
import { anAnswer, aSecondApart, someHealth } from '../some-readings.ts';
import { candidate, candidateInterface, marked, ofB } from '../some-scenes.ts';

describe('whose boot is asked', () => {
  const asked = (changes: Partial<Scene>, launchedSince?: number) =>
    toBeHeard(diagnoseAndPlan(snapshotOf(changes)).diagnosisOfA, now, launchedSince);
  const { lastGoodImage: _none, ...unnoted } = anAddress('a');
  const young = (launchedAgoMs: number) => [
    anInstance('a', { launchedAt: now - launchedAgoMs }),
    anInstance('b'),
  ];
  const isNew = { instances: young(hourMs - 1), addresses: [unnoted, anAddress('b')] };
  const byGateway = [1, 2].map((nth) =>
    aTable('a', nth, {
      defaultRoute: { target: { kind: 'nat-gateway', id: id('natGateway', '1') }, state: 'active' },
    }),
  );
  const tables = (ofA: readonly RouteTable[]) => [
    publicTable,
    mainTable,
    ...ofA,
    aTable('b', 1),
    aTable('b', 2),
  ];

  it('is that of a primary whose image is not known to work, for an hour', () => {
    expect(asked(isNew)).toEqual([id('instance', 'a1')]);
    expect(asked({ ...isNew, instances: young(hourMs) })).toEqual([]);
    expect(asked({ instances: young(hourMs - 1) })).toEqual([]);
  });

  it('is that of a primary which is to take over from a NAT gateway', () => {
    expect(asked({ instances: young(minuteMs), routeTables: tables(byGateway) })).toEqual([
      id('instance', 'a1'),
    ]);
  });

  it('is nobody’s whom the probe has asked, or is asking', () => {
    const heard = (readings: readonly Reading[]) =>
      toBeHeard(
        diagnoseAndPlan({ ...snapshotOf(isNew), readings: new Map([[zoneName('a'), readings]]) })
          .diagnosisOfA,
        now,
        undefined,
      );

    expect(heard([])).toEqual([]);
    expect(heard(aSecondApart(anAnswer(true, someHealth())))).toEqual([]);
    expect(heard(aSecondApart(anAnswer(true, 'silent')))).toEqual([id('instance', 'a1')]);
  });

  it('is nobody where the zone is paused', () => {
    const paused = [{ ...unnoted, pausedSince: '2026-11-23T02:00:00Z' }, anAddress('b')];

    expect(asked({ ...isNew, addresses: paused })).toEqual([]);
  });

  it('is, in a deployment, also that of what it launched and has ended, and of nothing older', () => {
    const dead = (hex: string, launchedAgoMs: number) =>
      anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: now - launchedAgoMs });
    const scene = { instances: [dead('d1', 5 * minuteMs), dead('d2', 15 * minuteMs), anInstance('b')] };

    expect(asked(scene, now - 10 * minuteMs)).toEqual([id('instance', 'd1')]);
    expect(asked(scene)).toEqual([]);
  });

  it('is that of a candidate in a hurry before its checks pass, and otherwise after', () => {
    const spot = { ...marked, replaceMark: { reason: 'spot-interruption', at: now } } as const;
    const statuses = [aStatus('a1'), aStatus('ca', { instance: 'initializing' }), aStatus('b1')];
    const askedBeside = (primary: NatInstance) =>
      asked({
        instances: [primary, candidate, ...ofB.instances],
        interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        statuses,
      });

    expect([askedBeside(spot), askedBeside(marked)]).toEqual([[candidate.id], []]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, times } from '../some-readings.ts';
import {
  blackholed,
  candidate,
  candidateInterface,
  marked,
  ofB,
  recovery,
  withoutInterface,
} from '../some-scenes.ts';

function diagnosisOfA(changes: Partial<Scene>): Diagnosed {
  const { diagnosisOfA: diagnosis } = diagnoseAndPlan(snapshotOf(changes));
  if (diagnosis.kind !== 'diagnosed') {
    throw new Error(`zone a is ${diagnosis.health}`);
  }
  return diagnosis;
}

describe('the primary', () => {
  it('is the one with the Elastic IP, then with most routes, then the running one, then the oldest, then by id', () => {
    const first = anInstance('a');
    const second = anInstance('a', { id: id('instance', 'a2'), interfaceId: id('interface', 'a2') });
    const nowhere = {
      addresses: [withoutInterface(), anAddress('b')],
      routeTables: [...ofB.routeTables, ...blackholed],
    };
    const primaryOf = (scene: Partial<Scene>) => {
      const { diagnosisOfA } = diagnoseAndPlan(snapshotOf(scene));
      return diagnosisOfA.kind === 'diagnosed' ? diagnosisOfA.primary?.id : undefined;
    };
    const routed = aTable('a', 1, {
      defaultRoute: { target: { kind: 'instance', id: second.id }, state: 'active' },
    });

    expect(primaryOf({ instances: [second, first] })).toBe(first.id);
    expect(
      primaryOf({
        ...nowhere,
        instances: [first, second],
        routeTables: [...ofB.routeTables, routed, blackholed[1] ?? routed],
      }),
    ).toBe(second.id);
    expect(
      primaryOf({ ...nowhere, instances: [{ ...first, state: 'pending', launchedAt: now }, second] }),
    ).toBe(second.id);
    expect(
      primaryOf({ ...nowhere, instances: [first, { ...second, launchedAt: first.launchedAt - 1 }] }),
    ).toBe(second.id);
    expect(primaryOf({ ...nowhere, instances: [second, first] })).toBe(first.id);
  });

  it('is rather one that was there when nothing passed through another, but no later one', () => {
    const beside = (
      launchedAt: number,
      state: NatInstance['state'] = 'running',
      scene: Partial<Scene> = {},
    ) => {
      const entry = { instanceId: id('instance', 'a1'), imageId: id('image', '1'), specHash: '' };
      const undoneCutovers = [{ ...entry, at: now - minuteMs }];
      const [address = anAddress('a')] = scene.addresses ?? [];
      return diagnosisOfA({
        instances: [anInstance('a'), { ...candidate, launchedAt, state }, ...ofB.instances],
        ...scene,
        addresses: [{ ...address, undoneCutovers }, anAddress('b')],
      }).primary?.id;
    };
    const ledNowhere = {
      addresses: [withoutInterface()],
      routeTables: [...ofB.routeTables, ...blackholed],
    };

    expect(beside(now - hourMs)).toBe(candidate.id);
    expect(beside(now, 'pending')).toBe(id('instance', 'a1'));
    expect(beside(now)).toBe(id('instance', 'a1'));
    expect(beside(now, 'pending', ledNowhere)).toBe(candidate.id);
  });

  it('is no instance that never got past pending', () => {
    const stuck = anInstance('a', { state: 'pending', launchedAt: now - 11 * minuteMs });

    expect(kindsOf(diagnoseAndPlan(snapshotOf({ instances: [stuck, ...ofB.instances] })).a)).toEqual(
      recovery,
    );
  });
});

describe('the candidate', () => {
  const launchedAt = now - 5 * minuteMs;
  const replaced = anInstance('a', { launchedAt, replaceMark: { reason: 'rebuild', at: now } });
  const other = (launched: number) =>
    anInstance('a', { id: id('instance', 'a2'), interfaceId: id('interface', 'a2'), launchedAt: launched });
  const statuses = [aStatus('a1'), aStatus('a2', { instance: 'initializing' }), aStatus('b1')];

  it('may have been launched in the same second as the primary', () => {
    const { candidate } = diagnosisOfA({
      instances: [replaced, other(launchedAt), ...ofB.instances],
      statuses,
    });

    expect(candidate?.id).toBe(id('instance', 'a2'));
  });

  it('is not one from before the primary that has not passed its checks', () => {
    const { candidate, surplus } = diagnosisOfA({
      instances: [replaced, other(launchedAt - 1_000), ...ofB.instances],
      statuses,
    });

    expect(candidate).toBeUndefined();
    expect(surplus.map((instance) => instance.id)).toEqual([id('instance', 'a2')]);
  });

  it('is the youngest of several; an instance of another specification is none', () => {
    const older = { ...candidate, id: id('instance', 'cb'), launchedAt: now - 5 * minuteMs };
    const foreign = { ...candidate, id: id('instance', 'cc'), launchedAt: now, specHash: 'old' };
    const { diagnosisOfA } = diagnoseAndPlan(
      snapshotOf({ instances: [marked, older, foreign, candidate, ...ofB.instances] }),
    );

    expect(diagnosisOfA).toMatchObject({
      candidate: { id: candidate.id },
      surplus: [{ id: older.id }, { id: foreign.id }],
    });
  });

  it('is also an older instance that is well; one that is not is neither waited for nor given up', () => {
    const young = anInstance('a', {
      launchedAt: now - minuteMs,
      replaceMark: { reason: 'spot-interruption', at: now },
    });
    const older = { ...candidate, launchedAt: now - hourMs };
    const interfaces = [anInterface('a'), candidateInterface, ...ofB.interfaces];
    const planWith = (check: 'ok' | 'impaired') =>
      diagnoseAndPlan(
        snapshotOf({
          instances: [young, older, ...ofB.instances],
          interfaces,
          statuses: [aStatus('a1'), aStatus('ca', { instance: check })],
        }),
      ).a;

    expect(kindsOf(planWith('ok')).at(-1)).toEqual(['associate-address']);
    expect(kindsOf(planWith('impaired'))[0]).toEqual(['launch']);
  });
});

describe('the candidate where requests fail, and nothing else is known', () => {
  const failing = new Map([[zoneName('a'), times(31, anAnswer(false, 'silent'))]]);
  const candidateOf = (...others: readonly NatInstance[]) =>
    diagnoseAndPlan({
      ...snapshotOf({
        instances: [anInstance('a', { launchedAt: now - 5 * minuteMs }), ...others, ...ofB.instances],
        interfaces: [
          anInterface('a'),
          { ...candidateInterface, hasOwnPublicAddress: false },
          ...ofB.interfaces,
        ],
        statuses: [aStatus('a1'), aStatus('ca'), aStatus('c0'), aStatus('b1')],
      }),
      readings: failing,
    }).diagnosisOfA;
  const younger = { ...candidate, launchedAt: now - 2 * minuteMs };
  const tried: NatInstance = { ...younger, replaceMark: { reason: 'requests-failed', at: now } };
  const older = { ...candidate, id: id('instance', 'c0'), launchedAt: now - hourMs };

  it('is one that has not had the traffic yet, though a cutover to it has begun', () => {
    expect(candidateOf(younger)).toMatchObject({ candidate: { id: younger.id } });
    expect(candidateOf(tried)).not.toHaveProperty('candidate');
  });

  it('is an older one as long as the primary is the youngest', () => {
    expect(candidateOf(older)).toMatchObject({ candidate: { id: older.id } });
    expect(candidateOf(older, tried)).not.toHaveProperty('candidate');
  });

  it('is no older one that was left for that reason itself', () => {
    const left = { ...tried, launchedAt: now - 30 * minuteMs };

    expect(candidateOf(left, older)).toMatchObject({ candidate: { id: older.id } });
    expect(candidateOf(left)).not.toHaveProperty('candidate');
  });
});

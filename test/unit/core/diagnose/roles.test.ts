import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { ZoneName } from '../../../../shared/core/model/ids.ts';
import type { ProbeAnswer, Reading } from '../../../../shared/core/model/reading.ts';
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
  someSettings,
  specHash,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aReading, booting, noReading, someHealth, times, type Word } from '../some-readings.ts';
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

describe('an instance that is shut down', () => {
  const old = anInstance('a', { state: 'shutting-down', privateIp: '10.0.0.4' });
  const word = someHealth({ handOver: { atMostMs: minuteMs, heldForMs: 4_000 } });
  const said = (answer: ProbeAnswer, agoMs = 1_000) =>
    new Map([[zoneName('a'), [aReading(answer, now - agoMs)]]]);
  const holding = said(anAnswer(true, word));
  const seenWith = (
    scene: Partial<Scene>,
    readings: ReadonlyMap<ZoneName, readonly Reading[]>,
    handOverMs: number | undefined = minuteMs,
  ) => {
    const { handOverMs: _default, ...rest } = someSettings();
    const settings = handOverMs === 0 ? rest : { ...rest, handOverMs };
    const { a, diagnosisOfA } = diagnoseAndPlan({ ...snapshotOf(scene), readings }, { settings });
    if (diagnosisOfA.kind !== 'diagnosed') {
      throw new Error(`zone a is ${diagnosisOfA.health}`);
    }
    return { diagnosis: diagnosisOfA, primary: diagnosisOfA.primary?.id, plan: a };
  };

  it('keeps the traffic while it says that it holds that, and another is launched beside it', () => {
    const { diagnosis, plan } = seenWith({ instances: [old, ...ofB.instances] }, holding);

    expect(diagnosis).toMatchObject({
      health: 'healthy',
      primary: { id: old.id },
      replacement: { cause: 'due', urgent: true, finding: { code: 'hands-over' } },
    });
    expect(kindsOf(plan)).toEqual([['launch'], ['disable-source-dest-check']]);
    expect(plan.waves[0]?.[0]).toMatchObject({ predecessorIp: '10.0.0.4' });
  });

  it.each([
    ['no shutdown is to be held', holding, 0],
    ['it does not say that it holds it', said(anAnswer(true, someHealth())), minuteMs],
    ['it says that it cannot forward', said(anAnswer(true, { ...word, forwarding: false })), minuteMs],
    ['it does not answer', said(anAnswer(true, 'silent')), minuteMs],
    ['it was not asked', said(anAnswer(true)), minuteMs],
    ['what it said is old', said(anAnswer(true, word), 7_000), minuteMs],
    ['the probe does not tell', new Map([[zoneName('a'), [noReading(now - 1_000)]]]), minuteMs],
    ['there is no probe', new Map(), minuteMs],
  ])('counts as gone where %s', (_why, readings, handOverMs) => {
    const { primary, plan } = seenWith({ instances: [old, ...ofB.instances] }, readings, handOverMs);

    expect([primary, plan.purpose]).toEqual([undefined, 'recovery']);
  });

  it('keeps it as well while its successor is known to forward nothing yet', () => {
    const successor = { ...candidate, launchedAt: now - 20_000 };
    const primaryWith = (
      changes: Partial<NatInstance>,
      readings: ReadonlyMap<ZoneName, readonly Reading[]>,
    ) =>
      seenWith(
        {
          instances: [old, { ...successor, ...changes }, ...ofB.instances],
          interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        },
        readings,
      ).primary;
    const about = (of: Word) => said(anAnswer(false, of, successor.id));

    expect(primaryWith({ state: 'pending' }, new Map())).toBe(old.id);
    expect(primaryWith({}, about('silent'))).toBe(old.id);
    expect(primaryWith({}, about(booting))).toBe(old.id);
    expect(primaryWith({}, about(someHealth()))).toBe(successor.id);
    expect(primaryWith({}, new Map())).toBe(successor.id);
  });

  it('counts as gone beside its successor too, once it has not answered twice and never said that it holds', () => {
    const successor = { ...candidate, launchedAt: now - 20_000, state: 'pending' } as const;
    const primaryAfter = (...words: readonly Word[]) => {
      const readings = words.map((one, index) =>
        aReading(anAnswer(true, one), now - 1_000 * (words.length - index)),
      );
      const scene = { instances: [old, successor, ...ofB.instances] };
      return seenWith(scene, new Map([[zoneName('a'), readings]])).primary;
    };

    expect(primaryAfter('silent')).toBe(old.id);
    expect(primaryAfter('silent', 'silent')).toBe(successor.id);
    expect(primaryAfter(word, 'silent', 'silent')).toBe(old.id);
  });

  it('is known by its word alone where EC2 calls it running, until it says otherwise', () => {
    const running = { instances: [anInstance('a'), ...ofB.instances] };
    const handsOver = { cause: 'due', urgent: true, finding: { code: 'hands-over' } };
    const laterOn = (of: Word) => {
      const readings = [
        aReading(anAnswer(true, word), now - 20_000),
        aReading(anAnswer(true, of), now - 1_000),
      ];
      return new Map([[zoneName('a'), readings]]);
    };
    const replaced = (readings: ReadonlyMap<ZoneName, readonly Reading[]>, handOverMs = minuteMs) =>
      seenWith(running, readings, handOverMs).diagnosis.replacement;

    expect(seenWith(running, holding)).toMatchObject({
      diagnosis: { health: 'healthy', replacement: handsOver },
      plan: { waves: [[{ kind: 'launch' }], [{ kind: 'disable-source-dest-check' }]] },
    });
    expect(replaced(laterOn('silent'))).toMatchObject(handsOver);
    expect(replaced(laterOn(someHealth()))).toBeUndefined();
    expect(replaced(said(anAnswer(true, someHealth({ handOver: { atMostMs: minuteMs } }))))).toBeUndefined();
    expect(replaced(holding, 0)).toBeUndefined();
  });

  it('is no candidate for the traffic of another', () => {
    const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
    const candidateWith = (of: Word) =>
      seenWith(
        {
          instances: [marked, candidate, ...ofB.instances],
          interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        },
        said(anAnswer(true, of, candidate.id)),
      ).diagnosis.candidate?.id;

    expect(candidateWith(someHealth())).toBe(candidate.id);
    expect(candidateWith(word)).toBeUndefined();
  });

  it('gives the traffic to its successor as soon as that is ready, and nothing around it is repaired before', () => {
    const answer = anAnswer(true, word);
    const ready = anAnswer(true, someHealth({ specHash }), candidate.id);
    const both = { ...answer, instances: [...answer.instances, ...ready.instances] };
    const scene = {
      instances: [old, candidate, ...ofB.instances],
      interfaces: [anInterface('a', { sourceDestCheck: true }), candidateInterface, ...ofB.interfaces],
    };

    expect(kindsOf(seenWith(scene, said(both)).plan)).toEqual([
      ['give-up-own-address'],
      ['set-default-route', 'set-default-route'],
      ['associate-address'],
    ]);
    const silent = anAnswer(true, 'silent', candidate.id);
    const oneOfThem = { ...answer, instances: [...answer.instances, ...silent.instances] };
    expect(kindsOf(seenWith(scene, said(oneOfThem)).plan)).toEqual([]);
    const young = { ...candidate, launchedAt: now - 20_000 };
    const waiting = { ...scene, instances: [old, young, ...ofB.instances] };
    expect(kindsOf(seenWith(waiting, holding).plan)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import {
  emptyMemory,
  forgetRequests,
  type Memory,
  rememberSplit,
} from '../../../../shared/core/memory/memory.ts';
import type { InstanceAnswer, NatHealth, Reading } from '../../../../shared/core/model/reading.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
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
  settledScene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { own, spareIp, scene as standInScene, to } from '../a-stand-in.ts';
import { anAnswer, aReading, aSecondApart, noReading, off, someHealth, times } from '../some-readings.ts';
import { candidate, candidateInterface, gateway, marked, ofB } from '../some-scenes.ts';

describe('drift of a primary that is being replaced', () => {
  const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
  const candidate = anInstance('a', {
    id: id('instance', 'ca'),
    interfaceId: id('interface', 'ca'),
    launchedAt: now - 60_000,
  });
  const planWith = (check: 'ok' | 'initializing') => {
    const { interfaceId: _none, ...onNothing } = anAddress('a');
    const { a } = diagnoseAndPlan(
      snapshotOf({
        instances: [marked, candidate, anInstance('b')],
        interfaces: [
          anInterface('a'),
          anInterface('a', { id: id('interface', 'ca'), attachedTo: id('instance', 'ca') }),
          anInterface('b'),
        ],
        addresses: [onNothing, anAddress('b')],
        statuses: [aStatus('a1'), aStatus('ca', { system: check }), aStatus('b1')],
      }),
    );
    return { purpose: a.purpose, kinds: kindsOf(a).flat() };
  };

  it('is repaired while the candidate is not good enough', () => {
    expect(planWith('initializing')).toEqual({ purpose: 'repair', kinds: ['associate-address'] });
  });

  it('is left to the cutover once it is', () => {
    expect(planWith('ok').purpose).toBe('replacement');
  });
});

describe('a primary that nothing is aimed at', () => {
  const wavesOf = (hasOwnPublicAddress: boolean, memory: Memory = emptyMemory) => {
    const { interfaceId: _none, ...onNothing } = anAddress('a');
    const route = { target: { kind: 'interface', id: id('interface', 'dead') }, state: 'blackhole' } as const;
    const { a } = diagnoseAndPlan(
      snapshotOf({
        interfaces: [anInterface('a', { hasOwnPublicAddress }), anInterface('b')],
        addresses: [onNothing, anAddress('b')],
        routeTables: [aTable('a', 1, { defaultRoute: route }), ...ofB.routeTables],
      }),
      { memory },
    );
    return kindsOf(a).map((kinds) => [...new Set(kinds)].toSorted());
  };

  it('has its Elastic IP first where it would else be seen at an address of its own', () => {
    expect(wavesOf(true)).toEqual([['associate-address'], ['set-default-route']]);
    expect(wavesOf(false)).toEqual([['associate-address', 'set-default-route']]);
  });

  it('has its routes beside the Elastic IP where EC2 has refused to move that', () => {
    const refused = { ...emptyMemory, withoutAddress: new Set([zoneName('a')]) };
    expect(wavesOf(true, refused)).toEqual([['associate-address', 'set-default-route']]);
  });
});

describe('routes that lead to a running candidate already', () => {
  const [first, second] = [1, 2].map((nth) =>
    aTable('a', nth, {
      defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
    }),
  );
  const scene = {
    instances: [marked, candidate, ...ofB.instances],
    interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    routeTables: [...ofB.routeTables, first, second].filter((table) => table !== undefined),
    statuses: [aStatus('a1'), aStatus('ca', { instance: 'initializing' }), aStatus('b1')],
  };
  const purposeWith = (readings: readonly Reading[]) =>
    diagnoseAndPlan({ ...snapshotOf(scene), readings: new Map([[zoneName('a'), readings]]) }).a.purpose;
  const answer = (health: NatHealth) => {
    const [said, old] = [anAnswer(true, health, candidate.id), anAnswer(true, someHealth())];
    return aSecondApart({ ...said, instances: [...said.instances, ...old.instances] });
  };

  it('stay there until the probe has told whether it is ready: another run may be moving them', () => {
    expect(purposeWith([])).toBe('none');
    expect(purposeWith(answer(someHealth()))).toBe('replacement');
    expect(purposeWith(answer(someHealth({ ready: false })))).toBe('repair');
  });

  it('are kept, and its address follows, where the primary of before does not answer any more', () => {
    const unmarked = { ...scene, instances: [anInstance('a'), candidate, ...ofB.instances] };
    const [said] = anAnswer(true, someHealth(), candidate.id).instances;
    const [silent] = anAnswer(true, 'silent').instances;
    const [well] = anAnswer(true, someHealth()).instances;
    const stepsWith = (memory: Memory, ...instances: (InstanceAnswer | undefined)[]) => {
      const answer = { ...anAnswer(true), instances: instances.filter((one) => one !== undefined) };
      const readings = new Map([[zoneName('a'), aSecondApart(answer)]]);
      return kindsOf(diagnoseAndPlan({ ...snapshotOf(unmarked), readings }, { memory }).a).flat();
    };
    const seenFor = (ms: number) => rememberSplit(emptyMemory, zoneName('a'), true, now - ms);
    const unheard = diagnoseAndPlan({ ...snapshotOf(unmarked), readings: new Map([[zoneName('a'), []]]) }).a;

    expect(stepsWith(emptyMemory, said, silent)).toEqual(['associate-address']);
    // Another run may have moved them a moment ago, and EC2 shows a part of that.
    expect(stepsWith(seenFor(300), said, well)).toEqual([]);
    expect(stepsWith(rememberSplit(seenFor(300), zoneName('a'), true, now), said, well)).toEqual([]);
    expect(stepsWith(seenFor(5_000), said, well)).toEqual(['set-default-route', 'set-default-route']);
    expect(stepsWith(rememberSplit(seenFor(5_000), zoneName('a'), false, now), said, well)).toEqual([]);
    expect(stepsWith(seenFor(300), silent, well)).toEqual(['set-default-route', 'set-default-route']);
    expect(kindsOf(unheard)).toEqual([]);
  });

  it('stay there while EC2 shows a part of what this run has just moved', () => {
    const unmarked = { ...scene, instances: [anInstance('a'), candidate, ...ofB.instances] };
    const snapshot = {
      ...snapshotOf(unmarked),
      readings: new Map([[zoneName('a'), [noReading(now - 200)]]]),
    };
    const stepsIn = (memory: Memory) => kindsOf(diagnoseAndPlan(snapshot, { memory }).a).flat();
    const movedAgo = (ms: number) => forgetRequests(emptyMemory, zoneName('a'), now - ms);

    expect(stepsIn(movedAgo(300))).toEqual([]);
    expect(stepsIn(movedAgo(6_000))).toEqual(['set-default-route', 'set-default-route']);
    expect(kindsOf(diagnoseAndPlan(snapshotOf(unmarked), { memory: movedAgo(300) }).a).flat()).toEqual([
      'set-default-route',
      'set-default-route',
    ]);
  });
});

describe('routes that lead home from the stand-in already, with the Elastic IP still there', () => {
  const ofB = anAnswer(true, someHealth(), id('instance', 'b1'));
  const readings = new Map([[zoneName('a'), aSecondApart(ofB)]]);
  const ledBackWith = (memory: Memory) => {
    const addressOfA = { stoodIn: { by: id('instance', 'b1'), at: now - 60_000 } };
    const changes = { isCarried: true, routesOfA: to('a2'), besideA: [own], addressOfA, readings, memory };
    const { diagnoses, context } = standInScene(changes);
    const [diagnosis] = diagnoses;
    expect(diagnosis).toMatchObject({ candidateIsGood: false, view: { standIn: { privateIp: spareIp } } });
    return plan(diagnoses, context)[0]
      ?.waves.flat()
      .map(({ kind }) => kind);
  };

  it('stay there, though this run has not heard their own instance: another may be leading them home', () => {
    const seenFor = (ms: number) => rememberSplit(emptyMemory, zoneName('a'), true, now - ms);

    expect(ledBackWith(seenFor(300))).toEqual([]);
    expect(ledBackWith(seenFor(5_000))).toEqual(['set-default-route', 'set-default-route']);
  });
});

describe('a route that works through the instance of another zone', () => {
  const elsewhere = aTable('a', 1, {
    defaultRoute: { target: { kind: 'interface', id: id('interface', 'b1') }, state: 'active' },
  });
  const scene = { routeTables: [...ofB.routeTables, elsewhere, aTable('a', 2)] };
  const kindsWith = (internetGatewayBlock?: 'block-ingress' | 'block-bidirectional') =>
    kindsOf(
      diagnoseAndPlan(
        snapshotOf({
          ...scene,
          subnets: settledScene.subnets.map((subnet) =>
            subnet.id === id('subnet', 'a0') && internetGatewayBlock !== undefined
              ? { ...subnet, internetGatewayBlock }
              : subnet,
          ),
        }),
      ).a,
    ).flat();

  it('is led home, but not into what VPC Block Public Access cuts off', () => {
    expect(kindsWith()).toEqual(['set-default-route']);
    expect(kindsWith('block-ingress')).toEqual([]);
    expect(kindsWith('block-bidirectional')).toEqual([]);
  });
});

describe('a takeover by what is ready as far as EC2 can tell', () => {
  const led = [1, 2].map((nth) =>
    aTable('a', nth, { defaultRoute: { target: gateway, state: 'active' }, remembered: gateway }),
  );
  const scene = snapshotOf({ routeTables: [...ofB.routeTables, ...led] });
  const silent = anAnswer(true, 'silent');
  const planWith = (readings: readonly Reading[]) =>
    diagnoseAndPlan({ ...scene, readings: new Map([[zoneName('a'), readings]]) }).a;
  const takesOver = (readings: readonly Reading[]) => kindsOf(planWith(readings)).length > 0;
  const throttled = (count: number) =>
    Array.from({ length: count }, (_none, nth) => noReading(now - 100 - (count - 1 - nth) * 1_000));
  const another = id('instance', 'ca');

  it.each<[string, readonly Reading[], boolean]>([
    ['waits for its own word', times(4, silent), false],
    ['is made where it goes on saying nothing', times(5, silent), true],
    ['is made at once where it says that it is ready', aSecondApart(anAnswer(true, someHealth())), true],
    ['waits where it said so a moment ago', aSecondApart(anAnswer(true, someHealth()), silent), false],
    ['waits for a probe that does not answer', throttled(4), false],
    ['is made where the probe goes on saying nothing', throttled(5), true],
    ['is made where nobody could be asked', times(5, anAnswer(true)), true],
    ['counts no word that cannot be understood', times(5, anAnswer(true, 'odd')), true],
    ['counts what is too old for nothing', [aReading(silent, now - 50_000), ...times(4, silent)], false],
    [
      'counts from the last word of any instance',
      aSecondApart(anAnswer(true, someHealth(), another), silent, silent, silent, silent),
      false,
    ],
    [
      'is never made by what has denied it',
      aSecondApart(anAnswer(true, off), ...Array(6).fill(silent)),
      false,
    ],
  ])('%s', (_what, readings, made) => {
    expect(takesOver(readings)).toBe(made);
  });

  it('says what it waits for', () => {
    expect(planWith(times(1, silent)).waits).toMatchObject([
      { detail: 'i-000000a1 to tell whether it is ready, or to go on saying nothing' },
    ]);
  });
});

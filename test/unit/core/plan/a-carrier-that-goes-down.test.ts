import { describe, expect, it } from 'vitest';
import { mayHoldShutdown } from '../../../../shared/core/diagnose/roles.ts';
import type { NatHealth, Reading } from '../../../../shared/core/model/reading.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { anInstance, id, now, zoneName } from '../a-snapshot.ts';
import { type Changes, own, scene, spareIp } from '../a-stand-in.ts';
import { anAnswer, aReading, someHealth, times } from '../some-readings.ts';

const a = zoneName('a');
const b = zoneName('b');
const b1 = id('instance', 'b1');
const b2 = id('instance', 'b2');
const handOverMs = minuteMs;
const holds = someHealth({ handOver: { atMostMs: handOverMs, heldForMs: 4 * secondMs } });
const boots: NatInstance = { ...own, state: 'pending', launchedAt: now - 10 * secondMs };

function said(ofA: readonly Reading[], ofB: readonly Reading[]) {
  return new Map([
    [a, ofA],
    [b, ofB],
  ]);
}

const passes = times(2, anAnswer(true));
const heard = (word: NatHealth | 'silent') => times(2, anAnswer(true, word, b1));

/** Zone a is carried by b's instance, which is shut down, and its own next one boots. */
function seen(changes: Changes = {}) {
  const { diagnoses, context } = scene({
    isCarried: true,
    b: { state: 'shutting-down' },
    besideA: [boots],
    readings: said(passes, heard(holds)),
    ...changes,
    settings: { handOverMs },
  });
  const [ofA, ofB] = diagnoses;
  if (ofA?.kind !== 'diagnosed' || ofB?.kind !== 'diagnosed') throw new Error('not diagnosed');
  const plans = plan(diagnoses, context);
  return { ofA, ofB, context, moves: plans.map(({ waves }) => waves.flat().filter(isMove)) };
}

function isMove({ kind }: { readonly kind: string }): boolean {
  return ['associate-address', 'set-default-route', 'terminate'].includes(kind);
}

describe('a zone whose carrier is shut down', () => {
  it('stays there while that holds, as its own zone’s probe tells, and its own instance boots', () => {
    const { ofA, moves } = seen();

    expect(ofA).toMatchObject({ health: 'stood-in', primary: { id: b1 }, candidate: { id: boots.id } });
    expect(ofA.replacement).toMatchObject({ urgent: true, finding: { code: 'hands-over' } });
    expect(moves[0]).toEqual([]);
  });

  it('hears of it from its own probe as well', () => {
    const { ofA } = seen({ readings: said(heard(holds), []), besideA: [] });

    expect(ofA.primary?.id).toBe(b1);
  });

  it('goes home at once where its own instance is ready', () => {
    const ready = { ...own, launchedAt: now - 20 * minuteMs };
    const { moves } = seen({ besideA: [ready], readings: said(passes, heard(holds)) });

    expect(moves[0]).toContainEqual(
      expect.objectContaining({ kind: 'associate-address', to: { kind: 'interface', id: own.interfaceId } }),
    );
  });

  const long = [
    aReading(anAnswer(true, holds, b1), now - 20 * secondMs),
    aReading(anAnswer(true, 'silent', b1), now - 2 * secondMs),
    aReading(anAnswer(true, 'silent', b1), now - secondMs),
  ];
  it.each<[string, Changes, number?]>([
    ['says nothing', { readings: said(passes, heard('silent')) }],
    [
      'says that it cannot forward',
      { readings: said(passes, heard({ ...holds, ready: false, forwarding: false })), besideA: [] },
    ],
    ['has held it, and is silent', { readings: said(passes, long), besideA: [] }],
    ['is heard by no probe', { readings: new Map(), besideA: [] }],
    ['is gone', { b: { state: 'terminated' } }],
  ])('counts as without one where that %s', (_why, changes) => {
    const { ofA } = seen(changes);

    expect(ofA.view.standIn).toBeUndefined();
    expect(ofA.primary?.id).not.toBe(b1);
  });

  it('may be waited for, for its word', () => {
    const { ofA, context } = seen({ readings: new Map(), b: { state: 'stopping', others: 'any' } });
    const { endingStandIn } = ofA.view;

    expect(endingStandIn?.instance.id).toBe(b1);
    expect(endingStandIn && mayHoldShutdown(ofA.view, endingStandIn.instance, context)).toBe(true);
  });
});

describe('a zone whose carrier says that it is shut down, or is, after its own zone has left it', () => {
  /** b's traffic is with b2, which has been well for long. */
  function leftBehind(changes: Changes = {}) {
    const ofB1 = scene({}).diagnoses[1];
    const others = ofB1?.kind === 'diagnosed' ? (ofB1.primary?.others ?? '') : '';
    const next = anInstance('b', { id: b2, interfaceId: id('interface', 'b2'), others });
    const word = someHealth({ standInIp: '10.0.11.10' });
    return seen({
      b: { state: 'running' },
      besideB: [next],
      interfaceOfB2: { secondaryIps: ['10.0.11.10'], hasOwnPublicAddress: false },
      addressOfB: { interfaceId: id('interface', 'b2') },
      routesOfB: 'b2',
      readings: said(heard(holds), times(2, anAnswer(true, word, b2))),
      ...changes,
    });
  }

  it('moves to the instance that has taken its place there, where that is proven', () => {
    const { ofA, moves } = leftBehind();

    expect(ofA.replacement?.finding.code).toBe('hands-over');
    expect(moves[0]?.[0]).toMatchObject({ to: { id: id('interface', 'b2') }, privateIp: '10.0.11.10' });
  });

  it('stays where nothing is amiss with it', () => {
    const { ofA, moves } = leftBehind({
      readings: said(heard(someHealth({ standInIp: spareIp })), passes),
    });

    expect(ofA.replacement?.finding.code).toBe('stood-in');
    expect(moves[0]).toEqual([]);
  });

  it('is not cut off by the clean-up of that zone, which ends what is stopping and carries nobody', () => {
    const ofZone = (changes: Changes) => leftBehind({ b: { state: 'stopping' }, ...changes }).moves[1];

    expect(ofZone({})).toEqual([]);
    expect(ofZone({ isCarried: false })).toEqual([{ kind: 'terminate', instanceId: b1 }]);
  });
});

import { describe, expect, it } from 'vitest';
import { emptyMemory } from '../../../../shared/core/memory/memory.ts';
import { refuseType } from '../../../../shared/core/memory/refused.ts';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import { closedGate } from '../../../../shared/core/plan/zone-order.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  zoneName,
} from '../a-snapshot.ts';

const old = (zone: 'a' | 'b', changes = {}) => anInstance(zone, { specHash: 'of another time', ...changes });
const settings = someSettings();

/** What zone b's plan does, whose instance has another spec than the settings. */
function bBeside(scene: Partial<Scene>, options: Parameters<typeof diagnoseAndPlan>[1] = {}) {
  const { b } = diagnoseAndPlan(snapshotOf(scene), options);
  return { steps: kindsOf(b).flat(), codes: codesOf(b), details: b.findings.map(({ detail }) => detail) };
}

const goes = { steps: ['launch', 'disable-source-dest-check'], codes: [] };
const waits = { steps: [], codes: ['another-zone-first'] };
const pausedA = [anAddress('a', { pausedSince: '2026-11-26T02:00:00Z' }), anAddress('b')];
const dead = (age: number) => anInstance('a', { state: 'terminated', launchedAt: now - age });

describe('a planned replacement beside another zone', () => {
  it.each<[string, Partial<Scene>]>([
    ['is paused', { instances: [anInstance('a'), old('b')], addresses: pausedA }],
    ['is paused and would be replaced too', { instances: [old('a'), old('b')], addresses: pausedA }],
    [
      'is paused and down',
      { instances: [dead(minuteMs), old('b')], addresses: pausedA, statuses: [aStatus('b1')] },
    ],
    ['does not fit the account', { instances: [anInstance('a'), old('b')], addresses: [anAddress('b')] }],
    [
      'has been down for half an hour',
      {
        instances: [dead(31 * minuteMs), dead(2 * minuteMs), old('b')],
        interfaces: [anInterface('b')],
        statuses: [aStatus('b1')],
      },
    ],
    [
      'has drifted, and has launched nothing within the hour',
      {
        instances: [anInstance('a', { launchedAt: now - 2 * hourMs }), old('b')],
        interfaces: [anInterface('a', { sourceDestCheck: true }), anInterface('b')],
      },
    ],
  ])('that %s does not wait for it', (_what, scene) => {
    expect(bBeside(scene)).toMatchObject(goes);
  });

  it.each<[string, Partial<Scene>]>([
    [
      'was given a new instance that hangs',
      {
        instances: [anInstance('a', { launchedAt: now - 29 * minuteMs }), old('b')],
        statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('b1')],
      },
    ],
    [
      'is down, and about to be given one',
      {
        instances: [dead(2 * hourMs), old('b')],
        interfaces: [anInterface('b')],
        statuses: [aStatus('b1')],
      },
    ],
    ['has its turn first', { instances: [old('a'), old('b')] }],
  ])('that %s waits for it', (_what, scene) => {
    expect(bBeside(scene)).toMatchObject(waits);
  });

  it('says for whom it waits, and how long at most', () => {
    const hanging = {
      instances: [anInstance('a', { launchedAt: now - minuteMs }), old('b')],
      statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('b1')],
    } as const;

    expect(bBeside(hanging).details).toEqual([
      'zone a is suspect; planned replacements wait for it, 30 minutes from its first launch on at most',
    ]);
  });

  it('does not wait for a zone that could not be read', () => {
    const flaw = { about: ['a'], detail: 'an instance of zone a came without its state' };
    const snapshot = snapshotOf({ instances: [old('b')] });
    const { instances } = snapshot;
    if (!instances.known) throw new Error('known');
    const flawed = { ...snapshot, instances: { ...instances, value: { ...instances.value, flaws: [flaw] } } };
    const { diagnosisOfA, b } = diagnoseAndPlan(flawed);

    expect([diagnosisOfA.health, kindsOf(b).flat()[0]]).toEqual(['unknown', 'launch']);
  });

  it.each<[string, Parameters<typeof diagnoseAndPlan>[1]]>([
    [
      'EC2 has no type left there',
      {
        memory: settings.instanceTypes.reduce(
          (memory, type) => refuseType(memory, zoneName('a'), type),
          emptyMemory,
        ),
      },
    ],
    ['calls go on failing there', { failing: new Set([zoneName('a')]) }],
  ])('goes before a zone whose turn it would be where %s', (_why, options) => {
    expect(bBeside({ instances: [old('a'), old('b')] }, options)).toMatchObject(goes);
  });

  it('goes before a zone whose turn it would be where the breaker is open', () => {
    const launches = [1, 2, 3, 4, 5].map((minute) => now - minute * 11 * minuteMs);
    const addresses = [anAddress('a', { launches }), anAddress('b')];

    expect(bBeside({ instances: [old('a'), old('b')], addresses })).toMatchObject(goes);
  });

  it('waits for a candidate that is on its way in a zone that comes later', () => {
    const candidate = anInstance('b', {
      id: id('instance', 'cb'),
      interfaceId: id('interface', 'cb'),
      launchedAt: now - minuteMs,
    });
    const { a } = diagnoseAndPlan(snapshotOf({ instances: [old('a'), old('b'), candidate] }));

    expect([kindsOf(a), codesOf(a)]).toEqual([[], ['another-zone-first']]);
  });
});

describe('a replacement where every zone is suspect', () => {
  const hanging = [aStatus('a1', { instance: 'impaired' }), aStatus('b1', { instance: 'impaired' })];

  it('happens in one of them first', () => {
    expect(bBeside({ statuses: hanging })).toMatchObject({ steps: [], codes: ['all-zones-suspect'] });
  });

  it.each<[string, Partial<Scene>, Parameters<typeof diagnoseAndPlan>[1]]>([
    ['is paused', { addresses: pausedA }, {}],
    ['cannot launch', {}, { failing: new Set([zoneName('a')]) }],
  ])('does not wait for the first where that one %s', (_what, scene, options) => {
    expect(bBeside({ ...scene, statuses: hanging }, options)).toMatchObject(goes);
  });
});

describe('a replacement of a cause that is not known', () => {
  it('is a mistake of ours', () => {
    const { diagnosisOfA } = diagnoseAndPlan(snapshotOf({ instances: [old('a'), anInstance('b')] }));
    if (diagnosisOfA.kind !== 'diagnosed') throw new Error('diagnosed');
    const odd = { ...diagnosisOfA, replacement: { ...diagnosisOfA.replacement, cause: 'odd' } } as never;

    const order = {
      zones: [odd],
      allSuspect: false,
      stuck: new Set<never>(),
      withheld: new Set<never>(),
      now,
    };

    expect(() => closedGate(odd, order)).toThrow(InvariantViolation);
  });
});

describe('a replacement of several zones', () => {
  it('that an operator asked of several zones at once happens in one after the other', () => {
    const marked = (zone: 'a' | 'b', at: number, reason: 'rebuild' | 'rebuild-immediate' = 'rebuild') =>
      anInstance(zone, { replaceMark: { reason, at } });
    const both = diagnoseAndPlan(snapshotOf({ instances: [marked('a', now), marked('b', now)] }));
    const oneByOne = diagnoseAndPlan(snapshotOf({ instances: [marked('a', now - 1), marked('b', now)] }));
    const paused = diagnoseAndPlan(
      snapshotOf({
        instances: [marked('a', now), marked('b', now)],
        addresses: [anAddress('a', { pausedSince: 'today' }), anAddress('b')],
      }),
    );

    expect([kindsOf(both.a)[0], codesOf(both.b)]).toEqual([['launch'], ['another-zone-first']]);
    expect([kindsOf(oneByOne.a)[0], kindsOf(oneByOne.b)[0]]).toEqual([['launch'], ['launch']]);
    expect(kindsOf(paused.b)[0]).toEqual(['launch']);
  });

  it('of every zone at once, all suspect, begins with one', () => {
    const { a, b: second } = diagnoseAndPlan(
      snapshotOf({
        statuses: [aStatus('a1', { system: 'impaired' }), aStatus('b1', { instance: 'impaired' })],
      }),
    );

    expect(kindsOf(a)[0]).toEqual(['launch']);
    expect([kindsOf(second), codesOf(second)]).toEqual([[], ['all-zones-suspect']]);
  });

  it('of a changed specification waits while another zone is in trouble, and for its turn', () => {
    expect(codesOf(diagnoseAndPlan(snapshotOf({ instances: [old('a'), old('b')] })).b)).toEqual([
      'another-zone-first',
    ]);
    expect(codesOf(diagnoseAndPlan(snapshotOf({ instances: [old('a')] })).a)).toEqual(['another-zone-first']);
  });
});

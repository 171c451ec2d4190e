import { describe, expect, it } from 'vitest';
import type { BootWord } from '../../../../shared/core/model/boot-word.ts';
import type { Settings } from '../../../../shared/core/model/settings.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
  someSettings,
} from '../a-snapshot.ts';

const cannot: BootWord = { kind: 'cannot-forward', why: 'no packages' };
const silent: BootWord = { kind: 'silent' };
const unread: BootWord = { kind: 'unknown', why: 'UnauthorizedOperation' };

describe('a candidate', () => {
  const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
  const candidate = anInstance('a', {
    id: id('instance', 'ca'),
    interfaceId: id('interface', 'ca'),
    launchedAt: now - 3 * minuteMs,
  });
  const scene = {
    instances: [marked, candidate, anInstance('b')],
    interfaces: [
      anInterface('a'),
      anInterface('a', { id: id('interface', 'ca'), attachedTo: candidate.id, hasOwnPublicAddress: true }),
      anInterface('b'),
    ],
    statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
  };
  const planWith = (word: BootWord) =>
    diagnoseAndPlan({ ...snapshotOf(scene), bootWords: new Map([[candidate.id, word]]) });

  it.each<[BootWord, string | undefined]>([
    [{ kind: 'forwards' }, 'give-up-own-address'],
    [cannot, 'terminate'],
    [silent, undefined],
    [unread, undefined],
  ])('whose word is %j', (word, first) => {
    expect(kindsOf(planWith(word).a)[0]?.[0]).toBe(first);
  });

  it('that cannot forward is told, with its own words', () => {
    expect(planWith(cannot).diagnosisOfA.findings).toContainEqual({
      code: 'boot-failed',
      detail: 'i-000000ca cannot forward: no packages',
    });
  });

  const warned = { ...marked, replaceMark: { reason: 'spot-interruption', at: now } } as const;
  const initializing = [aStatus('a1'), aStatus('ca', { instance: 'initializing' }), aStatus('b1')];
  const bringsAll = someSettings({ image: { kind: 'preset', preset: 'fck-nat' } });

  /** The first step for a candidate of this age whose checks have not passed, beside this primary. */
  function firstStep(primary: NatInstance, ageMs: number, word?: BootWord, settings?: Settings) {
    const young = { ...candidate, launchedAt: now - ageMs };
    const statuses =
      primary === warned ? initializing : [aStatus('a1', { system: 'impaired' }), ...initializing.slice(1)];
    const snapshot = snapshotOf({ ...scene, instances: [primary, young, anInstance('b')], statuses });
    const heard = word === undefined ? snapshot : { ...snapshot, bootWords: new Map([[young.id, word]]) };
    return kindsOf(diagnoseAndPlan(heard, settings === undefined ? {} : { settings }).a)[0]?.[0];
  }

  it.each<[string, number, BootWord | undefined, string | undefined]>([
    ['says that it forwards', 20_000, { kind: 'forwards' }, 'give-up-own-address'],
    ['says nothing, and installs packages still', 99_000, silent, undefined],
    ['says nothing, and the old one is about to go', 100_000, silent, 'give-up-own-address'],
    ['cannot forward', 100_000, cannot, 'terminate'],
  ])('in a hurry, beside a primary that works, that %s', (_what, ageMs, word, first) => {
    expect(firstStep(warned, ageMs, word)).toBe(first);
  });

  it('in a hurry is taken sooner where its image brings all, or the primary serves nobody', () => {
    const marks: (string | undefined)[] = [44_000, 45_000].flatMap((ageMs) => [
      firstStep(warned, ageMs, undefined, { ...bringsAll }),
      firstStep(anInstance('a'), ageMs),
    ]);

    expect(marks).toEqual([undefined, undefined, 'give-up-own-address', 'give-up-own-address']);
  });

  it.each([
    ['is in no hurry where a NAT gateway serves the zone', ['a1', 'a2'], []],
    ['moves in a hurry only what no NAT gateway serves', ['a1'], [id('routeTable', 'a2')]],
  ] as const)('%s', (_case, served, moved) => {
    const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;
    const routeTables = snapshotOf().routeTables;
    if (!routeTables.known) throw new Error('tables');
    const items = routeTables.value.items.map((table) =>
      served.some((hex) => table.id === id('routeTable', hex))
        ? { ...table, defaultRoute: { target: gateway, state: 'active' } as const }
        : table,
    );
    const hung = [aStatus('a1', { system: 'impaired' }), ...initializing.slice(1)];
    const snapshot = snapshotOf({
      ...scene,
      instances: [anInstance('a'), candidate, anInstance('b')],
      statuses: hung,
      routeTables: items,
    });
    const steps = diagnoseAndPlan(snapshot).a.waves.flat();

    expect(steps.flatMap((step) => (step.kind === 'set-default-route' ? [step.routeTableId] : []))).toEqual(
      moved,
    );
  });
});

describe('a primary', () => {
  it('that has not said that it forwards takes nothing over from a NAT gateway, and its image is not noted', () => {
    const instances = [anInstance('a', { launchedAt: now - 3 * minuteMs }), anInstance('b')];
    const { lastGoodImage: _none, ...bare } = anAddress('a');
    const snapshot = snapshotOf({ instances, addresses: [bare, anAddress('b')] });
    const [instance] = instances;
    if (instance === undefined) throw new Error('an instance');

    expect(kindsOf(diagnoseAndPlan(snapshot).a)).toEqual([['remember-image']]);
    expect(kindsOf(diagnoseAndPlan({ ...snapshot, bootWords: new Map([[instance.id, silent]]) }).a)).toEqual(
      [],
    );
  });
});

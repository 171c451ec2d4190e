import { describe, expect, it } from 'vitest';
import type { BootWord } from '../../../../shared/core/model/boot-word.ts';
import type { ProbeAnswer, Reading } from '../../../../shared/core/model/reading.ts';
import type { Settings } from '../../../../shared/core/model/settings.ts';
import type { NatInstance, ReplaceReason } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
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
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aSecondApart, booting, noReading, off, someHealth, type Word } from '../some-readings.ts';

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

  it('that has said it is not ready is not taken for ready while it does not answer', () => {
    const unanswered = anAnswer(true, 'silent', candidate.id);
    const stepAfter = (...answers: readonly ProbeAnswer[]) => {
      const heard = {
        ...snapshotOf(scene),
        bootWords: new Map([[candidate.id, { kind: 'forwards' } as const]]),
        readings: new Map([[zoneName('a'), aSecondApart(...answers)]]),
      };
      return kindsOf(diagnoseAndPlan(heard).a)[0]?.[0];
    };

    expect(stepAfter(anAnswer(true, off, candidate.id), unanswered)).toBeUndefined();
    expect(stepAfter(unanswered)).toBeDefined();
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

describe('a candidate, where the zone has a probe', () => {
  const young = anInstance('a', {
    id: id('instance', 'ca'),
    interfaceId: id('interface', 'ca'),
    launchedAt: now - 20_000,
  });
  const interfaces = [
    anInterface('a'),
    anInterface('a', { id: id('interface', 'ca'), attachedTo: young.id, hasOwnPublicAddress: true }),
    anInterface('b'),
  ];
  const ready = someHealth({ specHash: 'spec-of-today' });

  /** The first step for a candidate of which the probe says this, beside a primary that is to be replaced for that. */
  function firstStep(
    word: Word,
    reason: ReplaceReason,
    options: { ageMs?: number; passes?: boolean; hasAddress?: boolean } = {},
  ) {
    const { ageMs = 20_000, passes = false, hasAddress = true } = options;
    const marked = anInstance('a', { replaceMark: { reason, at: now } });
    const check = passes ? 'ok' : 'initializing';
    const scene = {
      instances: [marked, { ...young, launchedAt: now - ageMs }, anInstance('b')],
      interfaces: interfaces.map((entry) =>
        entry.attachedTo === young.id ? { ...entry, hasOwnPublicAddress: hasAddress } : entry,
      ),
      statuses: [aStatus('a1'), aStatus('ca', { instance: check }), aStatus('b1')],
    };
    const answer = anAnswer(true, word, young.id);
    const [beside] = anAnswer(true, someHealth()).instances;
    const instances = [...answer.instances, ...(beside === undefined ? [] : [beside])];
    const readings = word === undefined ? [] : aSecondApart({ ...answer, instances });
    return kindsOf(
      diagnoseAndPlan({ ...snapshotOf(scene), readings: new Map([[zoneName('a'), readings]]) }).a,
    )[0]?.[0];
  }

  it.each<[string, Word, boolean, string | undefined]>([
    ['says that it is ready', ready, false, 'give-up-own-address'],
    ['is ready, of files that do not say their spec', someHealth(), false, 'give-up-own-address'],
    ['is not ready yet, whatever EC2’s checks say', someHealth({ ready: false }), true, undefined],
    ['has not found a way out', someHealth({ egress: false }), true, undefined],
    ['does not know of a way out', booting, true, undefined],
    ['was set up otherwise', someHealth({ specHash: 'another' }), true, undefined],
    ['does not answer, where others do', 'silent', true, undefined],
    ['gives an odd answer', 'odd', true, undefined],
    ['has not been asked', undefined, true, undefined],
  ])('that %s', (_what, word, passes, expected) => {
    expect(firstStep(word, 'rebuild', { passes })).toBe(expected);
  });

  it('is not taken for its age where it says that it is not ready, however urgent it is', () => {
    const urgently = (word: Word) => firstStep(word, 'spot-interruption', { ageMs: 200_000 });

    expect([urgently(someHealth({ ready: false })), urgently(undefined)]).toEqual([undefined, undefined]);
    expect([urgently(ready), urgently('silent')]).toEqual(['give-up-own-address', 'give-up-own-address']);
  });

  it('needs no way out of its own while it has no public address: a cutover has broken off', () => {
    const urgently = (word: Word) => firstStep(word, 'spot-interruption', { hasAddress: false });

    expect(urgently(someHealth({ egress: false }))).toBe('set-default-route');
    expect(urgently(someHealth({ egress: false, ready: false }))).toBeUndefined();
  });

  it('is given up when it has not been ready for long', () => {
    expect(firstStep('silent', 'rebuild', { ageMs: 601_000 })).toBe('terminate');
  });

  it('is trusted as ever where no instance answers the probe', () => {
    const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
    const scene = {
      instances: [marked, young, anInstance('b')],
      interfaces,
      statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
    };
    const answer = anAnswer(true, 'silent', young.id);
    const readings = new Map([[zoneName('a'), aSecondApart(answer)]]);
    const unknown = new Map([[zoneName('a'), [noReading(now - 200)]]]);
    const first = (heard: typeof readings) =>
      kindsOf(diagnoseAndPlan({ ...snapshotOf(scene), readings: heard }).a)[0]?.[0];

    expect([first(readings), first(unknown)]).toEqual(['give-up-own-address', 'give-up-own-address']);
  });
});

describe('a primary, where the zone has a probe', () => {
  const unchecked = [aStatus('a1', { instance: 'initializing' }), aStatus('b1')];
  const seen = (readings: readonly Reading[], launchedAt = now - hourMs) => {
    const instances = [anInstance('a', { launchedAt }), anInstance('b')];
    const { diagnosisOfA } = diagnoseAndPlan({
      ...snapshotOf({ instances, statuses: unchecked }),
      readings: new Map([[zoneName('a'), readings]]),
    });
    return diagnosisOfA.kind === 'diagnosed' ? diagnosisOfA : undefined;
  };

  it('is ready once a request has passed through it, and not while none does, whatever it says', () => {
    expect(seen(aSecondApart(anAnswer(true)))?.primaryReady).toBe(true);
    expect(seen(aSecondApart(anAnswer(false, someHealth())))?.primaryReady).toBe(false);
    expect(seen(aSecondApart({ ...anAnswer(false, someHealth()), targets: [] }))?.primaryReady).toBe(true);
    expect(seen(aSecondApart(anAnswer(false, off)))?.primaryReady).toBe(false);
    expect(seen([])?.primaryReady).toBe(false);
  });

  it('is starting while it boots', () => {
    expect(seen(aSecondApart(anAnswer(false, booting)), now - 20_000)?.health).toBe('starting');
    expect(seen(aSecondApart(anAnswer(true)), now - 20_000)?.health).toBe('healthy');
    expect(seen(aSecondApart(anAnswer(false, 'silent')))?.health).toBe('healthy');
  });

  it('that says that it is ready outdoes what its boot has said', () => {
    const { diagnosisOfA } = diagnoseAndPlan({
      ...snapshotOf(),
      bootWords: new Map([[id('instance', 'a1'), silent]]),
      readings: new Map([[zoneName('a'), aSecondApart(anAnswer(true, someHealth()))]]),
    });

    expect(diagnosisOfA.findings).toEqual([]);
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

import { describe, expect, it } from 'vitest';
import { bootTrust, heardWithinMs } from '../../../../shared/core/diagnose/boot-trust.ts';
import { toBeHeard } from '../../../../shared/core/diagnose/to-be-heard.ts';
import { viewZone } from '../../../../shared/core/diagnose/zone-view.ts';
import { type BootWord, readBootWord } from '../../../../shared/core/model/boot-word.ts';
import type { ImageChoice, Settings } from '../../../../shared/core/model/settings.ts';
import type { NatInstance, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  codesOf,
  id,
  judge,
  kindsOf,
  mainTable,
  now,
  publicTable,
  type Scene,
  snapshotOf,
  someSettings,
} from '../a-snapshot.ts';

const line = (text: string) => `[   41.271828] cloud-init[1304]: ${text}\r\n`;

describe('what a console says of the boot', () => {
  it.each<[string, string, BootWord]>([
    ['nothing', '', { kind: 'unknown', why: 'its console is empty' }],
    ['blanks', ' \r\n ', { kind: 'unknown', why: 'its console is empty' }],
    ['something else', line('Welcome to phoenat: forwarding'), { kind: 'silent' }],
    ['that it forwards', line('x') + line('phoenat: forwarding is on') + line('y'), { kind: 'forwards' }],
    [
      'that it cannot',
      line('phoenat: cannot forward: nftables cannot be installed') + line('Power down.'),
      { kind: 'cannot-forward', why: 'nftables cannot be installed' },
    ],
    [
      'that it cannot, without a reason',
      line('phoenat: cannot forward: '),
      { kind: 'cannot-forward', why: 'it does not say why' },
    ],
    [
      'that it could not, and now does',
      line('phoenat: cannot forward: no') + line('phoenat: forwarding is on'),
      { kind: 'forwards' },
    ],
    [
      'that it did, and now cannot',
      line('phoenat: forwarding is on') + line('phoenat: cannot forward: no'),
      { kind: 'cannot-forward', why: 'no' },
    ],
    [
      'that it could not, did, and now cannot',
      line('phoenat: cannot forward: once') +
        line('phoenat: forwarding is on') +
        line('phoenat: cannot forward: twice'),
      { kind: 'cannot-forward', why: 'twice' },
    ],
  ])('%s', (_what, output, word) => {
    expect(readBootWord(output)).toEqual(word);
  });

  it('is quoted in one short, printable line', () => {
    const word = readBootWord(`phoenat: cannot forward: \u001b[31mred\u0007 ${'x'.repeat(1_000)}`);

    expect(word.kind === 'cannot-forward' && word.why).toMatch(/^\[31mred +x{200,300}$/);
  });

  it('is looked for in what EC2 keeps, and no further', () => {
    expect(readBootWord(`phoenat: forwarding is on\n${'x'.repeat(70_000)}`)).toEqual({ kind: 'silent' });
    expect(readBootWord(`${'x'.repeat(1_000_000)}\nphoenat: forwarding is on\n`)).toEqual({
      kind: 'forwards',
    });
  });
});

const cannot: BootWord = { kind: 'cannot-forward', why: 'no packages' };
const silent: BootWord = { kind: 'silent' };
const unread: BootWord = { kind: 'unknown', why: 'UnauthorizedOperation' };
const own: ImageChoice = { kind: 'custom', owner: 'self', namePattern: 'nat-*' };
const old: ImageChoice = { kind: 'preset', preset: 'amzn-ami-vpc-nat' };
const fck: ImageChoice = { kind: 'preset', preset: 'fck-nat' };
const al2023: ImageChoice = { kind: 'preset', preset: 'al2023' };

function trust(word: BootWord | undefined, ageMs: number, image = al2023, readyTimeoutMs = 10 * minuteMs) {
  const settings = someSettings({ image, readyTimeoutMs });
  const instance = anInstance('a', { launchedAt: now - ageMs });
  const bootWords = new Map(word === undefined ? [] : [[instance.id, word]]);
  const snapshot = { ...snapshotOf({ instances: [instance] }), bootWords };
  const [zone] = settings.zones;
  const sight = zone === undefined ? undefined : viewZone(snapshot, settings, zone);
  if (sight?.kind !== 'seen') throw new Error('zone a is seen');
  const { kind, findings } = bootTrust(sight.view, instance, { settings, now });
  return [kind, ...codesOf({ findings })];
}

describe('an instance whose checks pass', () => {
  it.each<[string, BootWord | undefined, number, ImageChoice, string[]]>([
    ['has not been asked', undefined, 0, al2023, ['trusted']],
    ['forwards by its own word', { kind: 'forwards' }, 0, al2023, ['trusted']],
    ['cannot, by its own word', cannot, hourMs, own, ['failed', 'boot-failed']],
    ['says nothing, and would', silent, 9 * hourMs, al2023, ['waiting', 'boot-unheard']],
    ['says nothing, and would too', silent, 9 * hourMs, fck, ['waiting', 'boot-unheard']],
    ['says nothing, and may not be able to', silent, heardWithinMs - 1, own, ['waiting', 'boot-unheard']],
    ['says nothing for long', silent, heardWithinMs, own, ['trusted', 'boot-unheard']],
    ['says nothing, as it has no unit', silent, heardWithinMs, old, ['trusted', 'boot-unheard']],
    ['cannot be heard yet', unread, heardWithinMs - 1, al2023, ['waiting', 'boot-unheard']],
    ['cannot be heard at all', unread, heardWithinMs, al2023, ['trusted', 'boot-unheard']],
  ])('and that %s', (_what, word, ageMs, image, expected) => {
    expect(trust(word, ageMs, image)).toEqual(expected);
  });

  it('is taken before it would be given up as late', () => {
    expect(trust(unread, 90 * secondMs, al2023, 2 * minuteMs)[0]).toBe('trusted');
    expect(trust(unread, 89 * secondMs, al2023, 2 * minuteMs)[0]).toBe('waiting');
  });
});

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
      anInterface('a', { id: id('interface', 'ca'), attachedTo: candidate.id }),
      anInterface('b'),
    ],
    statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
  };
  const planWith = (word: BootWord) =>
    judge({ ...snapshotOf(scene), bootWords: new Map([[candidate.id, word]]) });

  it.each<[BootWord, string | undefined]>([
    [{ kind: 'forwards' }, 'set-default-route'],
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
    return kindsOf(judge(heard, settings === undefined ? {} : { settings }).a)[0]?.[0];
  }

  it.each<[string, number, BootWord | undefined, string | undefined]>([
    ['says that it forwards', 20_000, { kind: 'forwards' }, 'set-default-route'],
    ['says nothing, and installs packages still', 99_000, silent, undefined],
    ['says nothing, and the old one is about to go', 100_000, silent, 'set-default-route'],
    ['cannot forward', 100_000, cannot, 'terminate'],
  ])('in a hurry, beside a primary that works, that %s', (_what, ageMs, word, first) => {
    expect(firstStep(warned, ageMs, word)).toBe(first);
  });

  it('in a hurry is taken sooner where its image brings all, or the primary serves nobody', () => {
    const marks: (string | undefined)[] = [44_000, 45_000].flatMap((ageMs) => [
      firstStep(warned, ageMs, undefined, { ...bringsAll }),
      firstStep(anInstance('a'), ageMs),
    ]);

    expect(marks).toEqual([undefined, undefined, 'set-default-route', 'set-default-route']);
  });

  it('is in no hurry where a NAT gateway serves the zone', () => {
    const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;
    const routeTables = snapshotOf().routeTables;
    if (!routeTables.known) throw new Error('tables');
    const items = routeTables.value.items.map((table) =>
      table.subnetIds.includes(id('subnet', 'a1'))
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

    expect(kindsOf(judge(snapshot).a).flat()).not.toContain('set-default-route');
  });

  it('in a hurry is asked for its word before its checks pass, and otherwise after', () => {
    const asked = (primary: NatInstance) => {
      const snapshot = snapshotOf({
        ...scene,
        instances: [primary, candidate, anInstance('b')],
        statuses: initializing,
      });
      return toBeHeard(judge(snapshot).diagnosisOfA, now, undefined);
    };

    expect([asked(warned), asked(marked)]).toEqual([[candidate.id], []]);
  });
});

describe('a primary', () => {
  it('that has not said that it forwards takes nothing over from a NAT gateway, and its image is not noted', () => {
    const instances = [anInstance('a', { launchedAt: now - 3 * minuteMs }), anInstance('b')];
    const { lastGoodImage: _none, ...bare } = anAddress('a');
    const snapshot = snapshotOf({ instances, addresses: [bare, anAddress('b')] });
    const [instance] = instances;
    if (instance === undefined) throw new Error('an instance');

    expect(kindsOf(judge(snapshot).a)).toEqual([['remember-image']]);
    expect(kindsOf(judge({ ...snapshot, bootWords: new Map([[instance.id, silent]]) }).a)).toEqual([]);
  });
});

describe('whose boot is asked', () => {
  const asked = (changes: Partial<Scene>, launchedSince?: number) =>
    toBeHeard(judge(snapshotOf(changes)).diagnosisOfA, now, launchedSince);
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
});

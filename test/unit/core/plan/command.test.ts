import { describe, expect, it } from 'vitest';
import { emptyMemory } from '../../../../shared/core/memory/memory.ts';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import { unknown } from '../../../../shared/core/model/observed.ts';
import type { ReplaceReason, Snapshot } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { ManualCommand, Trigger } from '../../../../shared/core/model/trigger.ts';
import { commandPlan } from '../../../../shared/core/plan/command.ts';
import {
  anAddress,
  anImage,
  anInstance,
  aStatus,
  aTable,
  diagnoseAndPlan,
  id,
  kindsOf,
  mainTable,
  now,
  publicTable,
  type Scene,
  snapshotOf,
  someSettings,
  specHash,
  zoneName,
} from '../a-snapshot.ts';

const context = { now, settings: someSettings(), specHash, memory: emptyMemory };

describe('a command', () => {
  const command = (changes: Partial<ManualCommand>): Trigger => ({
    kind: 'manual',
    command: { action: 'status', immediate: false, dryRun: false, ...changes },
    at: now,
  });
  const open = (trigger: Trigger, scene: Parameters<typeof snapshotOf>[0] = {}) => {
    const snapshot = snapshotOf(scene);
    const { diagnosisOfA } = diagnoseAndPlan(snapshot);
    return commandPlan(trigger, diagnosisOfA, snapshot, context);
  };
  const warning: Trigger = {
    kind: 'instances',
    source: 'rebalance',
    instanceIds: [id('instance', 'a1')],
    detail: '',
    mark: 'rebalance-recommendation',
    at: now,
  };
  const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;
  const adopted = [
    publicTable,
    mainTable,
    aTable('a', 1, { remembered: gateway }),
    aTable('a', 2),
    aTable('b', 1),
    aTable('b', 2),
  ];
  const paused = { addresses: [anAddress('a', { pausedSince: 'today' }), anAddress('b')] };
  const violated = { addresses: [anAddress('b')] };

  it.each([
    ['trigger', { kind: 'odd' }],
    ['command', { kind: 'manual', command: { action: 'odd' }, at: now }],
  ])('on a %s of no known kind is a mistake of ours', (_what, odd) => {
    expect(() => open(odd as never)).toThrow(InvariantViolation);
  });

  it('does what was asked, in the zone that was asked', () => {
    expect(kindsOf(open({ kind: 'look', source: 'schedule', at: now }))).toEqual([]);
    expect(kindsOf(open(command({})))).toEqual([]);
    expect(kindsOf(open(command({ action: 'pause' })))).toEqual([['pause']]);
    expect(kindsOf(open(command({ action: 'pause', zone: zoneName('b') })))).toEqual([]);
    expect(kindsOf(open(command({ action: 'resume' })))).toEqual([['resume']]);
    expect(kindsOf(open(command({ action: 'rebuild' })))).toEqual([['mark-for-replacement']]);
    expect(open(command({ action: 'reset-breaker' })).waves).toEqual([
      [{ kind: 'reset-breaker', allocationId: id('allocation', 'a'), at: new Date(now).toISOString() }],
    ]);
    expect(open(command({ action: 'rebuild', immediate: true })).waves[0]?.[0]).toMatchObject({
      mark: { reason: 'rebuild-immediate' },
    });
    expect(kindsOf(open(command({ action: 'restore' }), { routeTables: adopted }))).toEqual([
      ['set-default-route'],
      ['pause'],
      ['set-default-route'],
    ]);
    expect(kindsOf(open(warning))).toEqual([['mark-for-replacement']]);
  });

  it('to resume forgets how often a route that leads elsewhere was taken over, but not what was tried in vain', () => {
    const ledBack = { at: now - minuteMs, from: id('instance', 'a1') };
    const takenOver = { by: 'phoenat', at: [now - minuteMs, now - 2 * minuteMs] };
    const defaultRoute = { target: gateway, state: 'active' } as const;
    const led = (changes: Parameters<typeof aTable>[2]) => ({
      routeTables: [publicTable, mainTable, aTable('a', 1, changes), ...adopted.slice(3)],
    });
    const noteOf = (changes: Parameters<typeof aTable>[2]) =>
      open(command({ action: 'resume' }), led(changes)).waves.slice(1);
    const note = { kind: 'note-takeover', routeTableId: id('routeTable', 'a1'), at: [] };

    expect(noteOf({ takenOver, defaultRoute })).toEqual([[note]]);
    expect(noteOf({ takenOver: { ...takenOver, ledBack }, defaultRoute })).toEqual([[{ ...note, ledBack }]]);
    expect(noteOf({ takenOver })).toEqual([]);
    expect(noteOf({ takenOver: { by: 'other', at: takenOver.at }, defaultRoute })).toEqual([]);
    expect(noteOf({ takenOver: { by: 'phoenat', at: [now - 61 * minuteMs] }, defaultRoute })).toEqual([]);
    expect(noteOf({ defaultRoute })).toEqual([]);
    const resume = command({ action: 'resume' });
    const unread = { ...snapshotOf(), addresses: { known: false, cause: 'failed', detail: '' } } as const;
    expect(kindsOf(commandPlan(resume, diagnoseAndPlan(unread).diagnosisOfA, unread, context))).toEqual([
      ['resume'],
    ]);
  });

  it('a warning is written over the note that requests failed, and over nothing else', () => {
    const markedWith = (reason: ReplaceReason) => ({
      instances: [anInstance('a', { replaceMark: { reason, at: now } }), anInstance('b')],
    });

    expect(kindsOf(open(warning, markedWith('requests-failed')))).toEqual([['mark-for-replacement']]);
    expect(kindsOf(open(warning, markedWith('rebuild')))).toEqual([]);
  });

  it('leaves no mark of a rebuild that cannot begin, and says why and what to type', () => {
    const launches = [1, 2, 3, 4].map((minutes) => now - minutes * 60_000);
    const breakerOpen = { addresses: [anAddress('a', { launches }), anAddress('b')] };
    const unread = { ...snapshotOf(), addresses: { known: false, cause: 'failed', detail: '' } } as const;
    const rebuild = command({ action: 'rebuild' });
    const immediate = command({ action: 'rebuild', immediate: true });
    const plans = [
      open(rebuild, paused),
      open(rebuild, breakerOpen),
      open(immediate, breakerOpen),
      open(rebuild, violated),
      commandPlan(rebuild, diagnoseAndPlan(unread).diagnosisOfA, unread, context),
    ];

    expect(plans.flatMap(({ waves }) => waves)).toEqual([]);
    expect(plans.map(({ findings }) => [findings[0]?.code, findings[0]?.detail.split(': ').at(-1)])).toEqual([
      ['rebuild-refused', 'npx --no-install phoenat resume --zone a'],
      ['rebuild-refused', 'npx --no-install phoenat breaker reset --zone a'],
      ['rebuild-refused', 'npx --no-install phoenat breaker reset --zone a'],
      ['rebuild-refused', 'npx --no-install phoenat status'],
      ['rebuild-refused', 'npx --no-install phoenat status'],
    ]);
    const launched = (count: number) => ({
      addresses: [anAddress('a', { launches: launches.slice(-count) })],
    });
    expect(kindsOf(open(rebuild, launched(2)))).toEqual([['mark-for-replacement']]);
    // The last launch of the hour is for a failure, or for whoever wants the instance gone at once.
    expect(open(rebuild, launched(3)).findings[0]?.detail).toMatch(
      /keeps the last of 4 launches for a failure/,
    );
    expect(kindsOf(open(immediate, launched(3)))).toEqual([['mark-for-replacement']]);
  });

  it('asks for nothing where there is nothing to do', () => {
    const there = [
      publicTable,
      mainTable,
      aTable('a', 1, { remembered: gateway, defaultRoute: { target: gateway, state: 'active' } }),
      aTable('a', 2),
      aTable('b', 1),
      aTable('b', 2),
    ];
    const { defaultRoute: _none, ...routeless } = aTable('a', 1, { remembered: gateway });
    const markedAlready = {
      instances: [anInstance('a', { replaceMark: { reason: 'rebuild', at: 0 } }), anInstance('b')],
    };

    expect(kindsOf(open(command({ action: 'pause' }), paused))).toEqual([]);
    expect(kindsOf(open(command({ action: 'rebuild' }), paused))).toEqual([]);
    expect(kindsOf(open(command({ action: 'rebuild' }), violated))).toEqual([]);
    expect(kindsOf(open(command({ action: 'restore' }), violated))).toEqual([]);
    expect(open(command({ action: 'restore' }))).toMatchObject({
      waves: [],
      findings: [{ code: 'nothing-to-restore' }],
    });
    expect(kindsOf(open(command({ action: 'restore' }), { ...paused, routeTables: there }))).toEqual([]);
    expect(
      open(command({ action: 'restore' }), {
        routeTables: [publicTable, mainTable, routeless, aTable('a', 2), aTable('b', 1), aTable('b', 2)],
      }).waves,
    ).toMatchObject([[{ exists: false }], [{ kind: 'pause' }], [{ exists: true }]]);
    expect(kindsOf(open(warning, paused))).toEqual([]);
    expect(kindsOf(open(warning, violated))).toEqual([]);
    expect(kindsOf(open(warning, markedAlready))).toEqual([]);
    expect(kindsOf(open({ ...warning, instanceIds: [id('instance', 'f')] }))).toEqual([]);
  });

  it('pauses a zone whose addresses could not be read', () => {
    const snapshot = { ...snapshotOf(), addresses: { known: false, cause: 'failed', detail: '' } } as const;
    const { diagnosisOfA } = diagnoseAndPlan(snapshot);

    expect(kindsOf(commandPlan(command({ action: 'pause' }), diagnosisOfA, snapshot, context))).toEqual([
      ['pause'],
    ]);
  });
});

describe('a rebuild', () => {
  const trigger = (immediate: boolean): Trigger => ({
    kind: 'manual',
    command: { action: 'rebuild', immediate, dryRun: false },
    at: now,
  });
  /** What is done in zone a, or the refusal. */
  function rebuild(immediate: boolean, scene: Partial<Scene>, parts: Partial<Snapshot> = {}) {
    const snapshot = { ...snapshotOf(scene), ...parts };
    const zonePlan = commandPlan(
      trigger(immediate),
      diagnoseAndPlan(snapshot).diagnosisOfA,
      snapshot,
      context,
    );
    const [refused] = zonePlan.findings;
    return refused === undefined ? kindsOf(zonePlan).flat() : `${refused.code}: ${refused.detail}`;
  }
  const { lastGoodImage: _none, ...unnoted } = anAddress('a');
  const noNote = { addresses: [unnoted, anAddress('b')] };
  const mark = ['mark-for-replacement'];

  it.each([false, true])('of a zone without an instance has nothing to mark (immediate: %s)', (immediate) => {
    const scene = { instances: [anInstance('b')], statuses: [aStatus('b1')], images: [] };

    expect(rebuild(immediate, scene)).toEqual([]);
  });

  it.each([false, true])('is refused where no image is there to launch (immediate: %s)', (immediate) => {
    const refusal = rebuild(immediate, { ...noNote, images: [anImage('1', { state: 'pending' })] });

    expect(refusal).toMatch(
      /^rebuild-refused: nothing can be launched in zone a, .*preset al2023.*1 pending; correct AmiSelector\).*: npx --no-install phoenat doctor$/,
    );
    expect(rebuild(immediate, { ...noNote, images: [anImage('2')] })).toEqual(mark);
  });

  it('that is immediate is refused where only a note tells of an image; the other tries it first', () => {
    expect(rebuild(true, { images: [] })).toMatch(
      /AWS lists none.* only a note tells of ami-00000001.*: npx --no-install phoenat rebuild --zone a$/,
    );
    expect(rebuild(false, { images: [] })).toEqual(mark);
  });

  it.each<[string, Snapshot['images'], RegExp]>([
    [
      'could not be read',
      unknown('failed', 'DescribeImages: Unavailable: busy'),
      /DescribeImages: Unavailable/,
    ],
    ['were not read', unknown('not-read', ''), /was not read/],
  ])('that is immediate is refused where the images %s; the other begins', (_what, images, why) => {
    const refusal = rebuild(true, {}, { images });

    expect(refusal).toMatch(why);
    expect(refusal).toMatch(/keeps its instance.*: npx --no-install phoenat rebuild --zone a --immediate$/);
    expect(rebuild(false, {}, { images })).toEqual(mark);
  });

  it('that is immediate is refused while launches back off; the other waits until that is over', () => {
    const launched = (seconds: number) => ({
      addresses: [
        anAddress('a', { launches: [now - seconds * secondMs, now - 600 * secondMs] }),
        anAddress('b'),
      ],
    });

    expect(rebuild(true, launched(29))).toMatch(
      /zone a now, so it keeps its instance \(backing off for 1 s .*: npx --no-install phoenat rebuild --zone a --immediate$/,
    );
    expect([rebuild(false, launched(29)), rebuild(true, launched(30))]).toEqual([mark, mark]);
  });
});

import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../../shared/core/diagnose/diagnose.ts';
import { emptyMemory, rememberApplied } from '../../../../shared/core/memory/memory.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import type { NatInstance, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { noteTakeover } from '../../../../shared/core/plan/takeovers.ts';
import type { PlanContext } from '../../../../shared/core/plan/zone-plan.ts';
import {
  anInstance,
  anInterface,
  aStatus,
  aTable,
  codesOf,
  id,
  kindsOf,
  now,
  planContext,
  type Scene,
  snapshotOf,
  type ZoneLetter,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aSecondApart, someHealth, times } from '../some-readings.ts';
import { gateway } from '../some-scenes.ts';

const at = [now - 6 * secondMs];
const onGateway = { defaultRoute: { target: gateway, state: 'active' } as const, remembered: gateway };
const undone = {
  ...onGateway,
  takenOver: { by: 'phoenat', at, ledBack: { at: now - secondMs, from: id('instance', 'a1') } },
};
const taken = { remembered: gateway, takenOver: { by: 'phoenat', at } };
const due = { ...onGateway, takenOver: { by: 'phoenat', at: [] } };

const says = (zone: ZoneLetter, passes: boolean) =>
  anAnswer(passes, someHealth(), id('instance', `${zone}1`));

type Case = {
  readonly ofA: Partial<RouteTable>;
  readonly secondOfA?: Partial<RouteTable>;
  readonly heardOfA?: readonly Reading[];
  readonly instanceOfA?: Partial<NatInstance>;
  readonly context?: Partial<PlanContext>;
  /** Instead of a zone b that would take over. */
  readonly ofB?: Partial<Scene>;
};

/** Zone b would take over from its NAT gateway. */
function planned({ ofA, secondOfA = ofA, heardOfA, instanceOfA, context, ofB = takesOver }: Case) {
  const snapshot = {
    ...snapshotOf({
      ...ofB,
      instances: [anInstance('a', instanceOfA), ...(ofB.instances ?? [anInstance('b')])],
      routeTables: [
        ...snapshotTables(),
        aTable('a', 1, ofA),
        aTable('a', 2, secondOfA),
        ...(ofB.routeTables ?? [aTable('b', 1), aTable('b', 2)]),
      ],
    }),
    readings: new Map([
      [zoneName('a'), heardOfA ?? aSecondApart(says('a', true))],
      [zoneName('b'), aSecondApart(bothOfB)],
    ]),
  };
  const full: PlanContext = { ...planContext(snapshot), isDeployment: true, ...context };
  const diagnoses = full.settings.zones.map((zone) => diagnose(snapshot, zone, full));
  const [a, b] = plan(diagnoses, full);
  if (a === undefined || b === undefined) throw new Error('two zones are expected');
  return { a, b };
}

const bothOfB = {
  ...says('b', true),
  instances: [...says('b', true).instances, ...anAnswer(true, someHealth(), id('instance', 'cb')).instances],
};
const takesOver: Partial<Scene> = { routeTables: [aTable('b', 1, due), aTable('b', 2, due)] };

const successor = { id: id('instance', 'cb'), interfaceId: id('interface', 'cb') };

/** Zone b's instance is of the former settings, or is `changed` so; its successor is ready. */
function replaced(changed: Partial<NatInstance> = { specHash: 'old' }, first: Partial<RouteTable> = {}) {
  const routeTables = [aTable('b', 1, first), aTable('b', 2)];
  return {
    routeTables,
    instances: [anInstance('b', changed), anInstance('b', { ...successor, launchedAt: now - 5 * minuteMs })],
    interfaces: [
      anInterface('a'),
      anInterface('b'),
      anInterface('b', {
        id: successor.interfaceId,
        attachedTo: successor.id,
        hasOwnPublicAddress: true,
      }),
    ],
    statuses: [aStatus('a1'), aStatus('b1'), aStatus('cb')],
  };
}

function snapshotTables(): readonly RouteTable[] {
  const { routeTables } = snapshotOf();
  return routeTables.known ? routeTables.value.items.filter(({ id: table }) => !/[ab][12]$/.test(table)) : [];
}

const takeover = [
  ['note-takeover', 'note-takeover'],
  ['set-default-route', 'set-default-route'],
  ['note-takeover', 'note-takeover'],
];

describe('a deployment in which a takeover was undone', () => {
  it('takes over nothing more, in any zone, and waits for nothing', () => {
    const { a, b } = planned({ ofA: undone });

    expect([a.waves, a.waits, b.waves, b.waits]).toEqual([[], [], [], []]);
    expect(b.findings).toEqual([
      { code: 'takeover-undone', detail: expect.stringMatching(/the instance of zone a .* has failed/) },
    ]);
  });

  it('takes over nothing in the very look that undoes it, nor before EC2 shows that', () => {
    const failing = times(8, says('a', false));
    const noted = ['a1', 'a2'].reduce(
      (memory, hex) =>
        rememberApplied(
          memory,
          zoneName('a'),
          {
            kind: 'note-takeover',
            routeTableId: id('routeTable', hex),
            at: [],
            ledBack: { at: now, from: id('instance', 'a1') },
          },
          now,
        ),
      emptyMemory,
    );
    const undoing = planned({ ofA: taken, heardOfA: failing });

    expect(undoing.a.purpose).toBe('way-back');
    expect([undoing.b.waves, codesOf(undoing.b)]).toEqual([[], ['takeover-undone']]);
    expect(planned({ ofA: due, context: { memory: noted } }).b.waves).toEqual([]);
  });

  it('launches nothing more', () => {
    const left = { ofA: undone, secondOfA: {} };

    expect([planned(left).a.waves, codesOf(planned(left).a)]).toEqual([
      [],
      ['takeover-undone', 'takeover-undone'],
    ]);
    expect(kindsOf(planned({ ...left, context: { isDeployment: false } }).a).flat()).toContain('launch');
  });

  it('replaces nothing that works, but for what is half done or will not work for long', () => {
    const { b } = planned({ ofA: undone, ofB: replaced() });
    const kinds = (scene: Case) => kindsOf(planned(scene).b).flat();
    const target = { kind: 'interface', id: successor.interfaceId } as const;
    const half = replaced(undefined, { defaultRoute: { target, state: 'active' } });
    const warned = replaced({ replaceMark: { reason: 'rebuild', at: now } });

    expect([b.waves, b.waits, codesOf(b)]).toEqual([[], [], ['takeover-undone']]);
    expect(kinds({ ofA: {}, ofB: replaced() })).toContain('associate-address');
    expect(kinds({ ofA: undone, ofB: half })).toContain('associate-address');
    expect(kinds({ ofA: undone, ofB: warned })).toContain('associate-address');
  });

  it('begins nothing more either once a boot has said that it cannot forward', () => {
    const context = { failedBootOf: zoneName('a') };
    const { b } = planned({ ofA: {}, context });
    const ofReplaced = planned({ ofA: {}, ofB: replaced(), context }).b;

    expect([b.waves, b.waits, codesOf(b)]).toEqual([[], [], ['boot-failed']]);
    expect([ofReplaced.waves, ofReplaced.waits, codesOf(ofReplaced)]).toEqual([[], [], ['boot-failed']]);
  });

  it.each<[string, Case]>([
    [
      'an instance of the former settings says nothing of others',
      { ofA: undone, instanceOfA: { specHash: 'old' } },
    ],
    ['a run of the schedule goes on', { ofA: undone, context: { isDeployment: false } }],
  ])('%s', (_what, scene) => {
    expect(kindsOf(planned(scene).b)).toEqual(takeover);
  });
});

describe('takeovers of several zones in one deployment', () => {
  it('wait until requests pass through the first', () => {
    const silent = planned({ ofA: taken, heardOfA: [] });
    const unnoted = ['a1', 'a2'].reduce(
      (memory, hex) =>
        rememberApplied(memory, zoneName('a'), noteTakeover(aTable('a', hex === 'a1' ? 1 : 2), now), now),
      emptyMemory,
    );

    expect(silent.b.waves).toEqual([]);
    expect(silent.b.waits.map(({ detail }) => detail)).toEqual([
      'the takeover of zone a to let a request pass',
    ]);
    expect(planned({ ofA: {}, heardOfA: [], context: { memory: unnoted } }).b.waves).toEqual([]);
    expect(kindsOf(planned({ ofA: taken }).b)).toEqual(takeover);
    expect(kindsOf(planned({ ofA: taken, heardOfA: [], context: { isDeployment: false } }).b)).toEqual(
      takeover,
    );
  });

  it('begin with one where two are due at once, and with the other where its calls fail', () => {
    const both = planned({ ofA: due });
    const failing = planned({ ofA: due, context: { failing: new Set([zoneName('a')]) } });

    expect([kindsOf(both.a), both.b.waves, both.b.waits.length]).toEqual([takeover, [], 1]);
    expect(both.b.waits.map(({ detail }) => detail)).toEqual(['the takeover of zone a, which goes first']);
    expect(kindsOf(failing.b)).toEqual(takeover);
    expect(kindsOf(planned({ ofA: due, context: { isDeployment: false } }).b)).toEqual(takeover);
  });
});

import { describe, expect, it } from 'vitest';
import {
  emptyMemory,
  forgetRequests,
  rememberApplied,
  rememberCarrier,
  rememberSplit,
} from '../../../../shared/core/memory/memory.ts';
import { pointDefaultRoute } from '../../../../shared/core/model/default-route.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import type { Cutover, NatInterface, RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  aTable,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  planContext,
  type Scene,
  snapshotOf,
  specHash,
  zoneName,
} from '../a-snapshot.ts';
import { type Changes, own, spareIp, spareIpOfC, scene as standInScene } from '../a-stand-in.ts';
import { anAnswer, aSecondApart, noWayOut, off, someHealth, times, unresolved } from '../some-readings.ts';
import { candidate, candidateInterface, marked, ofB, steady } from '../some-scenes.ts';

const a = zoneName('a');
const toCandidate = aTable('a', 1, {
  defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
});
/** As a cutover leaves it that got no further than its first wave. */
const withoutAddress: NatInterface = { ...candidateInterface, hasOwnPublicAddress: false };

function scene(
  first: RouteTable,
  ofCandidate: NatInterface,
  system: 'ok' | 'impaired' = 'ok',
): Partial<Scene> {
  return {
    instances: [system === 'ok' ? marked : anInstance('a'), candidate, ...ofB.instances],
    interfaces: [anInterface('a'), ofCandidate, ...ofB.interfaces],
    routeTables: [...ofB.routeTables, first, aTable('a', 2)],
    statuses: [aStatus('a1', { system }), aStatus('ca'), aStatus('b1')],
  };
}

const refused = { refusedCutovers: new Set([a]) };

describe('a planned cutover after which nothing passes', () => {
  const toIt = [1, 2].map((nth) =>
    aTable('a', nth, {
      defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
    }),
  );
  const cutover = { from: id('instance', 'a1'), to: candidate.id, at: now - 6_000 };
  const moved: Partial<Scene> = {
    instances: [marked, candidate, ...ofB.instances],
    interfaces: [anInterface('a'), withoutAddress, ...ofB.interfaces],
    addresses: [anAddress('a', { interfaceId: candidateInterface.id, cutover }), anAddress('b')],
    routeTables: [...ofB.routeTables, ...toIt],
    statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
  };
  const fails = anAnswer(false, someHealth(), candidate.id);
  const planWith = (
    readings: readonly Reading[],
    changes: Partial<Scene> = {},
    ofOther: readonly Reading[] = [],
  ) =>
    diagnoseAndPlan({
      ...snapshotOf({ ...moved, ...changes }),
      readings: new Map([
        [a, readings],
        [zoneName('b'), ofOther],
      ]),
    }).a;
  const back = [['set-default-route', 'set-default-route', 'note-undone-cutovers'], ['associate-address']];

  it('is undone, and noted with image and spec before its address is back, and said', () => {
    const plan = planWith(times(8, fails));
    const to = { kind: 'interface', id: id('interface', 'a1') } as const;

    expect([plan.purpose, plan.waves]).toEqual([
      'way-back',
      [
        [
          ...toIt.map((table) => pointDefaultRoute(table, to)),
          {
            kind: 'note-undone-cutovers',
            allocationId: id('allocation', 'a'),
            undone: [{ instanceId: candidate.id, imageId: id('image', '1'), specHash, at: now }],
          },
        ],
        [{ kind: 'associate-address', allocationId: id('allocation', 'a'), to }],
      ],
    ]);
    expect(plan.findings.map(({ code }) => code)).toContain('cutover-undone');
  });

  it('is undone whatever the instance says of its own way out, and whatever failed', () => {
    const lost = anAnswer(false, noWayOut, candidate.id);
    const nameless = unresolved(someHealth(), candidate.id);

    expect(kindsOf(planWith(times(8, lost)))).toEqual(back);
    expect(kindsOf(planWith(times(8, nameless)))).toEqual(back);
    expect(kindsOf(planWith(times(7, lost))).flat()).toEqual([]);
    expect(kindsOf(planWith(aSecondApart(anAnswer(true), ...Array(11).fill(lost)))).flat()).toEqual([]);
  });

  it('is left after seven tries, after one that passed, and without a note', () => {
    const kinds = (...given: Parameters<typeof planWith>) => kindsOf(planWith(...given)).flat();
    const passed = [...times(9, fails).slice(1), ...aSecondApart(anAnswer(true, someHealth(), candidate.id))];
    const unnoted = { addresses: [anAddress('a', { interfaceId: candidateInterface.id }), anAddress('b')] };

    expect(kinds(times(7, fails))).toEqual([]);
    expect(kinds(passed)).toEqual([]);
    expect(kinds(aSecondApart(anAnswer(true), ...Array(8).fill(fails)))).toEqual([]);
    // Requests passed right before: whatever fails in other zones, the move is the likelier cause.
    expect(kinds(times(8, fails), {}, times(5, anAnswer(false)))).toEqual(back.flat());
    expect(kinds(times(8, fails), unnoted)).toEqual([]);
    expect(kindsOf(planWith(times(8, fails), {}, times(5, anAnswer(true))))).toEqual(back);
  });

  it('is undone by the verdict also where requests had passed', () => {
    const silent = anAnswer(false, 'silent');

    expect(kindsOf(planWith(aSecondApart(anAnswer(true), ...Array(16).fill(silent))))).toEqual(back);
  });

  it('is not undone where the instance before is no better', () => {
    const impaired = { statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('ca'), aStatus('b1')] };
    const bothOff = aSecondApart(
      ...Array(8).fill({
        ...fails,
        instances: [...fails.instances, ...anAnswer(false, off).instances],
      }),
    );

    expect(kindsOf(planWith(times(8, fails), impaired)).flat()).not.toContain('note-undone-cutovers');
    expect(kindsOf(planWith(bothOff)).flat()).not.toContain('note-undone-cutovers');
  });

  it('leaves the instance before as the primary, whatever was not moved, and the other out', () => {
    const undoneCutovers = [
      { instanceId: candidate.id, imageId: id('image', '1'), specHash, at: now - 1_000 },
    ];
    const noted = anAddress('a', { interfaceId: candidateInterface.id, cutover, undoneCutovers });
    const { a: plan, diagnosisOfA } = diagnoseAndPlan({
      ...snapshotOf({ ...moved, addresses: [noted, anAddress('b')] }),
      readings: new Map([[a, times(1, anAnswer(false))]]),
    });

    expect(diagnosisOfA).toMatchObject({ primary: { id: id('instance', 'a1') } });
    expect(diagnosisOfA).not.toHaveProperty('candidate');
    expect([plan.purpose, kindsOf(plan)]).toEqual([
      'repair',
      [['associate-address', 'set-default-route', 'set-default-route']],
    ]);
  });

  it('is begun while requests pass, noted first, and by a run that has the time to see what comes of it', () => {
    const ready = anAnswer(true, someHealth(), candidate.id);
    const snapshot = {
      ...snapshotOf(scene(aTable('a', 1), candidateInterface)),
      readings: new Map([[a, times(1, ready)]]),
    };
    const { diagnoses } = diagnoseAndPlan(snapshot);
    const planIn = (timeLeftMs: number) =>
      plan(diagnoses, { ...planContext(snapshot), timeLeftMs })[0]?.waves;
    const doubtful = {
      ...snapshot,
      readings: new Map([[a, times(1, { ...ready, targets: fails.targets })]]),
    };

    expect(planIn(15_000)?.[0]?.map(({ kind }) => kind)).toEqual(['give-up-own-address', 'note-cutover']);
    expect(planIn(14_999)).toEqual([]);
    expect(kindsOf(diagnoseAndPlan(doubtful).a)).toEqual([]);
    expect(diagnoseAndPlan(doubtful).a.waits.map(({ detail }) => detail)).toContain(
      'a request to pass before the traffic is moved',
    );
  });

  it('is not begun again within five minutes by another run, since it may have been undone', () => {
    const passes = times(1, anAnswer(true, someHealth(), candidate.id));
    const isBegun = (noted: Partial<Cutover>, changes: Partial<Scene> = {}, memory = emptyMemory) => {
      const snapshot = snapshotOf({
        ...scene(aTable('a', 1), candidateInterface),
        addresses: [anAddress('a', { cutover: { ...cutover, ...noted } }), anAddress('b')],
        ...changes,
      });
      const { a: plan } = diagnoseAndPlan({ ...snapshot, readings: new Map([[a, passes]]) }, { memory });
      return kindsOf(plan).flat().includes('associate-address');
    };
    const note = { kind: 'note-cutover', allocationId: id('allocation', 'a'), cutover } as const;
    const moveRefused = { of: id('routeTable', 'a1'), code: 'x', at: [] };

    expect(isBegun({})).toBe(false);
    expect(isBegun({ at: now - 5 * minuteMs })).toBe(true);
    expect(isBegun({ at: now + 1 })).toBe(true);
    expect(isBegun({ from: id('instance', 'cb') })).toBe(true);
    expect(isBegun({ to: id('instance', 'cb') })).toBe(true);
    expect(isBegun({}, {}, rememberApplied(emptyMemory, a, note, now - 9_000))).toBe(true);
    expect(isBegun({}, { routeTables: [...ofB.routeTables, toCandidate, aTable('a', 2)] })).toBe(true);
    expect(isBegun({}, { routeTables: [...ofB.routeTables, ...toIt] })).toBe(true);
    expect(isBegun({}, { instances: [marked, { ...candidate, moveRefused }, ...ofB.instances] })).toBe(true);
  });

  it('in a hurry waits for no note: that is written last', () => {
    const warned = anInstance('a', { replaceMark: { reason: 'spot-interruption', at: now } });
    const snapshot = {
      ...snapshotOf({
        ...scene(aTable('a', 1), candidateInterface),
        instances: [warned, candidate, ...ofB.instances],
      }),
      readings: new Map([[a, times(1, anAnswer(true, someHealth(), candidate.id))]]),
    };

    expect(kindsOf(diagnoseAndPlan(snapshot).a).at(-1)).toEqual(['note-cutover']);
    expect(kindsOf(diagnoseAndPlan(snapshot).a)[0]).toEqual(['give-up-own-address']);
  });
});

describe('a cutover that EC2 refuses in part', () => {
  it('is led back: what was moved already goes to the primary, and nothing to the candidate', () => {
    const { a: plan } = diagnoseAndPlan(snapshotOf(scene(toCandidate, withoutAddress)), refused);

    expect(plan.purpose).toBe('repair');
    expect(plan.waves.flat()).toEqual([
      pointDefaultRoute(toCandidate, { kind: 'interface', id: id('interface', 'a1') }),
    ]);
  });

  it('goes on where the primary forwards nothing: there is nowhere to go back to', () => {
    const { a: plan } = diagnoseAndPlan(snapshotOf(scene(toCandidate, withoutAddress, 'impaired')), refused);

    expect([plan.purpose, kindsOf(plan).flat()]).toEqual([
      'replacement',
      ['set-default-route', 'associate-address'],
    ]);
  });

  it('waits for a move of a moment ago that EC2 does not show yet', () => {
    const moved = pointDefaultRoute(aTable('a', 1), { kind: 'interface', id: candidateInterface.id });
    const memory = rememberApplied(emptyMemory, a, moved, now);
    const before = snapshotOf(scene(aTable('a', 1), withoutAddress));

    expect(diagnoseAndPlan(before, { ...refused, memory }).a.waits.map(({ detail }) => detail)).toEqual([
      'EC2 to show what was just moved',
    ]);
    expect(diagnoseAndPlan(before, refused).a.waits).toEqual([]);
  });
});

describe('a cutover after one that was led back', () => {
  const planWith = (changes: Partial<Scene>, memory = steady) =>
    diagnoseAndPlan(snapshotOf(changes), { memory }).a;

  it('begins with asking for all of it as it is, which changes nothing', () => {
    const to = { kind: 'interface', id: id('interface', 'a1') } as const;
    const { waves } = planWith(scene(aTable('a', 1), withoutAddress));

    expect(waves[0]).toEqual([
      pointDefaultRoute(aTable('a', 1), to),
      pointDefaultRoute(aTable('a', 2), to),
      { kind: 'associate-address', allocationId: anAddress('a').allocationId, to },
    ]);
    expect(waves).toHaveLength(3);
  });

  it('waits until the primary has been seen steady: an answer from before a cutover looks the same', () => {
    const plan = planWith(scene(aTable('a', 1), withoutAddress), emptyMemory);

    expect(plan.waves.flat()).toEqual([]);
    expect(plan.waits.map(({ detail }) => detail)).toContain('traffic to be steady before it is moved again');
  });

  it('asks for nothing first where none was led back, or one is half done', () => {
    expect(kindsOf(planWith(scene(aTable('a', 1), candidateInterface)))[0]).toEqual(['give-up-own-address']);
    expect(kindsOf(planWith(scene(toCandidate, withoutAddress)))).toEqual([
      ['set-default-route'],
      ['associate-address'],
    ]);
  });
});

describe('a move that EC2 has refused for good', () => {
  const of = id('routeTable', 'a1');
  const refusedNow = {
    ...refused,
    refusedMoves: new Map([[a, { of, code: 'OperationNotPermitted', to: candidateInterface.id }]]),
  };

  function noted(...minutesAgo: readonly number[]): Partial<Scene> {
    const at = minutesAgo.map((minutes) => now - minutes * minuteMs);
    const known = at.length === 0 ? {} : { moveRefused: { of, code: 'OperationNotPermitted', at } };
    return {
      ...scene(aTable('a', 1), withoutAddress),
      instances: [marked, { ...candidate, ...known }, ...ofB.instances],
    };
  }

  const noteOf = (changes: Partial<Scene>, context: typeof refusedNow) =>
    diagnoseAndPlan(snapshotOf(changes), context).a.waves.flat();

  it('is noted on the candidate, once, with the times before', () => {
    expect(noteOf(noted(), refusedNow)).toEqual([
      {
        kind: 'note-refused-move',
        instanceId: candidate.id,
        refused: { of, code: 'OperationNotPermitted' },
        at: [now],
      },
    ]);
    expect(noteOf(noted(2, 4), refusedNow)).toMatchObject([
      { at: [now, now - 2 * minuteMs, now - 4 * minuteMs] },
    ]);
    expect(noteOf(noted(0.5), refusedNow)).toEqual([]);
  });

  it('is not noted where only the trial was refused, which moves nothing', () => {
    const trial = { of, code: 'x', to: id('interface', 'a1') };

    expect(noteOf(noted(), { ...refusedNow, refusedMoves: new Map([[a, trial]]) })).toEqual([]);
  });

  it.each<[string, readonly number[], boolean]>([
    ['not within a minute', [0.9], false],
    ['after it', [1], true],
    ['not within two, the second time', [1.9, 3], false],
    ['after them', [2, 3], true],
    ['not within eight, however often', [7.9, 10, 20, 30, 40, 50, 60, 70], false],
    ['after eight, however often', [8, 16, 24, 32, 40, 48, 56, 64], true],
    ['at once where the tag tells of what is yet to come', [-1, -60], true],
  ])('is tried again %s', (_when, minutesAgo, isTried) => {
    const { a: plan } = diagnoseAndPlan(snapshotOf(noted(...minutesAgo)), { memory: steady });

    expect(plan.waves.length > 0).toBe(isTried);
    expect(codesOf(plan)).toEqual(isTried ? [] : ['move-refused']);
  });

  it('says what was refused, with which code, until when, and what to do', () => {
    const [told] = diagnoseAndPlan(snapshotOf(noted(0.5)), { memory: steady }).a.findings;

    expect(told?.detail).toMatch(
      /^EC2 refused to move the default route of rtb-000000a1 to i-000000ca at 2026-11-23T02:59:30.000Z \(OperationNotPermitted\), once so far.*from 2026-11-23T03:00:30.000Z.*ec2:ReplaceRoute/,
    );
  });

  it('is urgent where the instance that serves now may end: it is tried in every run', () => {
    const warned = anInstance('a', { replaceMark: { reason: 'spot-interruption', at: now } });
    const changes = noted(0.5);
    const instances = [warned, ...(changes.instances ?? []).slice(1)];
    const { a: plan } = diagnoseAndPlan(snapshotOf({ ...changes, instances }), { memory: steady });

    expect([plan.waves.length > 0, codesOf(plan)]).toEqual([true, []]);
  });
});

describe('a cutover home from a stand-in after which nothing passes', () => {
  const planWith = (changes: Changes = {}, tries = 8) => {
    const readings = new Map([[a, times(tries, anAnswer(false, someHealth(), own.id))]]);
    const memory = forgetRequests(emptyMemory, a, now - 10_000);
    const { diagnoses, context } = standInScene({
      isHome: true,
      besideA: [own],
      readings,
      memory,
      ...changes,
    });
    return plan(diagnoses, context)[0];
  };

  it('goes back to the secondary address of the neighbour, and is noted as any other', () => {
    const undone = planWith();
    const to = { kind: 'interface', id: id('interface', 'b1') } as const;

    expect(undone?.purpose).toBe('way-back');
    expect(undone?.waves).toEqual([
      [
        pointDefaultRoute(aTable('a', 1), to),
        pointDefaultRoute(aTable('a', 2), to),
        expect.objectContaining({ kind: 'note-undone-cutovers' }),
      ],
      [{ kind: 'associate-address', allocationId: id('allocation', 'a'), to, privateIp: spareIp }],
    ]);
  });

  it('stays by a few failed requests of a later run: by then some may have passed', () => {
    expect(planWith({ memory: emptyMemory })?.purpose).not.toBe('way-back');
  });

  it('goes back with that note also where it is proven that its own forwards nothing', () => {
    const readings = new Map([
      [a, times(8, anAnswer(false, off, own.id))],
      [zoneName('b'), times(3, anAnswer(true, someHealth({ standInIp: spareIp }), id('instance', 'b1')))],
    ]);

    expect(planWith({ readings })?.purpose).toBe('way-back');
  });

  it.each<[string, Changes, number?]>([
    ['has passed too few to tell', {}, 7],
    [
      'has not had it for two minutes',
      { addressOfA: { cutover: { from: id('instance', 'b1'), to: own.id, at: now - 2 * minuteMs } } },
    ],
    ['is gone', { b: { state: 'shutting-down' } }],
    [
      'carries a third zone by now',
      { addressOfC: { interfaceId: id('interface', 'b1'), privateIp: spareIp } },
    ],
    [
      'has lost its own zone to that one’s neighbour',
      { addressOfB: { interfaceId: id('interface', 'c1'), privateIp: spareIpOfC }, routesOfB: 'c1' },
    ],
    ['has no secondary address any more', { interfaceOfB: { secondaryIps: [] } }],
  ])('stays where the instance that it came from %s', (_what, changes, tries) => {
    expect(planWith(changes, tries)?.purpose).not.toBe('way-back');
  });

  it('asks for the Elastic IP where it is, before it is tried once more', () => {
    const memory = rememberCarrier(emptyMemory, a, id('instance', 'b1'), now - minuteMs);
    const readings = new Map([
      [a, times(3, anAnswer(true, someHealth(), own.id))],
      [zoneName('b'), times(3, anAnswer(true))],
    ]);
    const steps = planWith({ isHome: false, isCarried: true, memory, readings })?.waves.flat();
    const moves = steps?.filter(({ kind }) => kind === 'associate-address');

    expect(moves?.[0]).toMatchObject({ to: { id: id('interface', 'b1') }, privateIp: spareIp });
    expect(moves?.[1]).toEqual({
      kind: 'associate-address',
      allocationId: id('allocation', 'a'),
      to: { kind: 'interface', id: own.interfaceId },
    });
  });

  const undone = [{ instanceId: own.id, imageId: id('image', '1'), specHash, at: now - 2_000 }];
  const backAgain = { isCarried: true, isHome: false, besideA: [own] };

  it('is not moved once more where EC2 shows the Elastic IP where it was', () => {
    const cutover = { from: id('instance', 'b1'), to: own.id, at: now - 20_000 };
    const behind = { interfaceId: own.interfaceId, privateIp: '10.0.11.5', undoneCutovers: undone, cutover };
    const steps = planWith({ ...backAgain, addressOfA: behind as never })?.waves.flat();

    expect(steps).toEqual([
      {
        kind: 'associate-address',
        allocationId: id('allocation', 'a'),
        to: { kind: 'interface', id: id('interface', 'b1') },
        privateIp: spareIp,
      },
    ]);
  });

  it('stays home where a later instance of its own has the Elastic IP', () => {
    const cutover = { from: id('instance', 'b1'), to: id('instance', 'a0'), at: now - 20_000 };
    const old = [{ instanceId: id('instance', 'a0'), imageId: id('image', '1'), specHash, at: now - 19_000 }];
    const { diagnoses } = standInScene({
      isHome: true,
      besideA: [own, { ...own, id: id('instance', 'a0'), interfaceId: id('interface', 'a0') }],
      addressOfA: { cutover, undoneCutovers: old },
    });

    expect(diagnoses[0]).toMatchObject({ health: 'healthy', primary: { id: own.id } });
  });

  it('does not begin before it is seen: for some seconds routes may lead to a neighbour already', () => {
    const toB = { target: { kind: 'interface', id: id('interface', 'b1') }, state: 'active' } as const;
    const readings = new Map([[a, times(2, anAnswer(false, undefined, id('instance', 'a1')))]]);
    const half = { a: { state: 'running' }, readings, routesOfA: toB } as const;
    const kinds = (sinceMs: number) =>
      planWith({
        isHome: false,
        besideA: [],
        memory: rememberSplit(emptyMemory, a, true, now - sinceMs),
        ...half,
      })
        ?.waves.flat()
        .map(({ kind }) => kind);

    expect(kinds(1_000)).toEqual([]);
    expect(kinds(6_000)).toContain('set-default-route');
  });
});

describe('a stand-in that nobody has noted', () => {
  it('is noted once nothing else is to be done', () => {
    const candidate = { ...own, state: 'pending', launchedAt: now - 20_000 } as const;
    const kinds = (stoodIn?: { by: typeof own.id; at: number }) => {
      const { diagnoses, context } = standInScene({
        isCarried: true,
        besideA: [candidate],
        addressOfA: {
          launches: [candidate.launchedAt],
          ...(stoodIn === undefined ? {} : { stoodIn }),
        },
      });
      return plan(diagnoses, context)[0]
        ?.waves.flat()
        .map(({ kind }) => kind);
    };

    expect(kinds()).toContain('note-stood-in');
    expect(kinds({ by: id('instance', 'c1'), at: now })).toContain('note-stood-in');
    // Changed by hand: no alarm would ring for a time to come.
    expect(kinds({ by: id('instance', 'b1'), at: now + minuteMs })).toContain('note-stood-in');
    expect(kinds({ by: id('instance', 'b1'), at: now - 60 * minuteMs })).not.toContain('note-stood-in');
  });
});

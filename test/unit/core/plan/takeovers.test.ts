import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberApplied } from '../../../../shared/core/memory/memory.ts';
import type { InstanceId } from '../../../../shared/core/model/ids.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import type { RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { noteTakeover, withheld } from '../../../../shared/core/plan/takeovers.ts';
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
  planContext,
  type Scene,
  settledScene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aSecondApart, off, someHealth, times, type Word } from '../some-readings.ts';
import {
  candidate,
  candidateInterface,
  gateway,
  gone,
  marked,
  ofB,
  takenOver,
  withoutInterface,
} from '../some-scenes.ts';

const noted = (...agoMs: number[]) =>
  aTable('a', 1, { takenOver: { by: 'phoenat', at: agoMs.map((ago) => now - ago) } });
const codeFor = (...agoMs: number[]) => withheld(noted(...agoMs), 'phoenat', now)?.code;

describe('a route that is taken over again and again', () => {
  it('is left after the third time within an hour', () => {
    expect(codeFor(10 * minuteMs, 20 * minuteMs)).toBeUndefined();
    expect(codeFor(10 * minuteMs, 20 * minuteMs, 30 * minuteMs)).toBe('route-contended');
    expect(codeFor(10 * minuteMs, 20 * minuteMs, hourMs)).toBeUndefined();
  });

  it('is not left for what was only tried', () => {
    const at = [10, 20].map((minutes) => now - minutes * minuteMs);
    const table = aTable('a', 1, { takenOver: { by: 'phoenat', at, tried: now - minuteMs } });

    expect(withheld(table, 'phoenat', now)).toBeUndefined();
  });

  it('is not left for notes of times that are yet to come', () => {
    expect(codeFor(-minuteMs, -2 * minuteMs, -hourMs)).toBeUndefined();
  });

  it('is noted with the latest three times', () => {
    expect(noteTakeover(noted(minuteMs, 2 * minuteMs, 3 * minuteMs), now)).toMatchObject({
      kind: 'note-takeover',
      at: [now, now - minuteMs, now - 2 * minuteMs],
    });
    expect(noteTakeover(noted(-minuteMs), now)).toMatchObject({ at: [now] });
  });
});

describe('a takeover', () => {
  const led = (by: string, ...agoMs: number[]) =>
    aTable('a', 1, {
      defaultRoute: { target: gateway, state: 'active' },
      remembered: gateway,
      takenOver: { by, at: agoMs.map((ms) => now - ms) },
    });
  const planFor = (table: RouteTable) =>
    diagnoseAndPlan(snapshotOf({ routeTables: [...ofB.routeTables, table, aTable('a', 2)] })).a;
  const minute = 60 * secondMs;
  const takeover = [['set-default-route'], ['note-takeover']];

  it('is noted each time, with those of the last hour', () => {
    const [, step] = planFor(led('phoenat', 10 * minute, 61 * minute, -minute)).waves.flat();

    expect(step).toEqual({
      kind: 'note-takeover',
      routeTableId: id('routeTable', 'a1'),
      at: [now, now - 10 * minute],
    });
  });

  it('is not made a fourth time within an hour, and somebody is told', () => {
    const { waves, waits, findings } = planFor(led('phoenat', minute, 2 * minute, 3 * minute));

    expect([waves, waits, findings.map(({ code }) => code)]).toEqual([[], [], ['route-contended']]);
    expect(kindsOf(planFor(led('phoenat', minute, 2 * minute, 60 * minute)))).toEqual(takeover);
  });

  it('is not made of what another stack has taken over, unless that leads nowhere', () => {
    const other = led('elsewhere');
    const dead = { ...other, defaultRoute: { target: gateway, state: 'blackhole' } as const };

    expect(planFor(other).waves).toEqual([]);
    expect(planFor(other).findings.map(({ code, detail }) => [code, detail])).toEqual([
      ['route-of-another-stack', expect.stringMatching(/^rtb-000000a1 is served by the stack elsewhere/)],
    ]);
    expect(kindsOf(planFor(dead))).toEqual([['set-default-route']]);
  });

  it('is not sent before every repair has succeeded', () => {
    const table = aTable('a', 1, { defaultRoute: { target: gateway, state: 'active' }, remembered: gateway });
    const { a } = diagnoseAndPlan(
      snapshotOf({
        routeTables: [...ofB.routeTables, table, aTable('a', 2)],
        addresses: [withoutInterface(), anAddress('b')],
      }),
    );

    expect(kindsOf(a)).toEqual([['associate-address']]);
  });

  it.each([
    [3_000, takeover],
    [3_001, []],
  ])('after a look that took %d ms: %j', (tookMs, waves) => {
    const defaultRoute = { target: gateway, state: 'active' } as const;
    const table = aTable('a', 1, { defaultRoute, remembered: gateway, takenOver });
    const seen = snapshotOf({ routeTables: [...ofB.routeTables, table, aTable('a', 2)] });
    const { a } = diagnoseAndPlan({ ...seen, beganAt: seen.takenAt - tookMs });

    expect(kindsOf(a)).toEqual(waves);
    expect(a.waits).toHaveLength(waves.length === 0 ? 1 : 0);
  });

  it.each(['block-ingress', 'block-bidirectional'] as const)(
    'is not made while VPC Block Public Access (%s) cuts the instance off, nor by a cutover',
    (internetGatewayBlock) => {
      const subnets = settledScene.subnets.map((subnet) =>
        subnet.id === id('subnet', 'a0') ? { ...subnet, internetGatewayBlock } : subnet,
      );
      const routeTables = [...ofB.routeTables, led('phoenat'), aTable('a', 2)];
      const replaced = {
        interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
        instances: [marked, candidate, ...ofB.instances],
        statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
      };
      const cutover = (scene: Partial<Scene>) =>
        diagnoseAndPlan(snapshotOf({ routeTables, ...replaced, ...scene })).a.waves.flat();

      expect(kindsOf(diagnoseAndPlan(snapshotOf({ routeTables, subnets })).a)).toEqual([]);
      expect(cutover({}).filter(({ kind }) => kind === 'set-default-route')).toHaveLength(2);
      expect(cutover({ subnets }).filter(({ kind }) => kind === 'set-default-route')).toEqual([
        expect.objectContaining({ routeTableId: id('routeTable', 'a2') }),
      ]);
    },
  );

  it('remembers NAT gateways, the latest, and nothing else', () => {
    const rememberedSteps = (
      target: typeof gateway | { kind: 'interface'; id: typeof gone.id },
      remembered?: typeof gateway,
    ) => {
      const table = aTable('a', 1, {
        defaultRoute: { target, state: 'active' },
        ...(remembered === undefined ? {} : { remembered }),
        takenOver,
      });
      const { a } = diagnoseAndPlan(snapshotOf({ routeTables: [...ofB.routeTables, table, aTable('a', 2)] }));
      return kindsOf(a).flat();
    };
    const other = { kind: 'nat-gateway', id: id('natGateway', '2') } as const;

    expect(rememberedSteps(gateway)).toEqual(['remember-route-target']);
    expect(rememberedSteps(gateway, gateway)).toEqual(['set-default-route', 'note-takeover']);
    expect(rememberedSteps(gateway, other)).toEqual(['remember-route-target']);
    expect(rememberedSteps(gone)).toEqual(['set-default-route', 'note-takeover']);
    expect(rememberedSteps(gone, gateway)).toEqual(['set-default-route', 'note-takeover']);
  });
});

describe('a takeover after which nothing passes', () => {
  const silent = anAnswer(false, 'silent');
  const taken = (nth: number, agoMs: number, changes: Partial<RouteTable> = {}) =>
    aTable('a', nth, { remembered: gateway, takenOver: { by: 'phoenat', at: [now - agoMs] }, ...changes });
  const planWith = (tables: readonly RouteTable[], readings: readonly Reading[], memory = emptyMemory) =>
    diagnoseAndPlan(
      {
        ...snapshotOf({ routeTables: [...ofB.routeTables, ...tables] }),
        readings: new Map([[zoneName('a'), readings]]),
      },
      { memory },
    ).a;
  const both = [taken(1, 6_000), taken(2, 6_000)];

  it('goes back at once, and that is noted and said', () => {
    const { waves, purpose, findings } = planWith(both, times(8, silent));

    expect(purpose).toBe('way-back');
    // In one wave: a run that saw the route without the note would take it over again.
    expect(waves).toEqual([
      [
        ...['a1', 'a2'].map((hex) => ({
          kind: 'set-default-route',
          routeTableId: id('routeTable', hex),
          exists: true,
          to: gateway,
        })),
        ...['a1', 'a2'].map((hex) => ({
          kind: 'note-takeover',
          routeTableId: id('routeTable', hex),
          at: [now - 6_000],
          ledBack: { at: now, from: id('instance', 'a1') },
        })),
      ],
    ]);
    expect(findings[0]).toEqual({
      code: 'takeover-undone',
      detail: expect.stringMatching(
        /^no request passed through i-000000a1 .* rtb-000000a1, rtb-000000a2, so that leads to nat-00000001 again, .*npx --no-install phoenat rebuild --zone a$/,
      ),
    });
  });

  const bothBack = [['set-default-route', 'set-default-route', 'note-takeover', 'note-takeover']];
  it.each<[string, readonly RouteTable[], readonly Reading[], string[][]]>([
    ['of which seven tries have failed', both, times(7, silent), []],
    ['and a request passed since', both, aSecondApart(...Array(8).fill(silent), anAnswer(true)), []],
    ['and one had passed before', both, aSecondApart(anAnswer(true), ...Array(8).fill(silent)), []],
    ['and the proof is there since', both, aSecondApart(anAnswer(true), ...Array(16).fill(silent)), bothBack],
    ['which is three minutes old', [taken(1, 3 * minuteMs), taken(2, 3 * minuteMs)], times(8, silent), []],
    [
      'of which one has no way back',
      [taken(1, 6_000), aTable('a', 2)],
      times(8, silent),
      [['set-default-route', 'note-takeover']],
    ],
    [
      'that another stack has noted',
      [taken(1, 6_000, { takenOver: { by: 'other', at: [now] } }), aTable('a', 2)],
      times(8, silent),
      [],
    ],
    ['that the instance itself calls broken', both, times(3, anAnswer(false, off)), bothBack],
  ])('%s', (_what, tables, readings, kinds) => {
    expect(kindsOf(planWith(tables, readings))).toEqual(kinds);
  });

  const back = (nth: number, at: number, from: InstanceId = id('instance', 'a1')) =>
    aTable('a', nth, {
      defaultRoute: { target: gateway, state: 'active' },
      remembered: gateway,
      takenOver: {
        by: 'phoenat',
        at: [now - minuteMs],
        ledBack: { at, from },
      },
    });
  const passes = aSecondApart(anAnswer(true, someHealth()));

  it('is not tried again by the same instance, and a new one may', () => {
    const same = planWith([back(1, now - 1_000), back(2, now - 1_000)], passes);
    const another = planWith(
      [back(1, now - 1_000, candidate.id), back(2, now - 1_000, candidate.id)],
      passes,
    );

    expect([kindsOf(same), same.findings]).toEqual([
      [],
      [{ code: 'takeover-undone', detail: expect.stringContaining('of rtb-000000a1, rtb-000000a2, so') }],
    ]);
    expect(kindsOf(another)[1]).toEqual(['set-default-route', 'set-default-route']);
    expect(another.waves[2]?.[0]).not.toHaveProperty('ledBack');
  });

  it('has its instance replaced where another route leads to it still, once', () => {
    const passing = aSecondApart(anAnswer(true, someHealth()));
    const tables = [back(1, now - 1_000), aTable('a', 2)];
    const launched = planWith(tables, passing);
    const twins = diagnoseAndPlan({
      ...snapshotOf({
        instances: [anInstance('a'), candidate, ...ofB.instances],
        interfaces: [
          anInterface('a'),
          { ...candidateInterface, hasOwnPublicAddress: false },
          ...ofB.interfaces,
        ],
        addresses: [anAddress('a', { interfaceId: candidateInterface.id }), anAddress('b')],
        statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
        routeTables: [
          ...ofB.routeTables,
          back(1, now - 1_000, candidate.id),
          aTable('a', 2, {
            defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
          }),
        ],
      }),
      readings: new Map([[zoneName('a'), passing]]),
    }).a;

    expect([kindsOf(launched), launched.findings[0]]).toEqual([
      [['launch'], ['disable-source-dest-check']],
      {
        code: 'takeover-undone',
        detail: expect.stringMatching(/^no request passed through i-000000a1 /),
      },
    ]);
    expect([kindsOf(twins), twins.findings.map(({ code }) => code)]).toEqual([
      [],
      ['takeover-undone', 'upstream-trouble'],
    ]);
  });

  it('hurries nobody to what may be booting, unless its instance says that it does not forward', () => {
    const planFor = (word: Word) =>
      diagnoseAndPlan({
        ...snapshotOf({
          instances: [anInstance('a'), { ...candidate, launchedAt: now - 50 * secondMs }, ...ofB.instances],
          interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
          statuses: [aStatus('a1'), aStatus('b1')],
          routeTables: [...ofB.routeTables, back(1, now - minuteMs), aTable('a', 2)],
        }),
        readings: new Map([[zoneName('a'), times(2, anAnswer(true, word))]]),
      }).a;
    const words = [off, someHealth(), 'silent'] as const;

    expect(words.map((word) => kindsOf(planFor(word))[0]?.[0])).toEqual([
      'give-up-own-address',
      undefined,
      undefined,
    ]);
  });

  it('is left to a run that has the time to see what comes of it', () => {
    const tables = [back(1, now, candidate.id), back(2, now, candidate.id)];
    const snapshot = {
      ...snapshotOf({ routeTables: [...ofB.routeTables, ...tables] }),
      readings: new Map([[zoneName('a'), passes]]),
    };
    const { diagnoses } = diagnoseAndPlan(snapshot);
    const planIn = (timeLeftMs: number) =>
      plan(diagnoses, { ...planContext(snapshot), timeLeftMs })[0] ?? { waves: [], waits: [] };

    expect(planIn(15_000).waves).toHaveLength(3);
    expect([planIn(14_999).waves, planIn(14_999).waits.length]).toEqual([[], 1]);
  });

  it('is not tried again while EC2 does not show the note yet', () => {
    const unnoted = [1, 2].map((nth) =>
      aTable('a', nth, { defaultRoute: { target: gateway, state: 'active' }, remembered: gateway }),
    );
    const noted = ['a1', 'a2'].reduce(
      (memory, hex) =>
        rememberApplied(
          memory,
          zoneName('a'),
          {
            kind: 'note-takeover',
            routeTableId: id('routeTable', hex),
            at: [],
            ledBack: { at: now - 900, from: id('instance', 'a1') },
          },
          now - 900,
        ),
      emptyMemory,
    );

    expect(kindsOf(planWith(unnoted, passes, noted))).toEqual([]);
    expect(kindsOf(planWith(unnoted, passes))[1]).toEqual(['set-default-route', 'set-default-route']);
  });

  it('is noted as tried before it, with what was noted until then, where there is a way back', () => {
    const ledBack = { at: now - 1_000, from: candidate.id };
    const { remembered: _unknown, ...nowhere } = back(2, now - 1_000, candidate.id);
    const elsewhere = { ...nowhere, defaultRoute: { target: gone, state: 'active' } as const };
    const [tries = [], routes, notes] = planWith(
      [back(1, now - 1_000, candidate.id), elsewhere],
      passes,
    ).waves;

    expect(tries).toEqual([
      {
        kind: 'note-takeover',
        routeTableId: id('routeTable', 'a1'),
        at: [now - minuteMs],
        tried: now,
        ledBack,
      },
    ]);
    expect([routes, notes].map((wave) => wave?.length)).toEqual([2, 2]);
  });

  it('goes back though the note after it was lost, for as long as if that were there, and counts then', () => {
    const tried = (agoMs: number, atAgoMs = 10 * minuteMs) =>
      [1, 2].map((nth) =>
        taken(nth, 0, { takenOver: { by: 'phoenat', at: [now - atAgoMs], tried: now - agoMs } }),
      );
    const planFor = (agoMs: number) => planWith(tried(agoMs), times(8, silent));

    expect(planFor(6_000).purpose).toBe('way-back');
    expect(planFor(6_000).waves[0]?.at(-1)).toMatchObject({
      at: [now - 6_000, now - 10 * minuteMs],
      ledBack: { at: now },
    });
    expect([3 * minuteMs, 2 * hourMs, -minuteMs].map((ago) => kindsOf(planFor(ago)))).toEqual([[], [], []]);
  });

  it('is a step of its own where a probe can tell: a planned cutover leaves what a gateway serves', () => {
    const scene = snapshotOf({
      instances: [marked, candidate, ...ofB.instances],
      interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
      routeTables: [...ofB.routeTables, ...[1, 2].map((nth) => back(nth, 0, candidate.id))],
      statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
    });
    const readings = new Map([[zoneName('a'), aSecondApart(anAnswer(true, someHealth(), candidate.id))]]);
    const kinds = (snapshot: typeof scene) => kindsOf(diagnoseAndPlan(snapshot).a).flat();

    expect(kinds({ ...scene, readings })).toEqual(['give-up-own-address', 'associate-address']);
    expect(kinds(scene)).toContain('set-default-route');
  });
});

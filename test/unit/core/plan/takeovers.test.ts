import { describe, expect, it } from 'vitest';
import type { RouteTable } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { noteTakeover, withheld } from '../../../../shared/core/plan/takeovers.ts';
import {
  anAddress,
  anInterface,
  aStatus,
  aTable,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  settledScene,
  snapshotOf,
} from '../a-snapshot.ts';
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

import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { DefaultRoute } from '../../../../shared/core/model/snapshot.ts';
import { dayMs, hourMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  aTable,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  settledScene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, times } from '../some-readings.ts';

function diagnosisOfA(changes: Partial<Scene>): Diagnosed {
  const { diagnosisOfA: diagnosis } = diagnoseAndPlan(snapshotOf(changes));
  if (diagnosis.kind !== 'diagnosed') {
    throw new Error(`zone a is ${diagnosis.health}`);
  }
  return diagnosis;
}

const b = { instances: [anInstance('b')], interfaces: [anInterface('b')] };
const gateway = { kind: 'nat-gateway', id: id('natGateway', '1') } as const;
const [publicTable, mainTable, , , ...tablesOfB] = settledScene.routeTables;

function withRoutes(first: DefaultRoute, second: DefaultRoute): Scene['routeTables'] {
  const tables = [aTable('a', 1, { defaultRoute: first }), aTable('a', 2, { defaultRoute: second })];
  return [publicTable, mainTable, ...tables, ...tablesOfB].filter((table) => table !== undefined);
}

describe('a zone is served by something else', () => {
  const elsewhere: DefaultRoute = { target: gateway, state: 'active' };
  const dead: DefaultRoute = { target: gateway, state: 'blackhole' };

  it.each<[string, DefaultRoute, DefaultRoute, string]>([
    ['every route that is not ours works', elsewhere, elsewhere, 'served-by-other'],
    ['one of them leads nowhere', elsewhere, dead, 'drifted'],
    ['all of them lead nowhere', dead, dead, 'drifted'],
    ['one is filtered, which carries nothing', elsewhere, { target: gateway, state: 'filtered' }, 'drifted'],
  ])('where %s', (_seen, first, second, health) => {
    expect(diagnosisOfA({ routeTables: withRoutes(first, second) }).health).toBe(health);
  });
});

describe('the verdict on the primary', () => {
  const readings = new Map([[zoneName('a'), times(15, anAnswer(false, 'silent'))]]);
  const kindWith = (scene: Partial<Scene>) => {
    const { diagnosisOfA: seen } = diagnoseAndPlan({ ...snapshotOf(scene), readings });
    return seen.kind === 'diagnosed' ? seen.verdict.kind : undefined;
  };
  const ours: DefaultRoute = { target: { kind: 'interface', id: id('interface', 'a1') }, state: 'active' };
  const blocked = settledScene.subnets.map((subnet) => ({
    ...subnet,
    internetGatewayBlock: 'block-ingress' as const,
  }));

  it.each<[string, Partial<Scene>, string]>([
    ['nothing is wrong around it', {}, 'does-not-forward'],
    [
      'a route leads elsewhere',
      { routeTables: withRoutes(ours, { target: gateway, state: 'active' }) },
      'unknown',
    ],
    [
      'its address is elsewhere',
      { addresses: [{ ...anAddress('a'), interfaceId: id('interface', 'b1') }, anAddress('b')] },
      'unknown',
    ],
    ['its check is on', { interfaces: [anInterface('a', { sourceDestCheck: true })] }, 'unknown'],
    ['NAT instances are cut off', { subnets: blocked }, 'unknown'],
    ['it is starting', { instances: [anInstance('a', { state: 'pending' })] }, 'unknown'],
  ])('counts requests where %s', (_what, scene, kind) => {
    expect(kindWith(scene)).toBe(kind);
  });
});

describe('why an instance ended', () => {
  const toldOf = (launchedAgoMs: number, over: Parameters<typeof anInstance>[1] = {}) => {
    const endReason = 'Client.InstanceInitiatedShutdown: Instance initiated shutdown';
    const launchedAt = now - launchedAgoMs;
    const dead = anInstance('a', { state: 'terminated', launchedAt, endReason, ...over });
    const { findings } = diagnosisOfA({ ...b, instances: [dead, ...b.instances] });
    return findings.find(({ code }) => code === 'instance-ended')?.detail;
  };

  it('is told with what to do of one that ended within an hour of its launch', () => {
    expect(toldOf(hourMs - 1)).toMatch(/ended: Client\.InstanceInitiatedShutdown.*; it powered itself off/);
  });

  it('is told of one that had worked for long, as long as EC2 lists it', () => {
    expect(toldOf(90 * dayMs)).toMatch(/ended: Client\.InstanceInitiatedShutdown: .* shutdown$/);
    expect(toldOf(90 * dayMs, { endedAt: now - hourMs + 1 })).toBeDefined();
    expect(toldOf(90 * dayMs, { endedAt: now - hourMs })).toBeUndefined();
  });

  it('is not told for ever of one that is stopped', () => {
    expect(toldOf(hourMs - 1, { state: 'stopped' })).toBeDefined();
    expect(toldOf(hourMs, { state: 'stopped' })).toBeUndefined();
    expect(toldOf(90 * dayMs, { state: 'stopped', endedAt: now - 1 })).toBeDefined();
  });
});

it('a pause is said with the command that ends it', () => {
  const addresses = [anAddress('a', { pausedSince: '2026-11-26T02:00:00Z' }), anAddress('b')];

  expect(diagnosisOfA({ addresses }).findings).toEqual([
    {
      code: 'paused',
      detail:
        'zone a is paused since 2026-11-26T02:00:00Z; resume it: npx --no-install phoenat resume --zone a',
    },
  ]);
});

import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberApplied } from '../../../../shared/core/memory/memory.ts';
import { pointDefaultRoute } from '../../../../shared/core/model/default-route.ts';
import type { NatInterface, RouteTable } from '../../../../shared/core/model/snapshot.ts';
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
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
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

import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberGood, rememberLaunch } from '../../../../shared/core/memory/memory.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  anInterface,
  aStatus,
  aTable,
  diagnoseAndPlan,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { candidate, candidateInterface, marked, ofB } from '../some-scenes.ts';

describe('a cutover to an instance that another run has launched', () => {
  const scene = {
    interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    instances: [marked, candidate, ...ofB.instances],
    statuses: [aStatus('a1'), aStatus('ca'), aStatus('b1')],
  };
  const seen = snapshotOf(scene);
  const a = zoneName('a');
  const toCandidate = {
    defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
  } as const;
  const goodFor = (ms: number, memory = emptyMemory) =>
    diagnoseAndPlan(seen, { memory: rememberGood(memory, a, candidate.id, now - ms) }).a;

  it('gives that one twenty seconds, and then waits for it no longer', () => {
    expect(kindsOf(goodFor(19_999))).toEqual([]);
    expect(goodFor(19_999).waits).toEqual([
      { detail: `the run that launched ${candidate.id} to move the traffic there`, pollMs: 1_000 },
    ]);
    expect(kindsOf(goodFor(20_000))).toContainEqual(['associate-address']);
  });

  it('waits for nothing in the run that has launched it', () => {
    expect(kindsOf(goodFor(0, rememberLaunch(emptyMemory, a, candidate.id, now - minuteMs)))).toContainEqual([
      'associate-address',
    ]);
  });

  it.each([
    [
      'the primary is cut off',
      { statuses: [aStatus('a1', { system: 'impaired' }), aStatus('ca'), aStatus('b1')] },
    ],
    [
      'a volume of the primary is in trouble',
      {
        instances: [anInstance('a'), candidate, ...ofB.instances],
        statuses: [aStatus('a1', { attachedEbs: 'impaired' }), aStatus('ca'), aStatus('b1')],
      },
    ],
    [
      'the primary is about to be taken back',
      {
        instances: [
          anInstance('a', { replaceMark: { reason: 'spot-interruption', at: now } }),
          candidate,
          ...ofB.instances,
        ],
      },
    ],
    [
      'a half of the traffic has moved',
      { routeTables: [...ofB.routeTables, aTable('a', 1, toCandidate), aTable('a', 2)] },
    ],
  ])('waits for nothing where %s', (_, changes) => {
    const memory = rememberGood(emptyMemory, a, candidate.id, now);
    const urgent = snapshotOf({ ...scene, ...changes });

    expect(kindsOf(diagnoseAndPlan(urgent, { memory }).a)).toContainEqual(['associate-address']);
  });

  it('counts from when it was first seen so, without a break', () => {
    const since = rememberGood(emptyMemory, a, candidate.id, now - 29_000);
    expect(rememberGood(since, a, candidate.id, now)).toBe(since);
    const again = rememberGood(rememberGood(since, a, undefined, now - 2_000), a, candidate.id, now - 1_000);
    expect(kindsOf(diagnoseAndPlan(seen, { memory: since }).a)).toContainEqual(['associate-address']);
    expect(kindsOf(diagnoseAndPlan(seen, { memory: again }).a)).toEqual([]);
  });
});

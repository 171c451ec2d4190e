import { describe, expect, it } from 'vitest';
import type { NatHealth, Reading } from '../../../../shared/core/model/reading.ts';
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
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aSecondApart, someHealth } from '../some-readings.ts';
import { candidate, candidateInterface, marked, ofB } from '../some-scenes.ts';

describe('drift of a primary that is being replaced', () => {
  const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
  const candidate = anInstance('a', {
    id: id('instance', 'ca'),
    interfaceId: id('interface', 'ca'),
    launchedAt: now - 60_000,
  });
  const planWith = (check: 'ok' | 'initializing') => {
    const { interfaceId: _none, ...onNothing } = anAddress('a');
    const { a } = diagnoseAndPlan(
      snapshotOf({
        instances: [marked, candidate, anInstance('b')],
        interfaces: [
          anInterface('a'),
          anInterface('a', { id: id('interface', 'ca'), attachedTo: id('instance', 'ca') }),
          anInterface('b'),
        ],
        addresses: [onNothing, anAddress('b')],
        statuses: [aStatus('a1'), aStatus('ca', { system: check }), aStatus('b1')],
      }),
    );
    return { purpose: a.purpose, kinds: kindsOf(a).flat() };
  };

  it('is repaired while the candidate is not good enough', () => {
    expect(planWith('initializing')).toEqual({ purpose: 'repair', kinds: ['associate-address'] });
  });

  it('is left to the cutover once it is', () => {
    expect(planWith('ok').purpose).toBe('replacement');
  });
});

describe('routes that lead to a running candidate already', () => {
  const [first, second] = [1, 2].map((nth) =>
    aTable('a', nth, {
      defaultRoute: { target: { kind: 'interface', id: candidateInterface.id }, state: 'active' },
    }),
  );
  const scene = {
    instances: [marked, candidate, ...ofB.instances],
    interfaces: [anInterface('a'), candidateInterface, ...ofB.interfaces],
    routeTables: [...ofB.routeTables, first, second].filter((table) => table !== undefined),
    statuses: [aStatus('a1'), aStatus('ca', { instance: 'initializing' }), aStatus('b1')],
  };
  const purposeWith = (readings: readonly Reading[]) =>
    diagnoseAndPlan({ ...snapshotOf(scene), readings: new Map([[zoneName('a'), readings]]) }).a.purpose;
  const answer = (health: NatHealth) => aSecondApart(anAnswer(true, health, candidate.id));

  it('stay there until the probe has told whether it is ready: another run may be moving them', () => {
    expect(purposeWith([])).toBe('none');
    expect(purposeWith(answer(someHealth()))).toBe('replacement');
    expect(purposeWith(answer(someHealth({ ready: false })))).toBe('repair');
  });
});

import { describe, expect, it } from 'vitest';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
} from '../a-snapshot.ts';

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

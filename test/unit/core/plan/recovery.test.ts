import { describe, expect, it } from 'vitest';
import {
  anAddress,
  anInstance,
  anInterface,
  aStatus,
  diagnoseAndPlan,
  id,
  kindsOf,
  type Scene,
  snapshotOf,
} from '../a-snapshot.ts';

const spare = (hex: string, changes: Parameters<typeof anInterface>[1] = {}) => {
  const { attachedTo: _none, ...free } = anInterface('a', { id: id('interface', hex), status: 'available' });
  return { ...free, ...changes };
};

function recovery(changes: Partial<Scene>) {
  const { a } = diagnoseAndPlan(
    snapshotOf({
      instances: [anInstance('a', { state: 'terminated' }), anInstance('b')],
      statuses: [aStatus('b1')],
      ...changes,
    }),
  );
  const launch = a.waves.flat().find((step) => step.kind === 'launch');
  return { kinds: kindsOf(a).flat(), on: launch?.kind === 'launch' ? launch.on : undefined };
}

describe('a free interface', () => {
  it('is taken where it is in the public subnet of the zone', () => {
    const { kinds, on } = recovery({ interfaces: [spare('c1'), anInterface('b')] });

    expect(kinds).not.toContain('create-interface');
    expect(on).toEqual({ kind: 'interface', id: id('interface', 'c1') });
  });

  it.each([
    ['another subnet, as after a change of the settings', { subnetId: id('subnet', 'dd') }],
    ['use', { status: 'in-use' }],
  ])('is left alone where it is in %s', (_where, changes) => {
    const { kinds, on } = recovery({ interfaces: [spare('c1', changes), anInterface('b')] });

    expect(kinds[0]).toBe('create-interface');
    expect(on).toEqual({ kind: 'created' });
  });

  it('of several is the one that has the Elastic IP, so that it need not move', () => {
    const { kinds, on } = recovery({
      interfaces: [spare('c1'), spare('c2'), spare('c3'), anInterface('b')],
      addresses: [anAddress('a', { interfaceId: id('interface', 'c2') }), anAddress('b')],
    });

    expect(on).toEqual({ kind: 'interface', id: id('interface', 'c2') });
    expect(kinds).not.toContain('associate-address');
  });

  it('of several without it is the first by id, for every controller the same', () => {
    const { on } = recovery({ interfaces: [spare('c3'), spare('c1'), spare('c2'), anInterface('b')] });

    expect(on).toEqual({ kind: 'interface', id: id('interface', 'c1') });
  });
});

import { describe, expect, it } from 'vitest';
import { leadsToUs, ownResources, withAttached } from '../../../../shared/core/model/own-resources.ts';
import { anInstance, anInterface, id } from '../a-snapshot.ts';

const untagged = anInterface('b');

describe('what is ours', () => {
  const own = ownResources([anInstance('b', { interfaceId: untagged.id })], [anInterface('a')]);

  it.each([
    ['an interface that is listed', { kind: 'interface', id: anInterface('a').id }, true],
    ['an interface that only an instance names', { kind: 'interface', id: untagged.id }, true],
    ['an instance', { kind: 'instance', id: anInstance('b').id }, true],
    ['an interface of nobody that we know', { kind: 'interface', id: id('interface', 'ff') }, false],
    ['an instance of nobody that we know', { kind: 'instance', id: id('instance', 'ff') }, false],
    ['a NAT gateway', { kind: 'nat-gateway', id: id('natGateway', '1') }, false],
    ['what was found to be no route', { kind: 'no-route' }, false],
    ['no target', undefined, false],
  ] as const)('%s: a route to it leads to us: %s', (_case, target, does) => {
    expect(leadsToUs(target, own)).toBe(does);
  });
});

describe('the interfaces of our instances', () => {
  const having = anInstance('b', { attachedInterface: untagged });

  it('are ours where their own listing lacks them', () => {
    expect(withAttached([anInterface('a')], [having])).toEqual([anInterface('a'), untagged]);
  });

  it('are there once where both list them, as their own listing shows them', () => {
    const listed = anInterface('b', { status: 'detaching' });

    expect(withAttached([listed], [having])).toEqual([listed]);
  });

  it('are gone with a terminated instance, whatever it goes on naming', () => {
    expect(withAttached([], [{ ...having, state: 'terminated' }])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberCarrier } from '../../../../shared/core/memory/memory.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import {
  anInstance,
  anInterface,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';

const steady = rememberCarrier(emptyMemory, zoneName('a'), id('instance', 'a1'), now - 60_000);

describe('an interface that is left over', () => {
  const former = (state: NatInstance['state']) => {
    const { interfaceId: _none, ...gone } = anInstance('a', { id: id('instance', 'a0'), state });
    return gone;
  };
  const leftover = anInterface('a', { id: id('interface', 'a0'), attachedTo: id('instance', 'a0') });

  it.each<[NatInstance['state'], string[], number]>([
    // EC2 goes on showing it in use for a while: the call is what finds out.
    ['terminated', ['delete-interface'], 0],
    ['shutting-down', [], 1],
  ])('in use by an instance that is %s', (state, kinds, waits) => {
    const { a } = diagnoseAndPlan(
      snapshotOf({
        instances: [anInstance('a'), former(state), anInstance('b')],
        interfaces: [anInterface('a'), leftover, anInterface('b')],
      }),
      { memory: steady },
    );

    expect(kindsOf(a).flat()).toEqual(kinds);
    expect(a.waits).toHaveLength(waits);
  });
});

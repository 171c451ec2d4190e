import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberCarrier } from '../../../../shared/core/memory/memory.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  anInterface,
  aStatus,
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

describe('surplus instances that fail their checks', () => {
  const failing = (count: number, zone: 'impaired' | 'ok' = 'impaired') => {
    const surplus = Array.from({ length: count }, (_, nth) =>
      anInstance('a', {
        id: id('instance', `e${nth}`),
        interfaceId: id('interface', `e${nth}`),
        launchedAt: now - nth * hourMs,
      }),
    );
    const scene = snapshotOf({
      instances: [anInstance('a', { launchedAt: now - 30 * hourMs }), ...surplus, anInstance('b')],
      interfaces: [
        anInterface('a'),
        ...surplus.map(({ id: attachedTo, interfaceId = id('interface', 'e0') }) =>
          anInterface('a', { id: interfaceId, attachedTo }),
        ),
        anInterface('b'),
      ],
      statuses: [
        aStatus('a1', { instance: 'initializing' }),
        aStatus('b1'),
        ...surplus.map((_, nth) => aStatus(`e${nth}`, { instance: zone })),
      ],
    });
    return diagnoseAndPlan(scene, { memory: steady }).a.waves.flat();
  };
  const ended = (steps: ReturnType<typeof failing>) =>
    steps.flatMap((step) => (step.kind === 'terminate' ? [step.instanceId] : []));

  it('are bounded also while none is ready: the youngest five stay', () => {
    expect(ended(failing(5))).toEqual([]);
    expect(ended(failing(7))).toEqual([id('instance', 'e5'), id('instance', 'e6')]);
  });

  it('are bounded where they fail alone: one that may work stays', () => {
    expect(ended(failing(7, 'ok'))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { asLeft } from '../../../../shared/core/memory/as-left.ts';
import { emptyMemory, rememberApplied, rememberMark } from '../../../../shared/core/memory/memory.ts';
import type { Step } from '../../../../shared/core/model/step.ts';
import { anInstance, id, now, snapshotOf, zoneName } from '../a-snapshot.ts';

const a1 = id('instance', 'a1');

describe('the instances as a run has left them', () => {
  it('are those that EC2 tells where it has done nothing to them, or nothing could be read', () => {
    const memory = rememberMark(emptyMemory, a1, { reason: 'rebuild', at: now });
    const unread = { ...snapshotOf(), instances: { known: false, cause: 'failed', detail: '' } } as const;
    const same = snapshotOf();

    expect(asLeft(unread, memory)).toBe(unread);
    expect(asLeft(same, emptyMemory)).toBe(same);
  });

  it('have the mark that it wrote, whatever EC2 says', () => {
    const memory = rememberMark(emptyMemory, a1, { reason: 'rebuild', at: now });
    const { instances } = asLeft(snapshotOf(), memory);

    expect(instances.known && instances.value.items.map(({ replaceMark }) => replaceMark?.reason)).toEqual([
      'rebuild',
      undefined,
    ]);
  });

  it('are on their way down where it has terminated them, and as EC2 says once that shows it', () => {
    const step: Step = { kind: 'terminate', instanceId: a1 };
    const memory = rememberApplied(emptyMemory, zoneName('a'), step, now);
    const seen = snapshotOf({
      instances: [anInstance('a'), { ...anInstance('c', { state: 'terminated' }), id: a1 }, anInstance('b')],
    });
    const { instances } = asLeft(seen, memory);

    expect(instances.known && instances.value.items.map(({ state }) => state)).toEqual([
      'shutting-down',
      'terminated',
      'running',
    ]);
  });
});

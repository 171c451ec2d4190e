import { describe, expect, it } from 'vitest';
import { leftByCutover, undoneOf } from '../../../../shared/core/diagnose/tried-in-vain.ts';
import type { Cutover, InstanceState } from '../../../../shared/core/model/snapshot.ts';
import { dayMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { anAddress, anInstance, diagnoseAndPlan, id, now, type Scene, snapshotOf } from '../a-snapshot.ts';
import { candidate, ofB } from '../some-scenes.ts';

function viewOf(changes: Partial<Scene>) {
  const { diagnosisOfA } = diagnoseAndPlan(snapshotOf(changes));
  if (diagnosisOfA.kind !== 'diagnosed') throw new Error(diagnosisOfA.health);
  return diagnosisOfA.view;
}

describe('the instance that a cutover has left', () => {
  const left = (agoMs: number, changes: Partial<Cutover> = {}, state: InstanceState = 'running') => {
    const cutover = { from: id('instance', 'a1'), to: candidate.id, at: now - agoMs, ...changes };
    const view = viewOf({
      instances: [anInstance('a', { state }), candidate, ...ofB.instances],
      addresses: [anAddress('a', { cutover }), anAddress('b')],
    });
    return leftByCutover(view, candidate, now)?.id;
  };

  it('is the noted one, while it runs, for ten minutes', () => {
    expect(left(secondMs)).toBe(id('instance', 'a1'));
    expect(left(10 * minuteMs)).toBeUndefined();
    expect(left(secondMs, {}, 'stopping')).toBeUndefined();
    expect(left(secondMs, { from: id('instance', 'dead') })).toBeUndefined();
  });

  it('is none of a cutover to another, or in times to come', () => {
    expect(left(secondMs, { to: id('instance', 'dead') })).toBeUndefined();
    expect(left(-secondMs)).toBe(id('instance', 'a1'));
    expect(left(-minuteMs)).toBeUndefined();
  });
});

describe('undone cutovers', () => {
  const entry = (agoMs: number, specHash: string) => ({
    instanceId: candidate.id,
    imageId: id('image', '2'),
    specHash,
    at: now - agoMs,
  });

  it('are those of the day, of all zones, the youngest first', () => {
    const view = viewOf({
      addresses: [
        anAddress('a', { undoneCutovers: [entry(2_000, 'x'), entry(dayMs, 'x')] }),
        anAddress('b', { undoneCutovers: [entry(1_000, 'y'), entry(-dayMs, 'y')] }),
      ],
    });
    const times = (of: Parameters<typeof undoneOf>[2]) => undoneOf(view, now, of).map(({ at }) => now - at);

    expect(times({})).toEqual([1_000, 2_000]);
    expect(times({ imageId: id('image', '2') })).toEqual([1_000, 2_000]);
    expect(times({ specHash: 'x' })).toEqual([2_000]);
    expect(times({ imageId: id('image', '1') })).toEqual([]);
  });
});

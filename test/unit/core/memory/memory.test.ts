import { describe, expect, it } from 'vitest';
import { natHealthOf } from '../../../../shared/core/diagnose/verdict.ts';
import {
  describeLagMs,
  emptyMemory,
  forgetRequests,
  type Memory,
  rememberApplied,
  rememberCarrier,
  rememberReading,
  routesAnewAfterMs,
  wasJustApplied,
  withReadings,
} from '../../../../shared/core/memory/memory.ts';
import { id, now, snapshotOf, zoneName } from '../a-snapshot.ts';
import { anAnswer, aReading, noReading, someHealth } from '../some-readings.ts';
import { associate, create, eni, route, uncheck } from '../some-steps.ts';

const a = zoneName('a');

describe('what a run has heard of a zone', () => {
  const passed = anAnswer(true);
  const heard = rememberReading(emptyMemory, a, aReading(passed, now));
  const readingsIn = (memory: Memory) => withReadings(snapshotOf(), memory, [a]).readings?.get(a);

  it('is in the snapshot, the latest asked last, whenever it was answered', () => {
    const both = rememberReading(heard, a, aReading(passed, now - 5));

    expect(readingsIn(both)?.map(({ askedAt }) => askedAt)).toEqual([now - 5, now]);
    expect(readingsIn(emptyMemory)).toEqual([]);
    expect(withReadings(snapshotOf(), both, [])).not.toHaveProperty('readings');
  });

  const requestsIn = (memory: Memory) =>
    readingsIn(memory)?.map(({ outcome }) =>
      outcome.kind === 'answered' ? outcome.answer.targets.length : 0,
    );

  it('of requests is forgotten when its traffic has moved, and so is what was asked before', () => {
    const moved = forgetRequests(heard, a, now + 1);
    const late = rememberReading(moved, a, aReading(passed, now + routesAnewAfterMs));
    const since = rememberReading(moved, a, aReading(passed, now + 1 + routesAnewAfterMs));

    expect([moved, late, since].map(requestsIn)).toEqual([[0], [0, 0], [0, 1]]);
    expect(requestsIn(forgetRequests(emptyMemory, a, now))).toEqual([]);
  });

  it('of instances stays, and what was unknown goes', () => {
    const said = rememberReading(heard, a, aReading(anAnswer(true, someHealth()), now + 1));
    const both = rememberReading(said, a, noReading(now + 2));

    expect(
      natHealthOf(readingsIn(forgetRequests(both, a, now + 3)), id('instance', 'a1'), now + 3),
    ).toBeDefined();
    expect(readingsIn(forgetRequests(both, a, now + 3))).toHaveLength(2);
  });

  it('of requests is forgotten when another run has moved it', () => {
    const carried = rememberCarrier(heard, a, id('instance', 'a1'), now);

    expect(requestsIn(rememberCarrier(carried, a, id('instance', 'a1'), now + 1))).toEqual([1]);
    expect(requestsIn(rememberCarrier(carried, a, undefined, now + 1))).toEqual([1]);
    expect(requestsIn(rememberCarrier(carried, a, id('instance', 'c'), now + 1))).toEqual([0]);
    // A look in the midst of another run's cutover shows no carrier.
    const moving = rememberCarrier(carried, a, undefined, now + 1);
    expect(requestsIn(rememberCarrier(moving, a, id('instance', 'c'), now + 2))).toEqual([0]);
  });

  it('of requests is kept when only what this run has moved itself comes to be seen', () => {
    const carried = rememberCarrier(emptyMemory, a, id('instance', 'a1'), now);
    const moved = rememberApplied(carried, a, { ...route, to: eni }, now);
    const asked = rememberReading(moved, a, aReading(passed, now + 1));
    const seenAt = (at: number) => requestsIn(rememberCarrier(asked, a, id('instance', 'c'), at));

    expect(seenAt(now + describeLagMs - 1)).toEqual([1]);
    expect(seenAt(now + describeLagMs)).toEqual([0]);
  });

  it('does not grow for ever', () => {
    const long = Array.from({ length: 100 }).reduce<Memory>(
      (memory, _, nth) => rememberReading(memory, a, aReading(passed, now + nth)),
      emptyMemory,
    );

    expect(readingsIn(long)).toHaveLength(60);
    expect(readingsIn(long)?.at(-1)?.askedAt).toBe(now + 99);
  });
});

describe('what a run remembers', () => {
  it('of who carries the traffic starts anew with every change', () => {
    const first = rememberCarrier(emptyMemory, a, id('instance', 'a1'), now);
    const later = rememberCarrier(first, a, id('instance', 'a1'), now + 5);

    expect(later.carriedSince.get(a)).toEqual({ by: id('instance', 'a1'), since: now });
    expect(rememberCarrier(later, a, id('instance', 'c'), now + 9).carriedSince.get(a)?.since).toBe(now + 9);
    expect(rememberCarrier(later, a, undefined, now + 9).carriedSince.get(a)).toBeUndefined();
  });

  it('of a step that has just succeeded holds for its zone, its words and a few seconds', () => {
    const step = { ...associate, to: eni };
    const memory = rememberApplied(emptyMemory, a, step, now);

    expect(wasJustApplied(memory, a, step, now + describeLagMs - 1)).toBe(true);
    expect(wasJustApplied(memory, a, step, now + describeLagMs)).toBe(false);
    expect(wasJustApplied(memory, zoneName('b'), step, now)).toBe(false);
    expect(wasJustApplied(memory, a, { ...route, to: eni }, now)).toBe(false);
  });

  it.each([associate, route])('of a move ends with the next move of the same: $kind', (step) => {
    const [away, home] = [
      { ...step, to: eni },
      { ...step, to: { kind: 'interface', id: id('interface', 'ca') } as const },
    ];
    const there = rememberApplied(emptyMemory, a, home, now);
    const elsewhere = rememberApplied(there, a, away, now + 1);

    expect(wasJustApplied(there, a, home, now + 2)).toBe(true);
    expect(wasJustApplied(elsewhere, a, home, now + 2)).toBe(false);
    expect(wasJustApplied(elsewhere, a, away, now + 2)).toBe(true);
  });

  it('of a note holds whatever its time', () => {
    const note = { kind: 'note-put-back', instanceId: id('instance', 'a1'), at: [now] } as const;
    const memory = rememberApplied(emptyMemory, a, note, now);

    expect(wasJustApplied(memory, a, { ...note, at: [now + 1, now] }, now + 1)).toBe(true);
  });

  it('of other steps, routes and addresses stays', () => {
    const other = { ...route, to: eni, routeTableId: id('routeTable', 'a2') };
    const steps = [{ ...route, to: eni }, other, { ...associate, to: eni }, create, uncheck];
    const memory = steps.reduce((sofar, step) => rememberApplied(sofar, a, step, now), emptyMemory);

    expect(steps.filter((step) => wasJustApplied(memory, a, step, now))).toEqual(steps);
  });
});

import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import { isOpen, waitsForReadings } from '../../../../shared/core/plan/more-readings.ts';
import {
  anAddress,
  anInstance,
  aStatus,
  diagnoseAndPlan,
  now,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, noReading, someHealth, times } from '../some-readings.ts';

function seen(readings: readonly Reading[] | undefined, scene: Partial<Scene> = {}): Diagnosed {
  const known = readings === undefined ? {} : { readings: new Map([[zoneName('a'), readings]]) };
  const { diagnosisOfA } = diagnoseAndPlan({ ...snapshotOf(scene), ...known });
  if (diagnosisOfA.kind !== 'diagnosed') {
    throw new Error(diagnosisOfA.health);
  }
  return diagnosisOfA;
}

const passed = times(1, anAnswer(true, someHealth()));
const failed = times(2, anAnswer(false, 'silent'));

describe('a run', () => {
  it.each<[string, Diagnosed, string | undefined]>([
    ['has no probe to wait for', seen(undefined), undefined],
    ['waits for the first answer', seen([]), 'a request to pass through i-000000a1'],
    [
      'waits while it is undecided',
      seen(failed),
      expect.stringMatching(/after 2 that failed \(connect timed/),
    ],
    ['has heard that packets pass', seen(passed), undefined],
    ['does not wait for a probe that does not tell', seen([noReading(now)]), undefined],
    ['has enough', seen(times(15, anAnswer(false, 'silent'))), undefined],
    [
      'waits for an instance that runs',
      seen([], { instances: [anInstance('a', { state: 'pending' })] }),
      undefined,
    ],
    ['waits for an instance', seen([], { instances: [] }), undefined],
  ])('%s', (_what, diagnosis, detail) => {
    expect(waitsForReadings(diagnosis)[0]?.detail).toEqual(detail);
  });

  it('says in its plan what it waits for', () => {
    const snapshot = { ...snapshotOf(), readings: new Map([[zoneName('a'), failed]]) };

    expect(diagnoseAndPlan(snapshot).a.waits).toHaveLength(1);
  });
});

describe('a probe is asked again', () => {
  const marked = anInstance('a', { replaceMark: { reason: 'rebuild', at: now } });
  const candidate = anInstance('a', { launchedAt: now - 1_000, id: anInstance('c').id });

  it.each<[string, Diagnosed, boolean]>([
    ['while nothing is decided', seen(failed), true],
    ['no more when packets pass', seen(passed), false],
    [
      'while the primary is not ready',
      seen([noReading(now)], { statuses: [aStatus('a1', { instance: 'initializing' })] }),
      true,
    ],
    ['while a candidate is waited for', seen(passed, { instances: [marked, candidate] }), true],
    [
      'not in a zone that is paused, where three have failed',
      seen(times(3, anAnswer(false)), {
        addresses: [anAddress('a', { pausedSince: 'noon' }), anAddress('b')],
      }),
      false,
    ],
  ])('%s', (_what, diagnosis, open) => {
    expect(isOpen(diagnosis)).toBe(open);
  });
});

describe('a paused zone', () => {
  const paused = { addresses: [anAddress('a', { pausedSince: 'noon' }), anAddress('b')] };
  const another = [{ detail: 'another request of zone a to pass or fail', pollMs: expect.any(Number) }];

  it.each<[string, readonly Reading[] | undefined, unknown]>([
    ['whether its requests fail', failed, another],
    ['nothing where they do', times(3, anAnswer(false)), []],
    ['nothing where they pass', passed, []],
    ['nothing of a probe that does not tell', [noReading(now)], []],
    ['nothing where there is no probe', undefined, []],
  ])('is asked about for its report alone: %s', (_what, readings, waits) => {
    const known = readings === undefined ? {} : { readings: new Map([[zoneName('a'), readings]]) };
    const { a } = diagnoseAndPlan({ ...snapshotOf(paused), ...known });

    expect([a.waits, a.waves]).toEqual([waits, []]);
    expect(isOpen(seen(readings, paused))).toBe(a.waits.length > 0);
  });
});

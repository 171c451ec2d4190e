import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { askAgainAfterMs, waitsForReadings } from '../../../../shared/core/plan/more-readings.ts';
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
import { anAnswer, noReading, noWayOut, off, someHealth, times } from '../some-readings.ts';

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
  const beside = (changes: Partial<NatInstance>) => ({
    instances: [marked, anInstance('a', { launchedAt: now - secondMs, id: anInstance('c').id, ...changes })],
  });
  const unready = { statuses: [aStatus('a1', { instance: 'initializing' })] };
  const young = { ...unready, instances: [anInstance('a', { launchedAt: now - minuteMs })] };

  it.each<[string, Diagnosed, number | undefined]>([
    ['while nothing is decided', seen(failed), 1],
    ['after the traffic has moved', seen([]), 1],
    ['as often where it says itself that it cannot forward', seen(times(2, anAnswer(false, off))), 1],
    ['less often where its way out is lost', seen(times(1, anAnswer(false, noWayOut))), 10 / 3],
    ['at first where it says that it is well', seen(times(4, anAnswer(false, someHealth()))), 1],
    ['less often then', seen(times(5, anAnswer(false, someHealth()))), 2],
    ['now and then where nothing is left to be decided', seen(times(15, anAnswer(false, 'silent'))), 5],
    ['no more when packets pass', seen(passed), undefined],
    ['while a young primary is not ready', seen([noReading(now)], young), 1],
    ['now and then where an old one is not', seen([noReading(now)], unready), 5],
    ['while a candidate is waited for', seen(passed, beside({})), 1],
    ['now and then while it does not run yet', seen(passed, beside({ state: 'pending' })), 5],
    ['and where it has had its time', seen(passed, beside({ launchedAt: now - 3 * minuteMs })), 5],
    [
      'not in a zone that is paused, where three have failed',
      seen(times(3, anAnswer(false)), {
        addresses: [anAddress('a', { pausedSince: 'noon' }), anAddress('b')],
      }),
      undefined,
    ],
  ])('%s', (_what, diagnosis, seconds) => {
    const pace = askAgainAfterMs(diagnosis, now);
    expect(pace === undefined ? undefined : pace / secondMs).toBe(seconds);
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
    expect(askAgainAfterMs(seen(readings, paused), now) !== undefined).toBe(a.waits.length > 0);
  });
});

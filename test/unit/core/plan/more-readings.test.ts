import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { ProbeAnswer, Reading } from '../../../../shared/core/model/reading.ts';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { askAgainAfterMs, waitsForReadings } from '../../../../shared/core/plan/more-readings.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import {
  anAddress,
  anInstance,
  aStatus,
  aTable,
  codesOf,
  diagnoseAndPlan,
  now,
  planContext,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, noReading, noWayOut, off, someHealth, times } from '../some-readings.ts';
import { gateway, ofB } from '../some-scenes.ts';

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
    expect(waitsForReadings(diagnosis, now)[0]?.detail).toEqual(detail);
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

  const taken = { remembered: gateway, takenOver: { by: 'phoenat', at: [now - secondMs] } };
  const takenOver = { routeTables: [...ofB.routeTables, aTable('a', 1, taken), aTable('a', 2)] };

  const led = [1, 2].map((nth) => aTable('a', nth, { defaultRoute: { target: gateway, state: 'active' } }));
  const served = { routeTables: [...ofB.routeTables, ...led] };

  it.each<[string, Diagnosed, number | undefined]>([
    [
      'before an instance that has said nothing takes over',
      seen(times(1, anAnswer(true, 'silent')), served),
      1,
    ],
    ['not when it has said nothing for long', seen(times(5, anAnswer(true, 'silent')), served), undefined],
    ['nor when it says that it is ready', seen(passed, served), undefined],
    ['nor where nothing is to be taken over', seen(times(1, anAnswer(true, 'silent'))), undefined],
    ['while nothing is decided', seen(failed), 1],
    ['after the traffic has moved', seen([]), 1],
    ['as often where it says itself that it cannot forward', seen(times(1, anAnswer(false, off))), 1],
    ['twice as often where one more such word is enough', seen(times(2, anAnswer(false, off))), 1 / 2],
    ['less often where its way out is lost', seen(times(1, anAnswer(false, noWayOut))), 10 / 3],
    ['at first where it says that it is well', seen(times(4, anAnswer(false, someHealth()))), 1],
    ['half as often then', seen(times(5, anAnswer(false, someHealth()))), 2],
    ['until it may go back, whatever it says', seen(times(7, anAnswer(false, noWayOut)), takenOver), 1],
    ['until it may go back, if all is well', seen(times(7, anAnswer(false, someHealth())), takenOver), 1],
    ['less often once it may', seen(times(8, anAnswer(false, noWayOut)), takenOver), 10 / 3],
    ['now and then where nothing is left to be decided', seen(times(15, anAnswer(false, 'silent'))), 5],
    ['no more when packets pass', seen(passed), undefined],
    ['while a young primary is not ready', seen([noReading(now)], young), 1],
    ['now and then where an old one is not', seen([noReading(now)], unready), 5],
    ['while a candidate is waited for', seen(passed, beside({})), 2],
    [
      'as often as it may where nothing passes meanwhile',
      seen(times(20, anAnswer(false, 'silent')), {
        instances: [anInstance('a'), anInstance('a', { launchedAt: now - secondMs, id: anInstance('c').id })],
      }),
      1,
    ],
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

const silent = anAnswer(false, 'silent');
const onePassed = anAnswer(true, someHealth());

type Failing = { readonly a: readonly [number, ProbeAnswer]; readonly b?: readonly [number, ProbeAnswer] };

function sceneOf({ a, b = [1, onePassed] }: Failing, scene: Partial<Scene> = {}) {
  const readings = new Map([
    [zoneName('a'), times(...a)],
    [zoneName('b'), times(...b)],
  ]);
  return { ...snapshotOf(scene), readings };
}

const open = (failing: Failing, scene: Partial<Scene> = {}) => {
  const { a } = diagnoseAndPlan(sceneOf(failing, scene));
  return { waits: a.waits.length > 0, codes: codesOf(a), waves: a.waves.length };
};

const launches = [5, 15, 30, 40, 50].map((ago) => now - ago * minuteMs);
const breakerOpen: Partial<Scene> = { addresses: [anAddress('a', { launches }), anAddress('b')] };

describe('the probe of a zone whose requests fail is waited for', () => {
  it.each<[string, Failing, Partial<Scene> | undefined]>([
    ['until some have failed', { a: [2, silent] }, breakerOpen],
    ['while a proof would have its instance replaced', { a: [3, silent], b: [1, onePassed] }, undefined],
    ['until some have failed elsewhere, too', { a: [3, silent], b: [2, silent] }, undefined],
    ['while its instance may say enough', { a: [2, anAnswer(false, off)] }, breakerOpen],
    ['while its way out may be lost', { a: [3, anAnswer(false, noWayOut)] }, breakerOpen],
  ])('%s', (_when, failing, scene) => {
    expect(open(failing, scene)).toEqual({ waits: true, codes: [], waves: 0 });
  });

  it('while what it took over may go back', () => {
    const onTrial = aTable('a', 1, {
      remembered: gateway,
      takenOver: { by: 'phoenat', at: [now - 10 * secondMs] },
    });
    const routeTables = [...ofB.routeTables, onTrial, aTable('a', 2)];

    expect(open({ a: [3, silent] }, { ...breakerOpen, routeTables }).waits).toBe(true);
    expect(open({ a: [3, silent], b: [3, silent] }, { routeTables }).waits).toBe(true);
  });

  it('by a deployment, after which no run looks again', () => {
    const snapshot = sceneOf({ a: [3, silent], b: [3, silent] });
    const { diagnoses } = diagnoseAndPlan(snapshot);
    const [a] = plan(diagnoses, { ...planContext(snapshot), isDeployment: true });

    expect(a?.waits).toHaveLength(1);
  });
});

describe('it is no longer waited for', () => {
  const twin = anInstance('a', { id: anInstance('c').id, launchedAt: now - 50 * minuteMs });
  const beside = { instances: [anInstance('a'), twin, anInstance('b')] };

  it.each<[string, Failing, Partial<Scene> | undefined, string[]]>([
    ['where they fail everywhere', { a: [3, silent], b: [3, silent] }, undefined, ['upstream-trouble']],
    ['where nothing more may be launched', { a: [3, silent] }, breakerOpen, ['breaker-open']],
    ['nor after the proof', { a: [15, silent] }, breakerOpen, ['breaker-open']],
    ['nor when an instance beside it could be removed', { a: [11, anAnswer(false, noWayOut)] }, beside, []],
  ])('%s', (_where, failing, scene, codes) => {
    expect(open(failing, scene)).toMatchObject({ waits: false, codes, waves: 0 });
  });
});

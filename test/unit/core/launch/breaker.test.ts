import { describe, expect, it } from 'vitest';
import { launchesWithinHour, launchLimit, rememberLaunches } from '../../../../shared/core/launch/breaker.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anInstance,
  aStatus,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, off, times } from '../some-readings.ts';
import { marked, ofB, recovery } from '../some-scenes.ts';

const dead = (hex: string, at: number) =>
  anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: at });

function zoneA(launches: readonly number[], ...deadAt: readonly number[]) {
  const instances = [...deadAt.map((at, nth) => dead(`d${nth}`, at)), anInstance('b')];
  const { diagnosisOfA } = diagnoseAndPlan(
    snapshotOf({ instances, addresses: [anAddress('a', { launches }), anAddress('b')] }),
  );
  if (diagnosisOfA.kind !== 'diagnosed') throw new Error('zone a is diagnosed');
  return diagnosisOfA;
}

describe('the launches within an hour', () => {
  it('are those that are listed and those that are noted, each once', () => {
    const listed = now - 5 * minuteMs;
    const { view } = zoneA([listed, now - 10 * minuteMs, now - hourMs], listed, now - hourMs);

    expect(launchesWithinHour(view, now)).toEqual([listed, now - 10 * minuteMs]);
  });

  it('are none of times that no clock can be wrong by, and none later than now', () => {
    expect(launchesWithinHour(zoneA([now + 2 * minuteMs]).view, now)).toEqual([]);
    expect(launchesWithinHour(zoneA([now + 30 * secondMs]).view, now)).toEqual([now]);
  });
});

describe('the note of launches', () => {
  it('gets what has ended since, youngest first, and nothing of more than an hour ago', () => {
    const noted = now - 10 * minuteMs;

    expect(
      rememberLaunches(zoneA([noted], now - 20 * minuteMs, now - 5 * minuteMs, now - hourMs), now),
    ).toMatchObject([{ launches: [now - 5 * minuteMs, noted, now - 20 * minuteMs] }]);
    expect(rememberLaunches(zoneA([noted], noted, now - hourMs), now)).toEqual([]);
  });

  it('is written anew where it counts launches that are yet to come', () => {
    const noted = now - 10 * minuteMs;

    expect(rememberLaunches(zoneA([now + hourMs, noted]), now)).toMatchObject([{ launches: [noted] }]);
  });
});

describe('a launch', () => {
  it('backs off after the second within an hour, and stops at the breaker', () => {
    const dead = (hex: string, agoMs: number) =>
      anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: now - agoMs });
    const planAfter = (...instances: ReturnType<typeof dead>[]) =>
      diagnoseAndPlan(snapshotOf({ instances: [...instances, ...ofB.instances], statuses: [] })).a;

    const recoveryAndNote = [...recovery, ['remember-launches']];
    expect(kindsOf(planAfter(dead('d1', minuteMs)))).toEqual(recoveryAndNote);
    expect(codesOf(planAfter(dead('d1', 2 * minuteMs), dead('d2', 20 * secondMs)))).toEqual(['backing-off']);
    expect(kindsOf(planAfter(dead('d1', 2 * minuteMs), dead('d2', 31 * secondMs)))).toEqual(recoveryAndNote);
    const four = ['d1', 'd2', 'd3', 'd4'].map((hex, nth) => dead(hex, (nth + 10) * minuteMs));
    expect(codesOf(planAfter(...four))).toEqual(['breaker-open']);
    expect(kindsOf(planAfter(...four.slice(1), dead('d5', hourMs)))).toEqual(recoveryAndNote);
  });

  it('leaves the last of the hour to a failure where the primary works, and not at a limit that a rollback needs', () => {
    const launches = [20, 30, 40].map((minutes) => now - minutes * minuteMs);
    const primary = anInstance('a', { launchedAt: now - 2 * hourMs });
    const planOf = (
      change: Partial<typeof primary>,
      count: number,
      statuses = [aStatus('a1')],
      readings?: readonly Reading[],
    ) =>
      diagnoseAndPlan({
        ...snapshotOf({
          instances: [{ ...primary, ...change }, ...ofB.instances],
          addresses: [anAddress('a', { launches: launches.slice(-count) }), anAddress('b')],
          statuses: [...statuses, aStatus('b1')],
        }),
        ...(readings === undefined ? {} : { readings: new Map([[zoneName('a'), readings]]) }),
      }).a;
    const marked = { replaceMark: { reason: 'rebuild', at: now } } as const;

    expect(kindsOf(planOf(marked, 2)).flat()).toContain('launch');
    const refused = planOf(marked, 3);
    expect(kindsOf(refused)).toEqual([]);
    expect(refused.findings.map(({ code, detail }) => [code, detail])).toContainEqual([
      'breaker-open',
      expect.stringMatching(/^3 launches .*the limit is 4, and the last is kept for a failure; /),
    ]);
    expect(kindsOf(planOf({ specHash: 'other' }, 3))).toEqual([]);
    expect(kindsOf(planOf({}, 3, [aStatus('a1', { system: 'impaired' })])).flat()).toContain('launch');
    expect(kindsOf(planOf({ state: 'terminated' }, 3)).flat()).toContain('launch');
    expect(kindsOf(planOf({}, 2, undefined, times(15, anAnswer(false, 'silent')))).flat()).toContain(
      'launch',
    );
    expect(kindsOf(planOf({}, 3, undefined, times(15, anAnswer(false, 'silent'))))).toEqual([]);
    expect(kindsOf(planOf({}, 3, undefined, times(5, anAnswer(false, off)))).flat()).toContain('launch');
    expect([1, 2, 3, 4, 20].map((most) => launchLimit('planned', most))).toEqual([1, 2, 3, 3, 19]);
  });

  it('is counted also when EC2 no longer lists it, and once when it is both listed and noted', () => {
    const noted = [10, 20, 30].map((minutes) => now - minutes * minuteMs);
    const planWith = (launches: readonly number[], listedAt: number) =>
      diagnoseAndPlan(
        snapshotOf({
          instances: [anInstance('a', { state: 'terminated', launchedAt: listedAt }), ...ofB.instances],
          addresses: [anAddress('a', { launches }), anAddress('b')],
          statuses: [],
        }),
      ).a;

    expect(codesOf(planWith(noted, now - 40 * minuteMs))).toEqual(['breaker-open']);
    expect(codesOf(planWith(noted, now - 10 * minuteMs))).not.toContain('breaker-open');
    expect(codesOf(planWith([now - hourMs, ...noted.slice(1)], now - 40 * minuteMs))).not.toContain(
      'breaker-open',
    );
  });

  it('does not count for the breaker where an operator has reset it since', () => {
    const launches = [10, 20, 30, 40].map((minutes) => now - minutes * minuteMs);
    const codesWith = (breakerResetAt: number) =>
      codesOf(
        diagnoseAndPlan(
          snapshotOf({
            instances: [
              anInstance('a', { state: 'terminated', launchedAt: now - 40 * minuteMs }),
              ...ofB.instances,
            ],
            addresses: [anAddress('a', { launches, breakerResetAt }), anAddress('b')],
            statuses: [],
          }),
        ).a,
      );

    expect(codesWith(now - 50 * minuteMs)).toEqual(['breaker-open']);
    expect(codesWith(now - 5 * minuteMs)).toEqual([]);
    // Two launches after it: within their back-off, as after any two.
    expect(codesWith(now - 25 * minuteMs)).toEqual([]);
    expect(codesWith(now + minuteMs)).toEqual(['breaker-open']);
  });

  it('of this hour is noted beside those that are noted already, also where nothing may be launched', () => {
    const launches = [10, 20, 30].map((minutes) => now - minutes * minuteMs);
    const gone = anInstance('a', { state: 'terminated', launchedAt: now - 5 * minuteMs });
    const scene = {
      instances: [gone, ...ofB.instances],
      addresses: [anAddress('a', { launches: [...launches, now - 2 * hourMs] }), anAddress('b')],
      statuses: [],
    };

    expect(diagnoseAndPlan(snapshotOf(scene)).a.waves).toEqual([
      [
        {
          kind: 'remember-launches',
          allocationId: anAddress('a').allocationId,
          launches: [gone.launchedAt, ...launches],
        },
      ],
    ]);
  });

  it('backs off for a candidate as well', () => {
    const dead = ['d1', 'd2'].map((hex) =>
      anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: now - secondMs }),
    );
    const { a } = diagnoseAndPlan(snapshotOf({ instances: [marked, ...dead, ...ofB.instances] }));

    expect([kindsOf(a), codesOf(a), a.waits.length]).toEqual([[['remember-launches']], ['backing-off'], 1]);
  });
});

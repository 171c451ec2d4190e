import { describe, expect, it } from 'vitest';
import { launchesWithinHour, rememberLaunches } from '../../../../shared/core/launch/breaker.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import { anAddress, anInstance, id, judge, now, snapshotOf } from '../a-snapshot.ts';

const dead = (hex: string, at: number) =>
  anInstance('a', { id: id('instance', hex), state: 'terminated', launchedAt: at });

function zoneA(launches: readonly number[], ...deadAt: readonly number[]) {
  const instances = [...deadAt.map((at, nth) => dead(`d${nth}`, at)), anInstance('b')];
  const { diagnosisOfA } = judge(
    snapshotOf({ instances, addresses: [anAddress('a', { launches }), anAddress('b')] }),
  );
  if (diagnosisOfA.kind !== 'judged') throw new Error('zone a is judged');
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

import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import type { Reading } from '../../../../shared/core/model/reading.ts';
import { hourMs, minuteMs, secondMs } from '../../../../shared/core/model/time.ts';
import type { Trigger } from '../../../../shared/core/model/trigger.ts';
import { isWithoutEgress, outageOf, outageSeen, troubleOf } from '../../../../shared/core/report/outage.ts';
import type { ZoneProgress } from '../../../../shared/core/report/run-progress.ts';
import {
  anAddress,
  anInstance,
  aStatus,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { anAnswer, aReading, noReading, off, someHealth, times } from '../some-readings.ts';

const look: Trigger = { kind: 'look', source: 'schedule', at: now - 5_000 };

function ended(hex: string, endedAgoMs: number | undefined, launchedAgoMs = 2 * hourMs) {
  const { interfaceId: _gone, ...rest } = anInstance('a', {
    id: id('instance', hex),
    state: 'terminated',
    launchedAt: now - launchedAgoMs,
  });
  return { ...rest, ...(endedAgoMs === undefined ? {} : { endedAt: now - endedAgoMs }) };
}

function diagnosed(scene: Partial<Scene>, readings?: readonly Reading[]): Diagnosed {
  const heard = readings === undefined ? {} : { readings: new Map([[zoneName('a'), readings]]) };
  const { diagnosisOfA } = diagnoseAndPlan({ ...snapshotOf(scene), ...heard });
  if (diagnosisOfA.kind !== 'diagnosed') throw new Error('zone a is diagnosed');
  return diagnosisOfA;
}

function eventAbout(hex: string, changes: Partial<Extract<Trigger, { kind: 'instances' }>> = {}): Trigger {
  const instanceIds = [id('instance', hex)];
  return {
    kind: 'instances',
    source: 'state-change',
    instanceIds,
    detail: 'terminated',
    at: now - 3_000,
    ...changes,
  };
}

const down = (...dead: ReturnType<typeof ended>[]) => diagnosed({ instances: [...dead, anInstance('b')] });

describe('the begin of an outage', () => {
  it('is what EC2 says of the instance that ended, where the event was lost', () => {
    expect(troubleOf(down(ended('a7', 45_000)), look, now)).toEqual({
      since: now - 45_000,
      knownFrom: 'ec2',
    });
  });

  it('is the look where nobody knows better, and never lies ahead', () => {
    const found = { since: now, knownFrom: 'look' };

    expect(troubleOf(down(ended('a7', undefined)), look, now)).toEqual(found);
    expect(troubleOf(down(), look, now)).toEqual(found);
    expect(troubleOf(down(ended('a7', -minuteMs)), look, now)).toEqual(found);
  });

  it('is not before the launch of the instance that tells of it', () => {
    const launchedAt = now - hourMs;
    const forAges = someHealth({
      forwarding: false,
      problems: [{ what: 'forwarding is off', forMs: 50 * 365 * 24 * hourMs }],
    });
    const seen = diagnosed(
      { instances: [anInstance('a', { launchedAt }), anInstance('b')] },
      times(5, anAnswer(false, forAges)),
    );

    expect(troubleOf(seen, look, now)).toEqual({ since: launchedAt, knownFrom: 'instance' });
  });

  it('is older than a launch that came to nothing', () => {
    const failed = ended('a8', 10_000, 15_000);

    expect(troubleOf(down(ended('a7', 90_000), failed), look, now).since).toBe(now - 90_000);
    expect(troubleOf(down(failed), look, now).since).toBe(now - 10_000);
  });

  it('is not the end of an instance that was replaced before', () => {
    const replaced = ended('a7', 50 * minuteMs, 3 * hourMs);
    const carrier = ended('a8', undefined, 51 * minuteMs);

    expect(troubleOf(down(replaced, carrier), look, now).knownFrom).toBe('look');
  });

  it('is the event of an instance that ended, and the earlier where EC2 knows the time too', () => {
    expect(troubleOf(down(ended('a7', undefined)), eventAbout('a7'), now)).toEqual({
      since: now - 3_000,
      knownFrom: 'event',
    });
    expect(troubleOf(down(ended('a7', 4_000)), eventAbout('a7'), now).knownFrom).toBe('ec2');
  });

  it.each([
    ['is about another instance', eventAbout('a9')],
    ['is older than its instance', eventAbout('a7', { at: Date.UTC(2020, 0, 1) })],
    ['tells of what is to come', eventAbout('a7', { source: 'spot-interruption' })],
    ['lies ahead', eventAbout('a7', { at: now + hourMs })],
  ])('is not the event where it %s', (_case, trigger) => {
    expect(troubleOf(down(ended('a7', undefined)), trigger, now).knownFrom).toBe('look');
  });

  it('is since when a status check fails, or the alarm on it', () => {
    const status = (impairedSince?: number) =>
      aStatus('a1', {
        instance: 'impaired',
        ...(impairedSince === undefined ? {} : { impairedSince }),
      });
    const suspect = (impairedSince?: number) =>
      diagnosed({ statuses: [status(impairedSince), aStatus('b1')] });

    expect(troubleOf(suspect(now - 120_000), look, now)).toEqual({
      since: now - 120_000,
      knownFrom: 'ec2',
    });
    expect(troubleOf(suspect(), eventAbout('a1', { source: 'alarm' }), now).knownFrom).toBe('event');
    expect(troubleOf(suspect(), eventAbout('a9', { source: 'alarm' }), now).knownFrom).toBe('look');
  });

  it('is not the alarm about an instance that does not carry the traffic', () => {
    const beside = anInstance('a', { id: id('instance', 'a9'), launchedAt: now - minuteMs });
    const suspect = diagnosed({
      instances: [anInstance('a'), beside, anInstance('b')],
      statuses: [aStatus('a1', { instance: 'impaired' }), aStatus('a9', { instance: 'impaired' })],
    });
    const alarm = eventAbout('a9', { source: 'alarm' });

    expect(suspect.primary?.id).toBe(id('instance', 'a1'));
    expect(troubleOf(suspect, alarm, now).knownFrom).toBe('look');
  });
});

describe('an outage', () => {
  it('is no healthy zone, and none whose volumes alone are in trouble', () => {
    const withChecks = (changes: Parameters<typeof aStatus>[1]) =>
      diagnosed({ statuses: [aStatus('a1', changes), aStatus('b1')] });

    expect(isWithoutEgress(withChecks({}))).toBe(false);
    expect(isWithoutEgress(withChecks({ attachedEbs: 'impaired' }))).toBe(false);
    expect(isWithoutEgress(withChecks({ system: 'impaired' }))).toBe(true);
    expect(isWithoutEgress(down())).toBe(true);
  });
});

describe('an outage that a probe sees', () => {
  const failed = times(3, anAnswer(false, 'silent'));
  const passing = times(2, anAnswer(true, someHealth()));
  const drifted: Partial<Scene> = { addresses: [noInterface('a'), anAddress('b')] };

  it('is one although EC2 calls the zone healthy, and begins with the first request that failed', () => {
    const seen = diagnosed({}, failed);

    expect([seen.health, isWithoutEgress(seen)]).toEqual(['healthy', true]);
    expect(troubleOf(seen, look, now)).toEqual({ since: now - 2_100, knownFrom: 'probe' });
  });

  it('is not one for a request or two that failed', () => {
    expect(isWithoutEgress(diagnosed({}, failed.slice(1)))).toBe(false);
  });

  it('is none where requests pass, whatever has drifted; but no word counts of before an instance ended', () => {
    expect(isWithoutEgress(diagnosed(drifted))).toBe(true);
    expect(isWithoutEgress(diagnosed(drifted, [noReading(now - 100)]))).toBe(true);
    expect(isWithoutEgress(diagnosed(drifted, passing))).toBe(false);
    expect(isWithoutEgress(diagnosed({ instances: [ended('a7', 5_000), anInstance('b')] }, passing))).toBe(
      true,
    );
  });

  it('begins when the instance says that it began', () => {
    expect(troubleOf(diagnosed({}, times(3, anAnswer(false, off))), look, now)).toEqual({
      since: now - 4_045,
      knownFrom: 'instance',
    });
  });

  it('begins after the last request that passed', () => {
    const event = eventAbout('a7', { at: now - 20 * secondMs });
    const scene = { instances: [ended('a7', undefined), anInstance('b')] };
    const stillPassed = [aReading(anAnswer(true), now - 10 * secondMs)];

    expect(troubleOf(diagnosed(scene), event, now).knownFrom).toBe('event');
    expect(troubleOf(diagnosed(scene, stillPassed), event, now).knownFrom).toBe('look');
  });
});

describe('what a run knows of an outage', () => {
  const failed = times(3, anAnswer(false, 'silent'));
  const ill = { instances: [ended('a7', 30 * secondMs), anInstance('b')] };
  const idle: ZoneProgress = { steps: [], blocked: false };

  /** Look after look. */
  function knownAfter(...looks: readonly (readonly [Diagnosed, number])[]): ZoneProgress {
    const zone = { ...idle };
    for (const [diagnosis, at] of looks) Object.assign(zone, outageSeen(zone, diagnosis, look, at));
    return zone;
  }
  const healed = (...readings: readonly Reading[]): Diagnosed => diagnosed({}, readings);
  const passedAt = (agoMs: number) => aReading(anAnswer(true, someHealth()), now - agoMs);
  const failedAt = (agoMs: number) => aReading(anAnswer(false, 'silent'), now - agoMs);
  const down: readonly [Diagnosed, number] = [diagnosed(ill, []), now];

  it('ends as far as EC2 can tell where there is no probe, at the first look that shows it', () => {
    const zone = knownAfter([diagnosed(ill), now], [diagnosed({}), now + 10], [diagnosed({}), now + 20]);

    expect(outageOf(zone)).toEqual({
      trouble: { since: now - 30 * secondMs, knownFrom: 'ec2' },
      restored: { at: now + 10, knownFrom: 'ec2' },
    });
  });

  it('ends with the first request that passed', () => {
    const zone = knownAfter(
      down,
      [healed(), now],
      [healed(failedAt(900), passedAt(500)), now],
      [healed(failedAt(900), passedAt(500), passedAt(200)), now],
    );

    expect(zone.restored).toEqual({ at: now - 400, knownFrom: 'request' });
  });

  it('stays over where the traffic was led on afterwards, while EC2 shows a half of that', () => {
    const zone: ZoneProgress = {
      ...idle,
      trouble: { since: now - 30 * secondMs, knownFrom: 'ec2' },
      restored: { at: now - 20 * secondMs, knownFrom: 'request' },
      lastCutoverAt: now - 1_000,
    };
    const seen = (changes: Partial<ZoneProgress>, diagnosis = diagnosed(ill, [])) =>
      outageSeen({ ...zone, ...changes }, diagnosis, look, now).restored;

    expect(seen({})).toBe(zone.restored);
    const { trouble: _trouble, restored: _restored, ...well } = zone;
    expect(outageSeen(well, diagnosed(ill, []), look, now)).toEqual({});
    expect(outageSeen(well, diagnosed(ill, failed), look, now).trouble).toBeDefined();
    // It lasts, requests fail, or the traffic was moved before one had passed.
    expect(seen({ lastCutoverAt: now - 5 * secondMs })).toBeUndefined();
    expect(seen({}, healed(...failed))).toBeUndefined();
    expect(seen({ lastCutoverAt: now - 25 * secondMs })).toBeUndefined();
    expect(seen({ restored: { at: now - 20 * secondMs, knownFrom: 'ec2' } })).toBeUndefined();
  });

  it('goes on while requests fail, although EC2 calls the zone healthy', () => {
    expect(knownAfter(down, [healed(failedAt(900)), now]).restored).toBeUndefined();
    expect(knownAfter(down, [healed(), now], [healed(failedAt(900)), now]).restored).toBeUndefined();
    expect(
      knownAfter(down, [healed(passedAt(2_000)), now], [healed(...failed), now]).restored,
    ).toBeUndefined();
  });

  it('ends as far as EC2 can tell where the probe stays silent', () => {
    expect(knownAfter(down, [healed(), now + 5], [healed(noReading(now)), now + 9]).restored).toEqual({
      at: now + 5,
      knownFrom: 'ec2',
    });
  });

  it('was none where requests pass from the first on, and nothing was moved', () => {
    const drifted: Partial<Scene> = { addresses: [noInterface('a'), anAddress('b')] };
    const unheard = diagnosed(drifted, []);
    const heard = diagnosed(drifted, [passedAt(500)]);
    const zone = knownAfter([unheard, now]);

    expect(zone.trouble).toBeDefined();
    expect(outageOf(knownAfter([unheard, now], [heard, now]))).toBeUndefined();
    expect(
      outageOf({
        ...zone,
        ...outageSeen({ ...zone, lastCutoverAt: now }, heard, look, now),
      }),
    ).toMatchObject({ restored: { knownFrom: 'request' } });
  });

  it('was one where a request had failed before, whoever put it right', () => {
    const drifted: Partial<Scene> = { addresses: [noInterface('a'), anAddress('b')] };
    const heard = diagnosed(drifted, [failedAt(900), passedAt(500)]);

    expect(knownAfter([diagnosed(drifted, []), now - 1_000], [heard, now]).restored).toEqual({
      at: now - 400,
      knownFrom: 'request',
    });
  });

  it.each([
    [9, false],
    [10, true],
  ])(
    'of which all that is known is that %i requests failed counts when it is over: %s',
    (count, isOutage) => {
      const row = times(count, anAnswer(false, 'silent'));
      const seen = { ...idle, ...outageSeen(idle, healed(...row), look, now) };
      const after = healed(...row, aReading(anAnswer(true, someHealth()), now - 50));

      expect(outageOf(seen)).toMatchObject({ trouble: { knownFrom: 'probe' } });
      expect(outageOf({ ...seen, ...outageSeen(seen, after, look, now) }) !== undefined).toBe(isOutage);
      // What was put right was wrong.
      const steps = aStepReport();
      expect(outageOf({ ...seen, ...outageSeen({ ...seen, steps }, after, look, now) })).toBeDefined();
    },
  );

  it('was one where the instance says so, however short', () => {
    const seen = { ...idle, ...outageSeen(idle, diagnosed({}, times(3, anAnswer(false, off))), look, now) };
    const after = healed(...times(3, anAnswer(false, off)), passedAt(50));

    expect(outageOf({ ...seen, ...outageSeen(seen, after, look, now) })).toMatchObject({
      trouble: { knownFrom: 'instance' },
      restored: { knownFrom: 'request' },
    });
  });

  it('begins earlier where a later look knows better than when somebody looked or asked', () => {
    const told = diagnosed({}, times(3, anAnswer(false, off)));
    const asked: ZoneProgress = { ...idle, trouble: { since: now - 1_000, knownFrom: 'probe' } };
    const event: ZoneProgress = { ...idle, trouble: { since: now - 1_000, knownFrom: 'event' } };

    expect(outageSeen(asked, told, look, now).trouble).toEqual({
      since: now - 4_045,
      knownFrom: 'instance',
    });
    expect(outageSeen(event, told, look, now).trouble?.knownFrom).toBe('event');
  });

  it('is nothing of a zone that was never in trouble', () => {
    expect(outageOf(knownAfter([healed(passedAt(500)), now]))).toBeUndefined();
  });
});

function aStepReport(): ZoneProgress['steps'] {
  const result = { kind: 'done' } as const;
  return [{ step: 'route', kind: 'set-default-route', purpose: 'repair', afterMs: 0, tookMs: 0, result }];
}

function noInterface(zone: 'a') {
  const { interfaceId: _none, ...address } = anAddress(zone);
  return address;
}

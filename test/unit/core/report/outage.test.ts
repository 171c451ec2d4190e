import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import type { Trigger } from '../../../../shared/core/model/trigger.ts';
import { isWithoutEgress, troubleOf } from '../../../../shared/core/report/outage.ts';
import { anInstance, aStatus, diagnoseAndPlan, id, now, type Scene, snapshotOf } from '../a-snapshot.ts';

const look: Trigger = { kind: 'look', source: 'schedule', at: now - 5_000 };

function ended(hex: string, endedAgoMs: number | undefined, launchedAgoMs = 2 * hourMs) {
  const { interfaceId: _gone, ...rest } = anInstance('a', {
    id: id('instance', hex),
    state: 'terminated',
    launchedAt: now - launchedAgoMs,
  });
  return { ...rest, ...(endedAgoMs === undefined ? {} : { endedAt: now - endedAgoMs }) };
}

function diagnosed(scene: Partial<Scene>): Diagnosed {
  const { diagnosisOfA } = diagnoseAndPlan(snapshotOf(scene));
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

import { describe, expect, it } from 'vitest';
import type { NatInterface } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  anInterface,
  aTable,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  type Scene,
  snapshotOf,
} from '../a-snapshot.ts';
import { ofB, steady } from '../some-scenes.ts';

const own = id('securityGroup', '1');
const foreign = id('securityGroup', '2');
const oneTooMany = { securityGroupIds: [own, foreign] };
const oursMissing = { securityGroupIds: [foreign] };

/** Put back so many minutes ago. */
function scene(minutesAgo: readonly number[], changes: Partial<NatInterface> = oneTooMany): Partial<Scene> {
  const putBackAt = minutesAgo.map((minutes) => now - minutes * minuteMs);
  return {
    instances: [anInstance('a', { putBackAt }), ...ofB.instances],
    interfaces: [anInterface('a', changes), ...ofB.interfaces],
  };
}

function planned(minutesAgo: readonly number[], changes?: Partial<NatInterface>) {
  const { a, diagnosisOfA } = diagnoseAndPlan(snapshotOf(scene(minutesAgo, changes)));
  return { kinds: kindsOf(a), codes: codesOf(diagnosisOfA), health: diagnosisOfA.health, a, diagnosisOfA };
}

const putBack = [['set-security-groups'], ['note-put-back']];

describe('an interface that somebody puts into one more security group', () => {
  it.each<[string, readonly number[], readonly string[][]]>([
    ['at once', [], putBack],
    ['at once, three times', [1, 2], putBack],
    ['then not within five minutes', [4, 5, 6], []],
    ['but after them', [5, 6, 7], putBack],
    ['then not within ten', [9, 15, 16, 17], []],
    ['but after them', [10, 16, 17, 18], putBack],
    ['never later than after an hour', [60, 100, 120, 140, 160, 180, 200, 220], putBack],
    ['before that as late', [59, 100, 120, 140, 160, 180, 200, 220], []],
    ['at once, where that was long ago', [121, 122, 123, 124], putBack],
    ['at once, where all but one was long ago', [1, 122, 123, 124], putBack],
    ['at once, where a tag counts what is yet to come', [-1, -2, -3], putBack],
  ])('is put back %s: %j', (_when, minutesAgo, kinds) => {
    expect(planned(minutesAgo).kinds).toEqual(kinds);
  });

  it('is noted with the times before, as many as a tag holds', () => {
    const { a } = planned([60, 100, 120, 140, 160, 180, 200, 220, 240, 260, 280, 300, 320]);
    const note = a.waves.flat().find(({ kind }) => kind === 'note-put-back');

    expect(note).toMatchObject({
      at: [now, now - hourMs, now - 100 * minuteMs, ...Array(9).fill(expect.any(Number))],
    });
  });

  it('keeps the zone healthy, and calls a person, with the interface, the group and what to do', () => {
    const { diagnosisOfA, health, codes } = planned([4, 5, 6]);
    const detail = diagnosisOfA.findings.find(({ code }) => code === 'groups-contended')?.detail;

    expect([health, codes]).toEqual(['healthy', ['groups-changed', 'groups-contended']]);
    expect(detail).toMatch(
      /^eni-000000a1 was put back into sg-00000001 3 times since 2026-11-23T02:54:00.000Z.* from 2026-11-23T03:01:00.000Z on.*CloudTrail/,
    );
    expect(planned([4, 5]).codes).toEqual(['groups-changed']);
  });

  it('holds nothing else up: a route is repaired, and leftovers go', () => {
    const unrouted = aTable('a', 1, {
      defaultRoute: { target: { kind: 'interface', id: id('interface', 'dead') }, state: 'blackhole' },
    });
    const broken = diagnoseAndPlan(
      snapshotOf({ ...scene([4, 5, 6]), routeTables: [...ofB.routeTables, unrouted, aTable('a', 2)] }),
    );
    const stopped = anInstance('a', { id: id('instance', 'a0'), state: 'stopped' });
    const leftover = snapshotOf({
      ...scene([4, 5, 6]),
      instances: [...(scene([4, 5, 6]).instances ?? []), stopped],
    });

    expect(kindsOf(broken.a)).toEqual([['set-default-route']]);
    expect(kindsOf(diagnoseAndPlan(leftover, { memory: steady }).a)).toEqual([['terminate']]);
  });
});

describe('an interface that somebody takes out of our security group', () => {
  it('is put back each time, since clients may be offline, and a person is called', () => {
    const { kinds, codes, diagnosisOfA } = planned([1, 2, 3, 4, 5], oursMissing);

    expect([kinds, codes]).toEqual([putBack, ['groups-changed', 'groups-contended']]);
    expect(diagnosisOfA.findings[1]?.detail).toContain('put back each time');
  });

  it('is told of for some minutes, since no report would show it otherwise', () => {
    expect(planned([10, 11, 12], {}).codes).toEqual(['groups-contended']);
    expect(planned([11, 12, 13], {}).codes).toEqual([]);
  });
});
